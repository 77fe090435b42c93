import { Refusal } from '../../kernel/refusal.js';
import { BUILT_IN_ROLES } from './built-in-roles.js';
import { grantsFrom, grantText, grantsText, permissionsOf, sameGrant } from './grants.js';
import { NO_ROLES } from './roles.js';

const BRAND = '01990000-0000-7000-8000-00000000000a';
const BRAND_2 = '01990000-0000-7000-8000-00000000000b';

const ids = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `01990000-0000-7000-8000-${String(index).padStart(12, '0')}`);

const fieldThatIsWrong = (value: unknown): string | undefined => {
  try {
    grantsFrom('roles', value, NO_ROLES);
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    expect(error.code).toBe('validation-failed');
    return error.details.errors?.[0]?.field;
  }
};

describe('grants as clients write them', () => {
  it('take a plain string as a role', () => {
    expect(grantsFrom('roles', ['sales'], NO_ROLES)).toEqual([{ role: 'sales', readOnly: false, switches: [] }]);
  });

  it('come to one normal form, repeats dropped', () => {
    const written = [
      {
        role: 'basic',
        switches: ['invoices', 'contracts', 'invoices'],
        brands: [BRAND_2, BRAND],
        until: '2026-03-31T01:00:00+01:00',
      },
      {
        role: 'basic',
        switches: ['contracts', 'invoices'],
        brands: [BRAND, BRAND_2],
        until: '2026-03-31T00:00:00Z',
        readOnly: false,
      },
      'sales',
      { role: 'sales', readOnly: null, until: null, brands: null },
    ];
    expect(grantsFrom('roles', written, NO_ROLES)).toEqual([
      {
        role: 'basic',
        readOnly: false,
        switches: ['contracts', 'invoices'],
        brands: [BRAND, BRAND_2],
        until: '2026-03-31T00:00:00.000Z',
      },
      { role: 'sales', readOnly: false, switches: [] },
    ]);
  });

  it.each([
    ['not a list', 'sales', 'roles'],
    ['nothing', undefined, 'roles'],
    ['no role', [], 'roles'],
    ['too many', Array(21).fill('sales'), 'roles'],
    ['a number', [1], 'roles.0'],
    ['a list in the list', [['sales']], 'roles.0'],
    ['null', [null], 'roles.0'],
    ['an unknown field', [{ role: 'sales', scope: 'all' }], 'roles.0'],
    ['an unknown role', ['sales', 'boss'], 'roles.1.role'],
    ['a name of the prototype', ['constructor'], 'roles.0.role'],
    ['no name', [{}], 'roles.0.role'],
    ['the Primary', ['primary'], 'roles.0.role'],
    ['an unknown switch', [{ role: 'basic', switches: ['all'] }], 'roles.0.switches.0'],
    ["another role's switch", [{ role: 'sales', switches: ['contracts'] }], 'roles.0.switches.0'],
    ['switches that are no list', [{ role: 'basic', switches: 'contracts' }], 'roles.0.switches'],
    ['a read-only admin', [{ role: 'admin', readOnly: true }], 'roles.0.readOnly'],
    ['read-only as a text', [{ role: 'sales', readOnly: 'true' }], 'roles.0.readOnly'],
    ['no brand at all', [{ role: 'sales', brands: [] }], 'roles.0.brands'],
    ['a brand that is no id', [{ role: 'sales', brands: ['x'] }], 'roles.0.brands.0'],
    [
      'too many pairs of brands and bank accounts',
      [{ role: 'sales', brands: ids(26), bankAccounts: ids(10) }],
      'roles.0.bankAccounts',
    ],
    ['too many bank accounts', [{ role: 'sales', bankAccounts: Array(101).fill(BRAND) }], 'roles.0.bankAccounts'],
    ['an end that is a date', [{ role: 'sales', until: '2026-03-31' }], 'roles.0.until'],
    ['a day that there is not', [{ role: 'sales', until: '2026-02-30T00:00:00Z' }], 'roles.0.until'],
    ['an end without a zone', [{ role: 'sales', until: '2026-03-31T00:00:00' }], 'roles.0.until'],
    ['an end that is a number', [{ role: 'sales', until: 1 }], 'roles.0.until'],
  ])('refuse %s', (_, value, field) => {
    expect(fieldThatIsWrong(value)).toBe(field);
  });
});

describe('grants', () => {
  const sales = { role: 'sales', readOnly: false, switches: [] };

  it('are told apart by every part', () => {
    expect(sameGrant(sales, { ...sales })).toBe(true);
    const others = [
      { role: 'staff' },
      { readOnly: true },
      { switches: ['x'] },
      { brands: [BRAND] },
      { until: '2026-03-31T00:00:00.000Z' },
    ];
    expect(others.filter((other) => sameGrant(sales, { ...sales, ...other }))).toEqual([]);
    expect(sameGrant({ ...sales, brands: [BRAND] }, { ...sales, bankAccounts: [BRAND] })).toBe(false);
  });

  it('read as a person would say them', () => {
    expect(grantText(sales)).toBe('Sales');
    expect(grantText({ ...sales, readOnly: true, until: '2026-03-31T00:00:00.000Z' })).toBe(
      'Sales (read only), until 31 March 2026',
    );
    expect(grantText({ role: 'basic', readOnly: true, switches: ['contracts', 'invoices', 'templates'] })).toBe(
      'Basic with contracts, invoices and templates (read only)',
    );
    expect(
      grantText({ ...sales, brands: [BRAND], bankAccounts: [BRAND, BRAND_2], until: '2026-12-01T08:05:00.000Z' }),
    ).toBe('Sales, limited to 1 brand and 2 bank accounts, until 1 December 2026, 08:05 UTC');
    expect(grantsText([sales, { ...sales, role: 'sales-and-purchases' }])).toBe('Sales; Sales and purchases');
  });

  it('of a role that is gone hold nothing', () => {
    expect(permissionsOf({ ...sales, role: BRAND }, NO_ROLES)).toEqual([]);
  });

  it('that are read-only keep what looks', () => {
    for (const role of BUILT_IN_ROLES.values()) {
      const grant = { role: role.key, readOnly: true, switches: [...role.switches.keys()] };
      const kept = permissionsOf(grant, NO_ROLES);
      expect(kept.filter(({ permission }) => !permission.endsWith(':read'))).toEqual([]);
    }
  });
});
