import { eventFixtures } from '../../../test/support/event-fixtures.js';
import { recorded } from '../../../test/support/specification.js';
import { booksEvents } from '../events.js';
import type { EventType } from '../../kernel/catalogue.js';
import type { DomainEvent } from '../../kernel/event.js';
import { differenceOf, entryOf, POSTING_TYPES } from './rules.js';

const declared = booksEvents as unknown as Readonly<Record<string, EventType<DomainEvent>>>;
const fixtures = eventFixtures().filter(
  ({ type, version }) => POSTING_TYPES.includes(type) && declared[type]?.schemaVersion === version,
);

describe('what types of events book', () => {
  it.each(fixtures.map((fixture, n) => [`${fixture.type} #${n}`, fixture] as const))(
    '%s balances',
    (_, { type, data }) => {
      const entry = entryOf(recorded('kind-organisation/id', 0, { type, data }));
      expect(entry === null ? 0n : differenceOf(entry)).toBe(0n);
    },
  );

  it('are all of this room', () => {
    expect(POSTING_TYPES.filter((type) => declared[type] === undefined)).toEqual([]);
  });

  // That each type has a fixture is held by src/events-ever-written.spec.ts.
  it.each([...new Set(fixtures.map(({ type }) => type))])('%s has a sample that books something', (type) => {
    const entries = fixtures
      .filter((fixture) => fixture.type === type)
      .map(({ data }) => entryOf(recorded('kind-organisation/id', 0, { type, data })));
    expect(entries.some((entry) => (entry?.postings.length ?? 0) > 1)).toBe(true);
  });

  it('does not stand where debits and credits differ', () => {
    const booked = { customerId: 'c', date: '2026-03-01', total: 1, amounts: [] };
    const data = { number: 1, issuedOn: '2026-03-01', customerId: 'c', billTo: 'erased', booked };
    expect(() => entryOf(recorded('invoice-o/i', 0, { type: 'InvoiceIssued', data }))).toThrow('do not balance');
  });
});
