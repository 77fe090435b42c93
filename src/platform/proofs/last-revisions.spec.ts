import fc from 'fast-check';
import { LastRevisions } from './last-revisions.js';

describe('the last revision of each stream', () => {
  it('is what was put last, for any order of any streams', () => {
    const put = fc.tuple(fc.string({ maxLength: 3 }), fc.nat({ max: 2 ** 32 - 2 }));
    fc.assert(
      fc.property(fc.array(put, { maxLength: 300 }), (puts) => {
        const revisions = new LastRevisions();
        const model = new Map<string, number>();
        for (const [stream, revision] of puts) {
          expect(revisions.put(stream, revision)).toBe(model.get(stream) ?? -1);
          model.set(stream, revision);
        }
      }),
    );
  });

  it('stays while many more streams come', () => {
    const revisions = new LastRevisions();
    const name = (number: number): string => `product-organisation/${number}`;
    for (let number = 0; number < 20_000; number++) expect(revisions.put(name(number), number)).toBe(-1);
    for (let number = 0; number < 20_000; number++) expect(revisions.put(name(number), 0)).toBe(number);
  });
});
