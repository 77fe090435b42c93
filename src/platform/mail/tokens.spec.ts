import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { mailToken, readMailToken } from './tokens.js';

const secret = randomBytes(32);

describe('mail tokens', () => {
  it('give back what they are about, and are the same for the same event', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 5 }), fc.string(), (parts, purpose) => {
        const token = mailToken(secret, purpose, ...parts);
        expect(readMailToken(secret, purpose, token)).toEqual(parts);
        expect(mailToken(secret, purpose, ...parts)).toBe(token);
        expect(token).toMatch(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/);
      }),
    );
  });

  it('hold for their purpose and secret only', () => {
    const token = mailToken(secret, 'verify-email', 'a', 'e');
    expect(readMailToken(secret, 'reset-password', token)).toBeUndefined();
    expect(readMailToken(randomBytes(32), 'verify-email', token)).toBeUndefined();
  });

  it('cannot be changed, cut, extended or written otherwise', () => {
    const token = mailToken(secret, 'p', 'a', 'e');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ';
    for (let i = 0; i < token.length; i++) {
      expect(readMailToken(secret, 'p', token.slice(0, i))).toBeUndefined();
      for (const other of alphabet) {
        const changed = token.slice(0, i) + other + token.slice(i + 1);
        if (changed !== token) expect(readMailToken(secret, 'p', changed)).toBeUndefined();
      }
    }
    for (const more of ['=', '.', ' ', 'A', '\0', '.x'])
      expect(readMailToken(secret, 'p', token + more)).toBeUndefined();
  });

  it('parts do not run into each other', () => {
    const tokens = [['ab', 'c'], ['a', 'bc'], ['abc'], ['a', 'b', 'c'], ['', 'abc'], []].map((parts) =>
      mailToken(secret, 'p', ...parts),
    );
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it('anything else is no token, however long', () => {
    fc.assert(fc.property(fc.string(), (text) => expect(readMailToken(secret, 'p', text)).toBeUndefined()));
    expect(readMailToken(secret, 'p', 'x'.repeat(1_000_000))).toBeUndefined();
    expect(readMailToken(secret, 'p', '.')).toBeUndefined();
  });
});
