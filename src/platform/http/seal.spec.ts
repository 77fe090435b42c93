import fc from 'fast-check';
import { Seal } from './seal.js';

const seal = new Seal(new Uint8Array(32).fill(7));
const org = '0191f0a0-0000-7000-8000-000000000001';
const other = '0191f0a0-0000-7000-8000-000000000002';

describe('a sealed text', () => {
  it('opens to what was sealed, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(seal.openPosition(seal.position(text))).toBe(text);
        expect(seal.openCursor(seal.cursor(text, 'invoices', org), 'invoices', org)).toBe(text);
      }),
    );
  });

  it('is the same each time and for each process with the same secret, and tells nothing', () => {
    const text = seal.position('00000000000000000042');
    expect(new Seal(new Uint8Array(32).fill(7)).position('00000000000000000042')).toBe(text);
    expect(text).toMatch(/^[\w-]+$/);
    expect(Buffer.from(text, 'base64url').toString('latin1')).not.toContain('42');
  });

  it('of a cursor opens for the same list of the same organisation only', () => {
    const text = seal.cursor('1|["a"]', 'invoices', org);
    expect(seal.openCursor(text, 'customers', org)).toBeUndefined();
    expect(seal.openCursor(text, 'invoices', other)).toBeUndefined();
    expect(seal.openPosition(text)).toBeUndefined();
  });

  it('of a cursor is refused as a page of another list, and asked for by nobody on the first', () => {
    const text = seal.cursor('1', 'invoices', org);
    expect(seal.after(text, 'invoices', org)).toBe('1');
    expect(seal.after(undefined, 'invoices', org)).toBeUndefined();
    expect(() => seal.after(text, 'customers', org)).toThrow('is not a cursor of this list');
  });

  it('does not open when it was changed anywhere, or made up', () => {
    const text = seal.position('00000000000000000042');
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: text.length - 1 }),
        fc.constantFrom('A', 'Q', 'g', 'w', '0', '9', 'z', '_', '-'),
        (at, sign) => {
          const changed = text.slice(0, at) + sign + text.slice(at + 1);
          if (changed !== text) expect(seal.openPosition(changed)).toBeUndefined();
        },
      ),
    );
    for (const made of ['', '0', '42', `${text}=`, `${text}AA`, ` ${text}`, 'x'.repeat(10_000), '\0'.repeat(32)]) {
      expect(seal.openPosition(made)).toBeUndefined();
    }
    expect(new Seal(new Uint8Array(32).fill(8)).openPosition(text)).toBeUndefined();
  });
});
