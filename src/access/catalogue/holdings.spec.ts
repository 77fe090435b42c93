import fc from 'fast-check';
import { BUILT_IN_ROLES } from './built-in-roles.js';
import { type Grant, type HeldGrant, permissionsOf } from './grants.js';
import { beyond, holdingsOf, holdsAnything } from './holdings.js';
import { areaOf } from './permissions.js';
import { NO_ROLES } from './roles.js';

const NOW = Date.parse('2026-03-01T00:00:00.000Z');
const SOON = '2026-04-01T00:00:00.000Z';
const LATER = '2026-05-01T00:00:00.000Z';

const grant = (role: string, more: Partial<Grant> = {}): Grant => ({ role, readOnly: false, switches: [], ...more });
const held = (...grants: Grant[]): HeldGrant[] =>
  grants.map((one) => ({
    ...one,
    grantEventId: 'event',
    grantedBy: 'somebody',
    grantedAt: '2026-01-01T00:00:00.000Z',
    grantRevision: 1,
  }));

const missing = (mine: readonly HeldGrant[], wanted: Grant): string | undefined =>
  beyond(holdingsOf(mine, NO_ROLES), { ...wanted, permissions: permissionsOf(wanted, NO_ROLES) }, NOW);

describe('who may grant what', () => {
  it.each([
    ['an admin makes admins', held(grant('admin')), grant('admin'), undefined],
    ['an admin gives the whole of the books', held(grant('admin')), grant('authorised'), undefined],
    ["an admin does not give the account's billing", held(grant('admin')), grant('primary'), 'account-billing:read'],
    ['the Primary gives everything', held(grant('primary')), grant('admin'), undefined],
    ['sales cannot give staff what it has not', held(grant('sales')), grant('compliance'), 'organisation:read'],
    ['sales gives a part of itself', held(grant('sales')), grant('sales', { readOnly: true }), undefined],
    ['who may only look gives no more', held(grant('sales', { readOnly: true })), grant('sales'), 'customers:create'],
    ['nobody gives longer than they have', held(grant('sales', { until: SOON })), grant('sales'), 'brands:read'],
    [
      'nobody gives longer than they have, to the day',
      held(grant('sales', { until: SOON })),
      grant('sales', { until: LATER }),
      'brands:read',
    ],
    ['the same end is no longer', held(grant('sales', { until: SOON })), grant('sales', { until: SOON }), undefined],
    [
      'what has ended gives nothing',
      held(grant('sales', { until: '2026-03-01T00:00:00.000Z' })),
      grant('sales', { until: SOON }),
      'brands:read',
    ],
    ['nobody gives more brands', held(grant('sales', { brands: ['a'] })), grant('sales'), 'brands:read'],
    [
      'nobody gives other brands',
      held(grant('sales', { brands: ['a'] })),
      grant('sales', { brands: ['a', 'b'] }),
      'brands:read',
    ],
    [
      'brands of two grants add up',
      held(grant('sales', { brands: ['a'] }), grant('sales', { brands: ['b'] })),
      grant('sales', { brands: ['a', 'b'] }),
      undefined,
    ],
    [
      'bank accounts count where there are some',
      held(grant('bookkeeper', { bankAccounts: ['x'] })),
      grant('bookkeeper', { readOnly: true }),
      'bank-accounts:read',
    ],
    [
      'and where one is named',
      held(grant('sales', { bankAccounts: ['x'] })),
      grant('sales', { bankAccounts: ['x', 'y'] }),
      'invoices:record-payment',
    ],
    ['and only there', held(grant('staff', { bankAccounts: ['x'] })), grant('staff'), undefined],
    ['assigned is less than all', held(grant('basic')), grant('sales', { readOnly: true }), 'brands:read'],
    [
      'assigned gives assigned',
      held(grant('basic', { switches: ['invoices'] })),
      grant('basic', { switches: ['invoices'] }),
      undefined,
    ],
    ['a switch is more', held(grant('basic')), grant('basic', { switches: ['invoices'] }), 'invoices:read'],
    ['two roles add up', held(grant('sales'), grant('purchases')), grant('purchases'), undefined],
    ['nobody has nothing to give', [], grant('basic'), 'dashboard:read'],
  ])('%s', (_, holder, wanted, lacks) => {
    expect(missing(holder, wanted)).toBe(lacks);
  });

  const anyGrant = fc
    .record({
      role: fc.constantFrom(...BUILT_IN_ROLES.keys()),
      readOnly: fc.boolean(),
      brands: fc.option(fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }), { nil: undefined }),
      bankAccounts: fc.option(fc.uniqueArray(fc.constantFrom('x', 'y'), { minLength: 1 }), { nil: undefined }),
      until: fc.constantFrom(undefined, '2026-02-01T00:00:00.000Z', SOON, LATER),
      all: fc.boolean(),
    })
    .map(({ role, readOnly, brands, bankAccounts, until, all }) =>
      grant(role, {
        readOnly,
        switches: all ? [...BUILT_IN_ROLES.get(role)!.switches.keys()] : [],
        ...(brands && { brands }),
        ...(bankAccounts && { bankAccounts }),
        ...(until && { until }),
      }),
    );

  /** Every point that a grant opens: permission, kind of record, brand, bank account, moment. Written out, to compare with. */
  const points = (grants: readonly Grant[]): Set<string> => {
    const found = new Set<string>();
    for (const one of grants) {
      for (const { permission, scope } of permissionsOf(one, NO_ROLES)) {
        const banked = ['bank-accounts', 'transactions'].includes(areaOf(permission));
        const naming = ['invoices:record-payment', 'purchases:pay'].includes(permission);
        const banks = banked ? one.bankAccounts : naming && one.bankAccounts ? ['', ...one.bankAccounts] : undefined;
        for (const record of scope === 'all' ? ['assigned', 'any'] : [scope]) {
          for (const brand of one.brands ?? ['', 'a', 'b', 'c', 'd']) {
            for (const bank of banks ?? ['', 'x', 'y', 'z']) {
              for (const moment of [
                '2026-03-01T00:00:00.000Z',
                '2026-04-15T00:00:00.000Z',
                '2027-01-01T00:00:00.000Z',
              ]) {
                if (one.until === undefined || moment < one.until)
                  found.add([permission, record, brand, bank, moment].join());
              }
            }
          }
        }
      }
    }
    return found;
  };

  it('is whoever opens every point that the grant opens, whatever they hold', () => {
    fc.assert(
      fc.property(fc.array(anyGrant, { maxLength: 4 }), anyGrant, (mine, wanted) => {
        fc.pre(wanted.until === undefined || Date.parse(wanted.until) > NOW);
        const has = points(mine);
        const isCovered = [...points([wanted])].every((point) => has.has(point));
        expect(missing(held(...mine), wanted) === undefined).toBe(isCovered);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the table of a list of grants', () => {
  it('is made once', () => {
    const grants = held(grant('sales'));
    expect(holdingsOf(grants, NO_ROLES)).toBe(holdingsOf(grants, NO_ROLES));
  });

  it('has the strongest first', () => {
    const grants = held(
      grant('basic', { switches: ['invoices'] }),
      grant('sales', { brands: ['a'] }),
      grant('sales', { until: SOON }),
      grant('accountant'),
    );
    const roles = (permission: string) =>
      holdingsOf(grants, NO_ROLES)
        .get(permission)
        ?.map((holding) => [holding.grant.role, holding.scope]);
    expect(roles('invoices:read')).toEqual([
      ['accountant', 'all'],
      ['sales', 'all'],
      ['basic', 'assigned'],
      ['sales', 'all'],
    ]);
    expect(roles('members:read')).toBeUndefined();
  });

  it('stops at the very millisecond', () => {
    const grants = held(grant('sales', { until: SOON }));
    expect(holdsAnything(grants, Date.parse(SOON) - 1)).toBe(true);
    expect(holdsAnything(grants, Date.parse(SOON))).toBe(false);
    expect(holdsAnything([], NOW)).toBe(false);
  });
});
