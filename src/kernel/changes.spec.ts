import fc from 'fast-check';
import { changed, changesTo, isEmpty, type Patch, sameJson, withoutNothing } from './changes.js';

interface Fields {
  readonly name: string;
  readonly email?: string;
  readonly tags?: readonly string[];
}

const ann: Fields = { name: 'Ann', email: 'ann@hale.example' };

describe('changes', () => {
  it.each<[string, Patch<Fields>, object]>([
    ['nothing', {}, {}],
    ['the same again', { ...ann }, {}],
    ['clearing what is not there', { tags: null }, {}],
    ['another value', { name: 'Anna' }, { name: { from: 'Ann', to: 'Anna' } }],
    ['a new field', { tags: ['a'] }, { tags: { to: ['a'] } }],
    ['clearing a field', { email: null }, { email: { from: 'ann@hale.example' } }],
    ['an absent field', { email: undefined }, {}],
  ])('%s', (_, patch, changes) => expect(changesTo(ann, patch)).toEqual(changes));

  it('leave a record as it is when there are none', () => {
    expect(changed(ann, changesTo(ann, {}))).toEqual(ann);
    expect(isEmpty(changesTo(ann, ann))).toBe(true);
  });

  const fields = fc.record(
    { name: fc.string(), email: fc.string(), tags: fc.array(fc.string()) },
    { requiredKeys: ['name'] },
  ) as fc.Arbitrary<Fields>;
  const patches = fc.record(
    { name: fc.string(), email: fc.option(fc.string()), tags: fc.option(fc.array(fc.string())) },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Patch<Fields>>;

  it('make of a record what the patch says, also after a way through JSON', () => {
    fc.assert(
      fc.property(fields, patches, (before, patch) => {
        const changes = changesTo(before, patch);
        const stored = JSON.parse(JSON.stringify(changes)) as typeof changes;
        expect(stored).toEqual(changes);
        expect(changed(before, stored)).toEqual(withoutNothing({ ...before, ...patch }));
        expect(changesTo(changed(before, changes), patch)).toEqual({});
      }),
    );
  });
});

describe('the same JSON', () => {
  it('is found whatever the order of properties', () => {
    expect(sameJson({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 })).toBe(true);
    expect(sameJson({ a: undefined }, {})).toBe(true);
  });
  it.each<[unknown, unknown]>([
    [1, '1'],
    [null, undefined],
    [[], {}],
    [
      [1, 2],
      [2, 1],
    ],
    [{ a: 1 }, { a: 1, b: 1 }],
    [[1], [1, 1]],
  ])('is not found in %j and %j', (a, b) => expect(sameJson(a, b)).toBe(false));
});
