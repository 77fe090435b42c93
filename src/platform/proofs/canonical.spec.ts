import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { canonicalText, isCanonical, leafText } from './canonical.js';

describe('the canonical form', () => {
  it('is the one of RFC 8785 for whatever JSON can say', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalText(value);
        expect(text).toBe(canonicalize(value));
        expect(isCanonical(text, JSON.parse(text))).toBe(true);
      }),
    );
  });

  it('sorts keys by code units, numbers among them, and keeps what looks like a prototype', () => {
    const odd: unknown = JSON.parse(
      '{"10":1,"2":2,"\\u20ac":3,"\\ud83d\\ude00":4,"\\ufb33":5,"__proto__":{"b":1,"a":2},"a":6}',
    );
    expect(canonicalText(odd)).toBe('{"10":1,"2":2,"__proto__":{"a":2,"b":1},"a":6,"€":3,"😀":4,"\ufb33":5}');
  });

  it('writes numbers as ECMAScript does', () => {
    const precise: unknown = JSON.parse('333333333.33333329');
    expect(canonicalText([precise, 1e30, 4.5, 2e-3, 1e-27, -0, 1e21])).toBe(
      '[333333333.3333333,1e+30,4.5,0.002,1e-27,0,1e+21]',
    );
  });

  it('refuses what it cannot say', () => {
    for (const value of ['\ud800', { a: ['x\udc00'] }, NaN, Infinity, undefined])
      expect(() => canonicalText(value)).toThrow();
    expect(canonicalText('a text about \\ud800')).toBe('"a text about \\\\ud800"');
  });

  it('is told from other ways to write the same', () => {
    const told = (text: string) => isCanonical(text, JSON.parse(text));
    expect(told('{"a":1,"b":[{"c":null}]}')).toBe(true);
    for (const text of [
      '{"b":1,"a":1}',
      '{"a":{"c":1,"b":1}}',
      '[{"b":1,"a":1}]',
      '{"a": 1}',
      '{"a":1.0}',
      '{"a":"\\u0061"}',
      '{"a":1,"a":1}',
      '{"a":2,"a":1}',
      '"\\ud800"',
      '{"2":1,"10":1}',
    ])
      expect(told(text)).toBe(false);
    expect(told('{"10":1,"2":1}')).toBe(true);
  });

  it('of an event leaves out where it stands in one store', () => {
    const event = {
      id: 'e',
      type: 'T',
      stream: 's',
      revision: 0,
      recordedAt: 'now',
      schemaVersion: 1,
      data: { b: 1, a: 2 },
      metadata: { actor: { kind: 'system' as const, id: 'x' }, command: 'C', correlationId: 'c', requestId: 'r' },
      position: '0000000000000042',
    };
    expect(leafText(event)).toBe(
      '{"data":{"a":2,"b":1},"id":"e","metadata":{"actor":{"id":"x","kind":"system"},"command":"C","correlationId":"c","requestId":"r"},"recordedAt":"now","revision":0,"schemaVersion":1,"stream":"s","type":"T"}',
    );
  });
});
