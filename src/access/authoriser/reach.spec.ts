import fc from 'fast-check';
import type { RecordFacts } from '../../kernel/decider.js';
import { type Access, type Holding } from '../contract.js';
import { authorise } from './authorise.js';
import { type Assigned, reachTokens, withAssigned, withPerson } from './reach.js';

const ME = 'me';
const optional = (...names: string[]) => fc.option(fc.constantFrom(...names), { nil: undefined });
const some = (...names: string[]) => fc.uniqueArray(fc.constantFrom(...names)).map((list) => new Set(list));
const facts: fc.Arbitrary<RecordFacts> = fc.record({
  createdBy: optional(ME, 'other', 'me2'),
  projectId: optional('p', 'q'),
  customerId: optional('c', 'd'),
  brandId: optional('a', 'b'),
  bankAccountId: optional('x', 'y'),
  assigned: fc.option(fc.array(fc.constantFrom(ME, 'other', 'me2')), { nil: undefined }),
});
const limit = (...names: string[]) => fc.option(some(...names), { nil: undefined });
const holding = fc
  .record({ scope: fc.constantFrom('all', 'assigned', 'own'), brands: limit('a', 'b'), bankAccounts: limit('x', 'y') })
  .map((held) => ({ ...held, grant: {}, until: Infinity, source: {} }) as unknown as Holding);
const assigned: fc.Arbitrary<Assigned> = fc.record({ projects: some('p', 'q'), customers: some('c', 'd') });

const accessBy = (held: readonly Holding[]): Access => ({ grants: [], holdings: new Map([['tasks:read', held]]) });

describe('lists of the assigned', () => {
  it('hold exactly the records that they may open one by one, by project, client or task, within every limit', () => {
    fc.assert(
      fc.property(fc.array(holding, { minLength: 1, maxLength: 3 }), facts, assigned, (held, record, mine) => {
        // Customers without a project are nobody's clients.
        fc.pre(mine.projects.size > 0 || mine.customers.size === 0);
        const access = accessBy(held);
        const area = authorise(access, ME, 'tasks:read', undefined, 0);
        const opened = authorise(access, ME, 'tasks:read', withPerson(record, ME, mine), 0).allowed;
        const { tokens } = area.allowed ? withAssigned(area.reach, ME, mine) : { tokens: [] };
        const listed = tokens === 'all' || reachTokens(record).some((token) => tokens.includes(token));
        expect(listed).toBe(opened);
      }),
      { numRuns: 3000 },
    );
  });

  it('leave the reach of everybody else as it is', () => {
    const mine: Assigned = { projects: new Set(['p']), customers: new Set(['c']) };
    expect(withAssigned({ tokens: 'all' }, ME, mine)).toEqual({ tokens: 'all' });
    expect(withAssigned({ tokens: ['by:me', 'to:me2', '*|a|'] }, ME, mine)).toEqual({
      tokens: ['by:me', 'to:me2', '*|a|'],
    });
    expect(withAssigned({ tokens: ['to:me', 'to:me|a|'] }, ME, mine)).toEqual({
      tokens: ['to:me', 'in:p', 'is:c', 'to:me|a|', 'in:p|a|', 'is:c|a|'],
    });
  });
});
