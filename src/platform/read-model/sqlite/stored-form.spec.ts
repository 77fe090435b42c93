import fc from 'fast-check';
import type { Declaration } from '../declaration.js';
import { documentIn, rowOf } from './stored-form.js';
import { tablesOf } from './tables.js';

const declaration: Declaration = {
  fields: { organisation: 'symbol', total: 'number', words: 'texts', moment: 'text' },
  sorts: { newest: { field: 'moment', direction: 'desc' } },
  indexes: [['organisation'], ['organisation', 'words']],
};
const tables = tablesOf('notes', 1, declaration);
/** The texts themselves stand for their numbers. */
const symbols = { textOf: (number: unknown) => number as string };
const stored = (doc: object) => rowOf(tables, declaration, doc);
const read = (doc: object): object => {
  const { values, json } = stored(doc);
  return documentIn(tables, symbols, [...values, json]);
};

describe('a document in its row', () => {
  it('stands there once: what has a column is not in its JSON', () => {
    expect(stored({ organisation: 'o', moment: 'm', total: 3, words: ['a', 'a', 'b'], title: 't' })).toEqual({
      values: ['o', 3, 'm'],
      texts: new Map([['words', ['a', 'b']]]),
      json: '{"words":["a","a","b"],"title":"t"}',
    });
  });

  it('keeps what a column cannot: a null, a text that is not well formed', () => {
    const doc = { organisation: null, moment: 'x\ud800', title: null };
    expect(stored(doc).values).toEqual([null, null, 'x\ufffd']);
    expect(read(doc)).toEqual(doc);
  });

  it('is refused where it does not keep to the declaration', () => {
    expect(() => stored({ moment: 'm', total: 'three' })).toThrow('Field total is declared as number');
    expect(() => stored({ organisation: 'o' })).toThrow('A document without moment, which a sort needs');
  });

  it('comes back as JSON keeps it, and is stored alike again whatever became of it in between', () => {
    const text = fc.string({ unit: 'binary' });
    const optional = (values: fc.Arbitrary<unknown>) => fc.option(values, { nil: undefined });
    const documents = fc.record({
      title: fc.jsonValue(),
      organisation: optional(fc.option(text)),
      total: optional(fc.option(fc.integer())),
      moment: text,
      words: fc.array(text),
      note: fc.jsonValue(),
    });
    fc.assert(
      fc.property(documents, documents, (first, second) => {
        expect(read(first)).toEqual(JSON.parse(JSON.stringify(first)));
        // A fold that goes on from what it reads, and one that never read it.
        expect(stored({ ...read(first), ...second })).toEqual(stored({ ...first, ...second }));
      }),
    );
  });
});
