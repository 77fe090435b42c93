import fc from 'fast-check';
import { type FoundRecords, together } from './record-search.js';

const record = (created: number) => ({ id: `r${created}`, created: String(created).padStart(4, '0'), shown: {} });
const createdOf = ({ records }: FoundRecords): number[] => records.map(({ created }) => Number(created));

/** The newest `limit` of these records, as a search of one kind answers. */
function newest(created: readonly number[], limit: number): FoundRecords {
  const sorted = [...created].sort((a, b) => b - a);
  const records = sorted.slice(0, limit).map(record);
  return { records, reached: sorted.length > limit ? records.at(-1)?.created : undefined, position: '1' };
}

describe('several searches as one', () => {
  const found = fc.array(fc.uniqueArray(fc.nat(200), { maxLength: 30 }), { minLength: 1, maxLength: 4 });

  it('answer each record once, the newest first, and none that a newer one could be missing before', () =>
    fc.assert(
      fc.property(found, fc.integer({ min: 1, max: 10 }), (kinds, limit) => {
        const all = together(kinds.map((created) => newest(created, limit)));
        const everything = [...new Set(kinds.flat())].sort((a, b) => b - a);
        const answered = createdOf(all);
        expect(answered).toEqual(everything.slice(0, answered.length));
        // As much as was asked for, or everything.
        expect(answered.length).toBeGreaterThanOrEqual(Math.min(limit, everything.length));
        if (all.reached === undefined) expect(answered).toEqual(everything);
        else expect(Number(all.reached)).toBe(answered.at(-1));
      }),
    ));

  it('reflect what the one furthest behind reflects', () =>
    expect(together([{ ...newest([1], 1), position: '7' }, newest([2], 1)]).position).toBe('1'));
});
