import fc from 'fast-check';
import { Refusal } from '../../kernel/refusal.js';
import { isUnclean, MAX_DEPTH, parseBody } from './body.js';

const parse = (text: string): object => parseBody(Buffer.from(text));
const refusal = (text: string | Buffer): unknown => {
  try {
    return parseBody(Buffer.from(text as string));
  } catch (error) {
    return error instanceof Refusal ? error.details.errors?.[0] : error;
  }
};

describe('a JSON body', () => {
  it('is what JSON.parse says it is, for anything that an honest client sends', () => {
    const honest = fc.dictionary(
      fc.string({ unit: 'grapheme' }),
      fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' }),
    );
    fc.assert(
      fc.property(honest, (body) => {
        const text = JSON.stringify(body);
        fc.pre(!/\\u0000|__proto__|constructor|prototype/.test(text));
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('may be empty', () => {
    expect(parse('')).toEqual({});
    expect(parseBody(Buffer.from(' {} '), false)).toEqual({});
  });

  it.each([
    ['{', 'body', 'is not valid JSON'],
    ['\ufeff{}', 'body', 'is not valid JSON'],
    ['[]', 'body', 'must be a JSON object'],
    ['null', 'body', 'must be a JSON object'],
    ['"text"', 'body', 'must be a JSON object'],
    ['{"a":{"b":["x","\\u0000"]}}', 'a.b.1', 'holds a NUL character or half a surrogate pair'],
    ['{"a":"\\ud800"}', 'a', 'holds a NUL character or half a surrogate pair'],
    ['{"a":"\\udc00\\ud800"}', 'a', 'holds a NUL character or half a surrogate pair'],
    ['{"a\\u0000":1}', 'body', 'has a field whose name holds a NUL character or half a surrogate pair'],
    ['{"__proto__":{"admin":true}}', '__proto__', 'is not a field'],
    ['{"a":{"\\u005f_proto__":{}}}', 'a.__proto__', 'is not a field'],
    ['{"constructor":{"prototype":{}}}', 'constructor', 'is not a field'],
    ['{"a":[{"prototype":1}]}', 'a.0.prototype', 'is not a field'],
  ])('%s is refused', (text, field, message) => {
    expect(refusal(text)).toEqual({ field, message });
  });

  it('that holds suspicious texts as values, or pairs of surrogates, is fine', () => {
    expect(parse('{"name":"constructor","note":"\\ud83d\\ude00 __proto__"}')).toEqual({
      name: 'constructor',
      note: '😀 __proto__',
    });
  });

  it('that is not UTF-8 is refused', () => {
    expect(refusal(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toEqual({
      field: 'body',
      message: 'is not UTF-8',
    });
  });

  it('has a limited depth, whatever stands in its texts', () => {
    const deep = (levels: number): string => '{"a":'.repeat(levels - 1) + '{}' + '}'.repeat(levels - 1);
    expect(parse(deep(MAX_DEPTH))).toBeDefined();
    expect(refusal(deep(MAX_DEPTH + 1))).toEqual({ field: 'body', message: `is more than ${MAX_DEPTH} levels deep` });
    expect(refusal('['.repeat(500_000))).toMatchObject({ message: `is more than ${MAX_DEPTH} levels deep` });
    expect(parse(JSON.stringify({ a: '[{"\\'.repeat(100) }))).toBeDefined();
  });

  it('says nothing of what it holds', () => {
    expect(JSON.stringify(refusal('{"password": hunter2}'))).not.toContain('hunter2');
  });

  it('has no fields where the route takes none', () => {
    expect(() => parseBody(Buffer.from('{"force":true}'), false)).toThrow('force: is not a field of this request');
  });
});

it('unclean texts are found outside of JSON too', () => {
  expect(['fine', '😀', 'a\0', '\ud800'].map(isUnclean)).toEqual([false, false, true, true]);
});
