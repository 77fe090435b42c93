import fc from 'fast-check';
import { authorise } from '../authoriser/authorise.js';
import { type HeldGrant, holdingsOf, NO_ROLES, PERMISSIONS } from '../contract.js';
import { type Extent, type Extents, intersect, isForKeys } from './intersection.js';

const ANN = '01990000-0000-7000-8000-000000000001';
const BOB = '01990000-0000-7000-8000-000000000002';
const NOW = Date.parse('2026-03-01T09:00:00.000Z');
const LATER = '2026-04-01T00:00:00.000Z';

const held = (role: string, more: Partial<HeldGrant> = {}): HeldGrant => ({
  role,
  readOnly: false,
  switches: [],
  grantEventId: `gave-${role}`,
  grantedBy: BOB,
  grantedAt: '2026-01-01T00:00:00.000Z',
  grantRevision: 1,
  ...more,
});

const extent = (more: Partial<Extent> = {}): Extent => ({
  scope: 'all',
  brands: undefined,
  bankAccounts: undefined,
  until: Infinity,
  ...more,
});
const only = (permission: string, ...extents: readonly Extent[]): Extents => new Map([[permission, extents]]);
const makers = (...grants: readonly HeldGrant[]) => holdingsOf(grants, NO_ROLES);

const common = (own: Extent, ...grants: readonly HeldGrant[]) =>
  (intersect(only('invoices:read', own), makers(...grants)).get('invoices:read') ?? []).map((holding) => ({
    scope: holding.scope,
    brands: holding.brands && [...holding.brands],
    until: holding.until,
    by: holding.source.eventId,
  }));

describe('what an API key and its maker both hold', () => {
  it('is nothing that only one of them holds', () => {
    const table = intersect(
      new Map([
        ['invoices:read', [extent()]],
        ['journals:read', [extent()]],
      ]),
      makers(held('sales')),
    );
    expect(PERMISSIONS.filter((permission) => table.get(permission) !== undefined)).toEqual(['invoices:read']);
  });

  it('is the narrower scope, for the reason for which the maker holds it', () => {
    expect(common(extent({ scope: 'assigned' }), held('sales'))).toMatchObject([
      { scope: 'assigned', by: 'gave-sales' },
    ]);
    const basic = held('basic', { switches: ['invoices'] });
    expect(common(extent(), basic)).toMatchObject([{ scope: 'assigned', by: 'gave-basic' }]);
    expect(common(extent({ scope: 'assigned' }), basic)).toMatchObject([{ scope: 'assigned' }]);
  });

  it('is nothing where one is about what is assigned and the other about what is made by oneself', () => {
    expect(common(extent({ scope: 'own' }), held('basic', { switches: ['invoices'] }))).toEqual([]);
  });

  it('is the brands of both, and nothing where they have none in common', () => {
    const limited = held('sales', { brands: ['a', 'b'] });
    expect(common(extent(), limited)).toMatchObject([{ brands: ['a', 'b'] }]);
    expect(common(extent({ brands: new Set(['b', 'c']) }), limited)).toMatchObject([{ brands: ['b'] }]);
    expect(common(extent({ brands: new Set(['c']) }), limited)).toEqual([]);
    expect(common(extent({ brands: new Set(['c']) }), held('sales'))).toMatchObject([{ brands: ['c'] }]);
  });

  it('is the bank accounts of both', () => {
    const maker = makers(held('bookkeeper', { bankAccounts: ['a', 'b'] }));
    const [both] = intersect(only('transactions:read', extent({ bankAccounts: new Set(['b']) })), maker).get(
      'transactions:read',
    )!;
    expect([...both!.bankAccounts!]).toEqual(['b']);
    const other = extent({ bankAccounts: new Set(['z']) });
    expect(intersect(only('transactions:read', other), maker).get('transactions:read')).toBeUndefined();
  });

  it('ends with the first of the two', () => {
    expect(common(extent(), held('sales', { until: LATER }))).toMatchObject([{ until: Date.parse(LATER) }]);
    expect(common(extent({ until: NOW }), held('sales', { until: LATER }))).toMatchObject([{ until: NOW }]);
  });

  it('holds no power over people, rights, personal data or the account, whoever made the key', () => {
    const everything = new Map(PERMISSIONS.map((permission) => [permission, [extent()]] as const));
    const primary = intersect(everything, makers(held('primary')));
    const both = PERMISSIONS.filter((permission) => primary.get(permission) !== undefined);
    const areas = new Set(both.map((permission) => permission.split(':')[0]));
    for (const area of ['members', 'roles', 'api-keys', 'privacy', 'account-billing'])
      expect(areas).not.toContain(area);
    expect(both).toEqual(PERMISSIONS.filter(isForKeys));
  });

  it('says nothing twice: two long lists of grants do not multiply', () => {
    const grants = Array.from({ length: 20 }, (_, i) => held('sales', { grantEventId: `g${i}` }));
    expect(common(extent(), ...grants)).toHaveLength(1);
    const own = holdingsOf(grants, NO_ROLES);
    expect(intersect(own, makers(...grants)).get('invoices:read')).toHaveLength(1);
  });

  it('is worked out once, for what is asked', () => {
    const asked: string[] = [];
    const table = makers(held('sales'));
    const noting = {
      get(permission: string) {
        asked.push(permission);
        return table.get(permission);
      },
    };
    const both = intersect(table, noting);
    expect(asked).toEqual([]);
    expect(both.get('invoices:read')).toBe(both.get('invoices:read'));
    expect(asked).toEqual(['invoices:read']);
    expect(both.get('members:read') ?? both.get('no permission')).toBeUndefined();
    expect(asked).toEqual(['invoices:read']);
  });

  it('opens exactly the records that both open, whatever the two hold', () => {
    const brands = fc.option(fc.subarray(['a', 'b', 'c'], { minLength: 1 }), { nil: undefined });
    const grant = fc
      .record({
        role: fc.constantFrom('sales', 'basic', 'bookkeeper', 'authorised', 'compliance', 'admin'),
        brands,
        bankAccounts: fc.option(fc.subarray(['x', 'y'], { minLength: 1 }), { nil: undefined }),
        until: fc.constantFrom(undefined, LATER, '2026-02-01T00:00:00.000Z'),
      })
      .map(({ role, ...rest }) =>
        held(role, Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))),
      );
    const grants = fc.array(grant, { minLength: 1, maxLength: 4 });
    const facts = fc.record({
      createdBy: fc.constantFrom(ANN, BOB),
      brandId: fc.constantFrom(undefined, 'a', 'b', 'c'),
      bankAccountId: fc.constantFrom(undefined, 'x', 'y'),
      assigned: fc.constantFrom([], [ANN]),
    });
    const permission = fc.constantFrom(...PERMISSIONS.filter(isForKeys));
    fc.assert(
      fc.property(grants, grants, permission, facts, (own, makersOwn, asked, record) => {
        const may = (holdings: ReturnType<typeof makers>): boolean =>
          authorise({ grants: makersOwn, holdings }, ANN, asked, record, NOW).allowed;
        const [key, maker] = [holdingsOf(own, NO_ROLES), holdingsOf(makersOwn, NO_ROLES)];
        expect(may(intersect(key, maker))).toBe(may(key) && may(maker));
      }),
    );
  });
});
