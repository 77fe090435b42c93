import fc from 'fast-check';
import type { Condition } from '../../../src/kernel/view.js';
import { InvalidCursor } from '../../../src/platform/read-model/read-model.port.js';
import {
  type Note,
  type ReadModelPair,
  filled,
  folded,
  freshName,
  keysOf,
  notesView,
  positionOf,
  put,
  recorded,
  removed,
} from './notes.js';

const acme = { field: 'organisation', eq: 'acme' } as const;

/** Texts that mean something to SQL, JSON, paths of documents, patterns, or to a careless encoding. */
const HOSTILE = [
  '',
  ' ',
  "'; DROP TABLE generations; --",
  '"quoted"',
  '%_*?',
  '$where',
  '{"$gt":""}',
  'a.b.c',
  '__proto__',
  'a\u0000b',
  '\u0000',
  'Ä\u0308',
  '日本語',
  '\u{1f512}',
  '\uffff',
  'x'.repeat(5000),
];

/** Conditions, sorts, cursors, counts. */
export function queriesContract(pair: () => ReadModelPair): void {
  const seven = [
    put('a', { at: 3, status: 'open', total: 10, tags: ['red', 'big'] }),
    put('b', { at: 1, status: 'done', total: -5, tags: ['red'] }),
    put('c', { at: 3, status: 'open', tags: [] }),
    put('d', { at: 2, status: 'void', total: 10.5, tags: ['blue', 'big'] }),
    put('e', { at: 3, status: 'done', total: 0 }),
    put('f', { at: 5, organisation: 'other', status: 'open', total: 1, tags: ['red'] }),
    put('g', { at: 4, total: 2 ** 53, tags: ['blue', 'red'] }),
  ];

  const cases: [string, Condition[], string[]][] = [
    ['eq', [acme, { field: 'status', eq: 'done' }], ['e', 'b']],
    ['eq on a number, as a filter', [acme, { field: 'total', eq: 10 }], ['a']],
    ['eq without a match', [acme, { field: 'status', eq: 'nothing' }], []],
    ['in', [acme, { field: 'status', in: ['done', 'void', 'nothing', 'done'] }], ['e', 'd', 'b']],
    ['in, as a filter', [acme, { field: 'total', in: [0, 10.5] }], ['e', 'd']],
    ['in nothing', [acme, { field: 'status', in: [] }], []],
    ['has', [acme, { field: 'tags', has: 'red' }], ['g', 'a', 'b']],
    ['has, without the other field', [{ field: 'tags', has: 'red' }], ['f', 'g', 'a', 'b']],
    ['has both', [acme, { field: 'tags', has: 'red' }, { field: 'tags', has: 'big' }], ['a']],
    ['hasAny, each document once', [acme, { field: 'tags', hasAny: ['red', 'blue', 'big'] }], ['g', 'a', 'd', 'b']],
    ['hasAny of nothing', [acme, { field: 'tags', hasAny: [] }], []],
    ['has and eq', [acme, { field: 'tags', has: 'red' }, { field: 'status', eq: 'open' }], ['g', 'a']],
    ['has and a range', [acme, { field: 'tags', has: 'red' }, { field: 'total', from: 10 }], ['g', 'a']],
    ['a range of the sort field', [acme, { field: 'at', from: 2, before: 4 }], ['e', 'c', 'a', 'd']],
    ['a range with its end', [acme, { field: 'at', from: 3, to: 4 }], ['g', 'e', 'c', 'a']],
    ['a range of another field', [acme, { field: 'total', from: -5, to: 10 }], ['e', 'a', 'b']],
    ['a range of texts', [acme, { field: 'status', from: 'open', to: 'void' }], ['g', 'c', 'a', 'd']],
    ['a range without bounds: having the field', [acme, { field: 'total' }], ['g', 'e', 'a', 'd', 'b']],
    ['two ranges of one field', [acme, { field: 'at', from: 2 }, { field: 'at', to: 3 }], ['e', 'c', 'a', 'd']],
    ['no condition', [], ['f', 'g', 'e', 'c', 'a', 'd', 'b']],
  ];
  it.each(cases)('finds by %s', async (_, where, keys) => {
    const { model } = pair();
    const { view } = await folded(pair(), seven);
    expect(await keysOf(model, view, { where, sort: 'newest' })).toEqual(keys);
    expect((await model.find(view, { where, sort: 'newest', limit: 50 })).value.items.map(({ key }) => key)).toEqual(
      keys,
    );
    expect((await model.count(view, where)).value).toBe(keys.length);
    expect((await model.count(view, where, 2)).value).toBe(Math.min(2, keys.length));
  });

  it('takes long lists of values', async () => {
    const { model } = pair();
    const many = Array.from({ length: 150 }, (_, i) => `v${i}`);
    const events = many.map((value, i) => put(value, { at: i % 7, status: value, tags: [value, 'v0', 'common'] }));
    const { view } = await folded(pair(), events);
    const all = await keysOf(model, view, { where: [acme], sort: 'newest', limit: 200 });
    for (const where of [
      [acme, { field: 'status', in: many }],
      [acme, { field: 'tags', hasAny: many }],
    ]) {
      expect(await keysOf(model, view, { where, sort: 'newest', limit: 40 })).toEqual(all);
      expect((await model.count(view, where)).value).toBe(150);
    }
  });

  it('answers documents with their keys, and what they reflect', async () => {
    const { view } = await folded(pair(), seven);
    const { value, position } = await pair().model.find(view, { where: [acme], sort: 'oldest', limit: 1 });
    expect(value.items).toEqual([
      { key: 'b', doc: { organisation: 'acme', at: 1, status: 'done', title: 'b', total: -5, tags: ['red'] } },
    ]);
    expect(position).toBe(positionOf(7));
  });

  it('sorts in both directions, ties by key in the same direction', async () => {
    const { model } = pair();
    const { view } = await folded(pair(), seven);
    expect(await keysOf(model, view, { where: [acme], sort: 'oldest' })).toEqual(['b', 'd', 'a', 'c', 'e', 'g']);
    expect(await keysOf(model, view, { where: [acme], sort: 'newest' })).toEqual(['g', 'e', 'c', 'a', 'd', 'b']);
  });

  it('sorts texts by code points', async () => {
    const titles = ['b', 'B', '\u{1f512}', '\uffee', '\ud7ff', '', 'a\u0000', 'a', 'Ä'];
    const { view } = await folded(
      pair(),
      titles.map((title, i) => put(`k${i}`, { title, status: i % 2 === 0 ? 'open' : 'done' })),
    );
    const sorted = ['', 'B', 'a', 'a\u0000', 'b', 'Ä', '\ud7ff', '\uffee', '\u{1f512}'];
    const found = await pair().model.find(view, { where: [], sort: 'title', limit: 50 });
    expect(found.value.items.map(({ doc }) => doc.title)).toEqual(sorted);
    // The same through a merge of several walks.
    const where = [acme, { field: 'status', in: ['open', 'done'] }];
    const mergedPage = await pair().model.find(view, { where, sort: 'titleBackwards', limit: 50 });
    expect(mergedPage.value.items.map(({ doc }) => doc.title)).toEqual(sorted.toReversed());
  });

  it('keeps hostile texts apart: as keys, values and parts of cursors', async () => {
    const { model } = pair();
    const events = HOSTILE.map((text) => put(text, { title: text, status: text, tags: [text] }));
    const { view } = await folded(pair(), events);
    for (const text of HOSTILE) {
      expect((await model.get(view, text)).value?.title).toBe(text);
      const status = [acme, { field: 'status', eq: text }];
      expect(await keysOf(model, view, { where: status, sort: 'title' })).toEqual([text]);
      expect(await keysOf(model, view, { where: [{ field: 'tags', has: text }], sort: 'title' })).toEqual([text]);
    }
    expect(new Set(await keysOf(model, view, { where: [], sort: 'title', limit: 1 }))).toEqual(new Set(HOSTILE));
  });

  it('takes lone surrogates for U+FFFD in keys and indexed values, and keeps documents as they are', async () => {
    const { model } = pair();
    const note = put('k\ud800', { organisation: 'o\ud800', title: '\udc00', tags: ['\ud800'] });
    for (const count of [0, 1]) {
      const view = await filled(pair(), [note], count);
      expect((await model.get(view, 'k\ud800')).value).toMatchObject({ organisation: 'o\ud800', title: '\udc00' });
      for (const where of [
        { field: 'tags', has: '\ud800' } as const,
        { field: 'organisation', eq: 'o\ud801' } as const,
      ])
        expect(await keysOf(model, view, { where: [where], sort: 'title' })).toEqual(['k\ufffd']);
    }
  });

  it('pages without gaps or repeats while documents come and go', async () => {
    const { model, writer } = pair();
    const begun = await folded(
      pair(),
      Array.from({ length: 9 }, (_, i) => put(`k${i}`, { at: 10 * i })),
    );
    const { view } = begun;
    const query = { where: [acme], sort: 'newest', limit: 3 };
    const first = await model.find(view, query);
    expect(first.value.items.map(({ key }) => key)).toEqual(['k8', 'k7', 'k6']);
    // Newer ones, one right behind the cursor, one deleted on each side of it, and the cursor's own document too.
    const changes = [put('new', { at: 999 }), put('behind', { at: 55 }), removed('k8'), removed('k4'), removed('k6')];
    const batch = changes.map((event, i) => recorded(10 + i, event));
    await writer.apply(begun.generation, view, batch, positionOf(14));
    const second = await model.find(view, { ...query, after: first.value.next! });
    expect(second.value.items.map(({ key }) => key)).toEqual(['behind', 'k5', 'k3']);
    const third = await model.find(view, { ...query, after: second.value.next! });
    expect(third.value).toMatchObject({ items: [{ key: 'k2' }, { key: 'k1' }, { key: 'k0' }], next: null });
  });

  it('refuses what is not a cursor of this query', async () => {
    const { model } = pair();
    const { view } = await folded(pair(), seven);
    const query = { where: [acme], sort: 'newest', limit: 2 };
    const { next } = (await model.find(view, query)).value;
    const json = Buffer.from(next!, 'base64url').toString();
    const forged = (change: (parts: unknown[]) => unknown): string =>
      Buffer.from(JSON.stringify(change(JSON.parse(json) as unknown[]))).toString('base64url');
    const hostile = [
      '',
      'x',
      '%',
      '\ud800',
      'null',
      next!.slice(0, -6),
      Buffer.from('[]').toString('base64url'),
      Buffer.from('{"length":4}').toString('base64url'),
      Buffer.from('[[[['.repeat(50_000)).toString('base64url'),
      forged(([digest, , sort, key]) => [digest, 99_999, sort, key]),
      forged(([digest, , sort, key]) => [digest, -1, sort, key]),
      forged(([digest, , sort, key]) => [digest, '1', sort, key]),
      forged(([digest, , sort, key]) => [digest, 1.5, sort, key]),
      forged(([digest, generation, , key]) => [digest, generation, 'text', key]),
      forged(([digest, generation, , key]) => [digest, generation, null, key]),
      forged(([digest, generation, sort]) => [digest, generation, sort, { $gt: '' }]),
      forged(([, generation, sort, key]) => ['another', generation, sort, key]),
      forged((parts) => [...parts, 'more']),
    ];
    for (const after of hostile) {
      await expect(model.find(view, { ...query, after })).rejects.toBeInstanceOf(InvalidCursor);
    }
    for (const other of [{ sort: 'oldest' }, { where: [{ field: 'organisation', eq: 'other' }] }]) {
      await expect(model.find(view, { ...query, ...other, after: next! })).rejects.toBeInstanceOf(InvalidCursor);
    }
    const elsewhere = notesView(freshName());
    await folded(pair(), seven, elsewhere);
    await expect(model.find(elsewhere, { ...query, after: next! })).rejects.toBeInstanceOf(InvalidCursor);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.json().map((text) => Buffer.from(text).toString('base64url')),
        ),
        (after) => expect(model.find(view, { ...query, after })).rejects.toBeInstanceOf(InvalidCursor),
      ),
    );
  });

  it.each<[string, Parameters<ReadModelPair['model']['find']>[1]]>([
    ['an unknown sort', { where: [], sort: 'nothing', limit: 1 }],
    ['an unknown field', { where: [{ field: 'nothing', eq: 'x' }], sort: 'newest', limit: 1 }],
    ['a field of the prototype', { where: [{ field: 'constructor', eq: 'x' }], sort: 'newest', limit: 1 }],
    ['a value of another type', { where: [{ field: 'organisation', eq: 5 }], sort: 'newest', limit: 1 }],
    ['equality on texts', { where: [{ field: 'tags', eq: 'x' }], sort: 'newest', limit: 1 }],
    ['has on a text', { where: [{ field: 'organisation', has: 'x' }], sort: 'newest', limit: 1 }],
    ['a range on a symbol', { where: [{ field: 'organisation', from: 'x' }], sort: 'newest', limit: 1 }],
    ['a range on texts', { where: [{ field: 'tags', from: 'x' }], sort: 'newest', limit: 1 }],
    ['a limit of nothing', { where: [], sort: 'newest', limit: 0 }],
    ['half a limit', { where: [], sort: 'newest', limit: 1.5 }],
  ])('refuses %s as a mistake of the caller', async (_, query) => {
    const { view } = await folded(pair(), seven);
    await expect(pair().model.find(view, query)).rejects.toBeInstanceOf(RangeError);
  });

  it('refuses conditions that no declared index covers', async () => {
    const view = notesView(freshName(), { indexes: [['organisation', 'status']] });
    await folded(pair(), seven, view);
    await expect(keysOf(pair().model, view, { where: [acme], sort: 'newest' })).rejects.toThrow(
      /declares no index for conditions on organisation/,
    );
    await expect(pair().model.count(view, [])).rejects.toBeInstanceOf(RangeError);
  });

  it('finds what a scan of all documents would find, in its order, fed or filled', async () => {
    const tag = fc.constantFrom('x', 'y', '\u0000', '\\u"');
    const optional = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(values, { nil: undefined });
    const note = fc.record({
      organisation: fc.constantFrom('acme', 'other'),
      status: optional(fc.constantFrom('open', 'done', 'void')),
      at: fc.integer({ min: -2, max: 2 }),
      title: fc.constantFrom('', 'a', 'b', '\uffee', '\u{1f512}'),
      total: fc.double({ min: -2, max: 2, noNaN: true }),
      tags: optional(fc.array(tag)),
    });
    const condition: fc.Arbitrary<Condition> = fc.oneof(
      fc.constantFrom('acme', 'other', 'third').map((eq) => ({ field: 'organisation', eq })),
      fc.array(fc.constantFrom('open', 'done', 'void')).map((values) => ({ field: 'status', in: values })),
      tag.map((has) => ({ field: 'tags', has })),
      fc.array(tag).map((hasAny) => ({ field: 'tags', hasAny })),
      fc.record({ field: fc.constantFrom('at', 'total'), from: fc.integer({ min: -2, max: 2 }) }),
      fc.record({ field: fc.constant('title'), before: fc.constantFrom('a', '\uffee', '\u{1f512}') }),
    );
    const sort = fc.constantFrom('newest', 'oldest', 'title', 'titleBackwards');
    // A key comes again: then its document changes, or goes.
    const change = fc.record({ key: fc.integer({ max: 11, min: 0 }).map((n) => `k${n}`), note: fc.option(note) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 20 }),
        fc.nat({ max: 20 }),
        fc.array(condition, { maxLength: 4 }),
        sort,
        async (changes, before, where, by) => {
          const events = changes.map(({ key, note }) =>
            note === null ? removed(key) : put(key, note as Partial<Note>),
          );
          const view = await filled(pair(), events, Math.min(before, events.length));
          const notes = new Map(changes.map(({ key, note }) => [key, note]));
          const documents = [...notes].flatMap(([key, doc]) => (doc === null ? [] : [{ key, doc }]));
          const expected = documents
            .filter(({ doc }) => where.every((one) => meets(doc as Note, one)))
            .sort(orderOf(by) as (a: { key: string }, b: { key: string }) => number);
          expect(await keysOf(pair().model, view, { where, sort: by })).toEqual(expected.map(({ key }) => key));
          expect((await pair().model.count(view, where)).value).toBe(expected.length);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('pages in both directions by a sort that has no ties', async () => {
    const { model } = pair();
    const view = notesView(freshName(), {
      sorts: {
        title: { field: 'title', direction: 'asc', unique: true },
        titleBackwards: { field: 'title', direction: 'desc', unique: true },
      },
    });
    const keys = [5, 3, 8, 1, 7, 2, 6, 4].map((n) => `k${n}`);
    const events = keys.map((key) => put(key, { tags: ['red', key > 'k4' ? 'big' : 'small'] }));
    await filled(pair(), events, 4, view);
    const sorted = keys.toSorted();
    for (const where of [
      [],
      [acme],
      [acme, { field: 'tags', has: 'red' }],
      [{ field: 'tags', hasAny: ['big', 'small'] }],
    ]) {
      expect(await keysOf(model, view, { where, sort: 'title' })).toEqual(sorted);
      expect(await keysOf(model, view, { where, sort: 'titleBackwards' })).toEqual(sorted.toReversed());
    }
    const big = [acme, { field: 'tags', has: 'red' }, { field: 'tags', has: 'big' }];
    expect(await keysOf(model, view, { where: big, sort: 'title' })).toEqual(['k5', 'k6', 'k7', 'k8']);
  });
}

function meets(note: Note, condition: Condition): boolean {
  const value = note[condition.field as keyof Note]!;
  if ('eq' in condition) return value === condition.eq;
  if ('in' in condition) return condition.in.includes(value as string);
  const texts = (): readonly string[] => (value as string[] | undefined) ?? [];
  if ('has' in condition) return texts().includes(condition.has);
  if ('hasAny' in condition) return condition.hasAny.some((one) => texts().includes(one));
  const compare = (bound: string | number): number => order(value as string | number, bound);
  return (
    (condition.from === undefined || compare(condition.from) >= 0) &&
    (condition.to === undefined || compare(condition.to) <= 0) &&
    (condition.before === undefined || compare(condition.before) < 0)
  );
}

const order = (a: string | number, b: string | number): number =>
  typeof a === 'number' ? a - Number(b) : Buffer.compare(Buffer.from(a), Buffer.from(String(b)));

const orderOf = (sort: string) => {
  const [field, sign] = (
    { newest: ['at', -1], oldest: ['at', 1], title: ['title', 1], titleBackwards: ['title', -1] } as const
  )[sort as 'newest'];
  return (a: { key: string; doc: Note }, b: { key: string; doc: Note }): number =>
    sign * (order(a.doc[field], b.doc[field]) || order(a.key, b.key));
};
