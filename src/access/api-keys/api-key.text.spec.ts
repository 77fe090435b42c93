import { isKeyText, keyRefOf, looksLikeKey, newKeyText } from './api-key.text.js';

const REF = { organisation: '01990000-0000-7000-8000-00000000c0de', id: 'ffffffff-ffff-7fff-bfff-ffffffffffff' };
const LOWEST = { organisation: '00000000-0000-0000-0000-000000000000', id: '00000000-0000-0000-0000-000000000001' };

/** As the gate reads a bearer. */
const BEARER = /^[\w.~+/=-]{1,4096}$/;

describe('the text of an API key', () => {
  it('says which key it is, can be a bearer, and begins so that scanners know it', () => {
    for (const ref of [REF, LOWEST]) {
      const { text } = newKeyText(ref);
      expect(text).toMatch(/^csk_[0-9A-Za-z]{93}$/);
      expect(text).toMatch(BEARER);
      expect(looksLikeKey(text)).toBe(true);
      expect(keyRefOf(text)).toEqual(ref);
    }
  });

  it('is another each time, and its hash is of the whole of it', () => {
    const [one, two] = [newKeyText(REF), newKeyText(REF)];
    expect(one.text).not.toBe(two.text);
    expect(isKeyText(one.text, one.hash)).toBe(true);
    expect(isKeyText(two.text, one.hash)).toBe(false);
    expect(isKeyText(one.text, undefined)).toBe(false);
    expect(one.hash).not.toContain(one.text.slice(10, 20));
  });

  it('has a hint that tells its end and nothing more', () => {
    const { text, hint } = newKeyText(REF);
    expect(hint).toBe(`csk_…${text.slice(-4)}`);
  });

  it('is known as misspelt without asking anybody, wherever it is', () => {
    const { text } = newKeyText(REF);
    for (let at = 4; at < text.length; at++) {
      const wrong = `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`;
      expect(keyRefOf(wrong)).toBeUndefined();
    }
  });

  it.each(['', 'csk_', 'csk_abc', 'CSK_', 'ghp_0123456789', `csk_${'0'.repeat(93)}`, `csk_${'z'.repeat(93)}`])(
    'is not %j',
    (text) => {
      expect(keyRefOf(text)).toBeUndefined();
    },
  );

  it('is neither shorter, longer, nor surrounded', () => {
    const { text } = newKeyText(REF);
    for (const other of [text.slice(0, -1), `${text}0`, ` ${text}`, `${text}\n`, text.toUpperCase()]) {
      expect(keyRefOf(other)).toBeUndefined();
    }
  });
});
