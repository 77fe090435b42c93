import fc from 'fast-check';
import type { RecordFacts } from '../../kernel/decider.js';
import {
  type Access,
  accessOf,
  areaOf,
  BUILT_IN_ROLES,
  type Grant,
  type HeldGrant,
  type Membership,
  NO_ROLES,
  PERMISSIONS,
  sourceOf,
} from '../contract.js';
import { allowedTo, authorise, membershipOf, opens, reachOf, reasons } from './authorise.js';
import { reachTokens } from './reach.js';

const NOW = Date.parse('2026-03-01T00:00:00.000Z');
const ME = 'me';

const held = (role: string, more: Partial<HeldGrant> = {}): HeldGrant => ({
  role,
  readOnly: false,
  switches: [],
  grantEventId: `grant of ${role}`,
  grantedBy: 'boss',
  grantedAt: '2026-01-01T00:00:00.000Z',
  grantRevision: 1,
  ...more,
});
const person = (status: Membership['status'], ...grants: HeldGrant[]): Access | undefined =>
  accessOf({ status, grants }, NO_ROLES);
const member = (...grants: HeldGrant[]): Access => person('active', ...grants)!;
const because = (who: Access | undefined, permission: string, facts?: RecordFacts, now = NOW): string => {
  const decision = authorise(who, ME, permission, facts, now);
  return decision.allowed ? decision.holding.grant.grantEventId : decision.because;
};

describe('the authoriser', () => {
  it('knows no strangers, no invited, no disabled people', () => {
    expect(because(undefined, 'invoices:read')).toBe('stranger');
    expect(because(person('invited', held('admin')), 'invoices:read')).toBe('stranger');
    expect(because(person('disabled', held('admin')), 'invoices:read')).toBe('stranger');
  });

  it('tells a closed area from a closed record', () => {
    expect(because(member(held('basic')), 'purchases:read')).toBe('area');
    expect(because(member(held('basic')), 'projects:read', {})).toBe('record');
    expect(because(member(held('basic')), 'projects:read', { assigned: [ME] })).toBe('grant of basic');
    expect(because(member(held('basic')), 'projects:read')).toBe('grant of basic');
  });

  it('knows nothing that the catalogue does not', () => {
    expect(because(member(held('primary')), 'invoices:delete')).toBe('area');
    expect(because(member(held('primary')), 'constructor')).toBe('area');
  });

  it('names the strongest grant that opens the record', () => {
    const who = member(held('basic', { switches: ['invoices'] }), held('sales'));
    expect(because(who, 'invoices:read', { assigned: [ME] })).toBe('grant of sales');
    expect(because(who, 'invoices:read', {})).toBe('grant of sales');
    expect(because(who, 'tasks:edit', { assigned: [ME] })).toBe('grant of basic');
  });

  it('ends a grant at the very millisecond, and with the last one the membership', () => {
    const until = '2026-03-01T00:00:00.000Z';
    const who = member(held('sales', { until }), held('basic', { until: '2026-04-01T00:00:00.000Z' }));
    expect(because(who, 'estimates:read', {}, NOW - 1)).toBe('grant of sales');
    expect(because(who, 'estimates:read', {}, NOW)).toBe('area');
    const alone = member(held('sales', { until }));
    expect(because(alone, 'estimates:read', {}, NOW - 1)).toBe('grant of sales');
    expect(because(alone, 'estimates:read', {}, NOW)).toBe('stranger');
  });

  it('keeps to brands, and shows nothing without a brand', () => {
    const who = member(held('sales', { brands: ['a', 'b'] }));
    expect(because(who, 'invoices:read', { brandId: 'a' })).toBe('grant of sales');
    expect(because(who, 'invoices:read', { brandId: 'c' })).toBe('record');
    expect(because(who, 'invoices:read', {})).toBe('record');
  });

  it('keeps to bank accounts where records have one', () => {
    const who = member(held('bookkeeper', { bankAccounts: ['x'] }));
    expect(because(who, 'transactions:read', { bankAccountId: 'x' })).toBe('grant of bookkeeper');
    expect(because(who, 'transactions:read', { bankAccountId: 'y' })).toBe('record');
    expect(because(who, 'transactions:read', {})).toBe('record');
    expect(because(who, 'invoices:read', {})).toBe('grant of bookkeeper');
  });

  it('keeps to bank accounts where a record of none names one', () => {
    const who = member(held('sales', { bankAccounts: ['x'] }));
    expect(because(who, 'invoices:record-payment', {})).toBe('grant of sales');
    expect(because(who, 'invoices:record-payment', { bankAccountId: 'x' })).toBe('grant of sales');
    expect(because(who, 'invoices:record-payment', { bankAccountId: 'y' })).toBe('record');
  });

  describe('where a record tells of something else', () => {
    const secret: RecordFacts = { also: [{ permission: 'confidential-accounts:read', facts: {} }] };
    const onAccount = (bankAccountId: string): RecordFacts => ({
      also: [{ permission: 'bank-accounts:read', facts: { bankAccountId }, ifHeld: true }],
    });

    it('asks for what that needs, of each grant', () => {
      expect(because(member(held('admin')), 'journals:read', secret)).toBe('grant of admin');
      expect(because(member(held('accountant')), 'chart-of-accounts:read', secret)).toBe('grant of accountant');
      const limited = held('admin', { brands: ['north'] });
      // A brand's admin sees the accounts of no brand not at all, be the record one of that brand.
      expect(because(member(limited), 'invoices:read', { brandId: 'north' })).toBe('grant of admin');
      expect(because(member(limited), 'invoices:read', { brandId: 'north', ...secret })).toBe('record');
      expect(because(member(held('sales')), 'invoices:read', secret)).toBe('record');
    });

    it('asks for it at that very millisecond', () => {
      const until = '2026-03-01T00:00:00.000Z';
      const who = member(held('sales'), held('accountant', { until }));
      expect(because(who, 'invoices:read', secret, NOW - 1)).toBe('grant of sales');
      expect(because(who, 'invoices:read', secret, NOW)).toBe('record');
    });

    it('holds people to their limits where they have any, and nobody else', () => {
      const limited = member(held('bookkeeper', { bankAccounts: ['a1'] }));
      expect(because(limited, 'journals:read', onAccount('a1'))).toBe('grant of bookkeeper');
      expect(because(limited, 'journals:read', onAccount('a2'))).toBe('record');
      expect(because(member(held('bookkeeper')), 'journals:read', onAccount('a2'))).toBe('grant of bookkeeper');
      // Staff has no say about bank accounts at all.
      expect(because(member(held('staff')), 'invoices:read', onAccount('a2'))).toBe('grant of staff');
      expect(because(member(held('staff')), 'journals:read', onAccount('a2'))).toBe('area');
    });

    it('asks for all of it', () => {
      const limited = member(held('bookkeeper', { bankAccounts: ['a1'] }));
      const both = { also: [...onAccount('a1').also!, ...onAccount('a2').also!] };
      expect(because(limited, 'journals:read', both)).toBe('record');
    });
  });

  it('knows members also where their role holds nothing any more', () => {
    const empty = member(held('a role without permissions', { until: '2026-04-01T00:00:00.000Z' }));
    expect(membershipOf(empty, NOW)).toMatchObject({ allowed: true, reach: { tokens: [] } });
    expect(because(empty, 'invoices:read')).toBe('area');
    expect(membershipOf(empty, Date.parse('2026-04-01T00:00:00.000Z'))).toEqual({
      allowed: false,
      because: 'stranger',
    });
    expect(membershipOf(person('disabled', held('admin')), NOW)).toEqual({ allowed: false, because: 'stranger' });
    const later = member(held('sales', { until: '2026-02-01T00:00:00.000Z' }), held('basic'));
    expect(membershipOf(later, NOW)).toMatchObject({ holding: { grant: { role: 'basic' } } });
  });

  it('lists what somebody may do, with the widest scope', () => {
    expect(allowedTo(member(held('primary')), NOW)).toHaveLength(PERMISSIONS.length);
    const both = allowedTo(member(held('basic'), held('compliance')), NOW);
    expect(both).toContainEqual({ permission: 'activity:read', scope: 'all' });
    expect(both).toContainEqual({ permission: 'portal:edit', scope: 'assigned' });
    expect(allowedTo(person('disabled', held('admin')), NOW)).toEqual([]);
    expect(reasons(member(held('sales'), held('staff')), 'customers:read', NOW)).toHaveLength(2);
  });
});

describe('lists', () => {
  const id = (...names: string[]) => fc.option(fc.constantFrom(...names), { nil: undefined });
  const facts: fc.Arbitrary<RecordFacts> = fc.record({
    createdBy: id(ME, 'other'),
    brandId: id('a', 'b'),
    bankAccountId: id('x', 'y'),
    assigned: fc.option(fc.array(fc.constantFrom(ME, 'other')), { nil: undefined }),
  });
  const limit = (...names: string[]) =>
    fc.option(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }), { nil: undefined });
  const grant = fc
    .record({
      role: fc.constantFrom(...BUILT_IN_ROLES.keys()),
      brands: limit('a', 'b', 'c'),
      bankAccounts: limit('x', 'y', 'z'),
      until: fc.constantFrom(undefined, '2026-02-28T00:00:00.000Z', '2026-03-02T00:00:00.000Z'),
    })
    .map(({ role, ...limits }) =>
      held(
        role,
        Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)) as Partial<Grant>,
      ),
    );

  it('hold exactly the records that a person may open one by one', () => {
    fc.assert(
      fc.property(
        fc.array(grant, { maxLength: 3 }),
        fc.constantFrom(...PERMISSIONS),
        facts,
        (grants, permission, any) => {
          // Those of the other areas are of no bank account.
          const isBanked = ['bank-accounts', 'transactions'].includes(areaOf(permission));
          const record = isBanked ? any : { ...any, bankAccountId: undefined };
          const area = authorise(member(...grants), ME, permission, undefined, NOW);
          const opened = authorise(member(...grants), ME, permission, record, NOW).allowed;
          const tokens = area.allowed ? area.reach.tokens : [];
          const listed = tokens === 'all' || reachTokens(record).some((token) => tokens.includes(token));
          expect(listed).toBe(opened);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('know what one made oneself', () => {
    const custom = held('custom');
    const own = {
      grant: custom,
      scope: 'own',
      brands: undefined,
      bankAccounts: undefined,
      until: Infinity,
      source: sourceOf(custom),
    } as const;
    const { tokens } = reachOf([own], ME, NOW);
    expect(opens(own, ME, { createdBy: ME })).toBe(true);
    expect(opens(own, ME, { createdBy: 'other', assigned: [ME] })).toBe(false);
    expect(reachTokens({ createdBy: ME }).some((token) => tokens.includes(token))).toBe(true);
    expect(reachTokens({ createdBy: 'other', assigned: [ME] }).some((token) => tokens.includes(token))).toBe(false);
  });

  it('cost a plain record one token', () => {
    expect(reachTokens({ createdBy: ME })).toEqual(['by:me']);
    expect(reachTokens({})).toEqual([]);
  });
});
