import type { Scope } from '../../kernel/event.js';
import { type Action, type Area, areaOf, PERMISSIONS, type Permission } from './permissions.js';
import type { Role, Roles } from './roles.js';

/** What a role holds, area by area; `'*'` is every action of the area. */
type Holds = { readonly [A in Area]?: '*' | readonly Action<A>[] };

interface Definition {
  readonly name: string;
  readonly description: string;
  readonly holds: Holds;
  readonly scope?: Scope;
  readonly switches?: Readonly<Record<string, Holds>>;
  readonly takesReadOnly?: boolean;
  readonly grantable?: boolean;
}

const permissionsIn = (area: string): readonly Permission[] =>
  PERMISSIONS.filter((permission) => areaOf(permission) === area);

const listed = (holds: Holds): readonly Permission[] =>
  Object.entries(holds).flatMap(([area, actions]) =>
    actions === '*' ? permissionsIn(area) : actions.map((action) => `${area}:${action}` as Permission),
  );

const everythingBut = (left: Holds): Holds => {
  const leftOut = new Set(listed(left));
  const held = PERMISSIONS.filter((permission) => !leftOut.has(permission));
  return Object.fromEntries(
    [...new Set(held.map(areaOf))].map((area) => [
      area,
      held.filter((one) => areaOf(one) === area).map((one) => one.slice(area.length + 1)),
    ]),
  );
};

const everything = everythingBut({});

const sales: Holds = {
  brands: ['read'],
  dashboard: '*',
  customers: ['read', 'create', 'edit'],
  products: ['read'],
  estimates: ['read', 'create', 'edit', 'copy', 'send', 'accept', 'convert'],
  invoices: ['read', 'create', 'edit', 'copy', 'issue', 'send', 'record-payment'],
  'credit-notes': ['read'],
  'sales-reports': '*',
  'document-templates': ['read', 'choose'],
  projects: ['read', 'create', 'edit'],
  'address-book': '*',
};

const DEFINITIONS = {
  primary: {
    name: 'Primary',
    description: 'Everything. Exactly one person, who founded the organisation or took it over.',
    holds: everything,
    takesReadOnly: false,
    grantable: false,
  },
  authorised: {
    name: 'Authorised',
    description: "All of the organisation's information, no say over its people, settings and billing.",
    holds: everythingBut({
      organisation: ['edit'],
      'account-billing': '*',
      members: ['invite', 'change-roles', 'disable', 'remove'],
      roles: ['edit'],
      'api-keys': ['edit'],
      webhooks: ['edit'],
      privacy: ['manage'],
      periods: ['unlock'],
    }),
  },
  admin: {
    name: 'Admin',
    description: "Everything but the account's billing.",
    holds: everythingBut({ 'account-billing': '*' }),
    takesReadOnly: false,
  },
  accountant: {
    name: 'Accountant',
    description: 'Transactions, the chart of accounts and reports; invoices to look at.',
    holds: {
      invoices: ['read'],
      transactions: '*',
      'chart-of-accounts': '*',
      'confidential-accounts': ['read'],
      'sales-reports': '*',
      'purchase-reports': '*',
      'financial-reports': '*',
    },
  },
  basic: {
    name: 'Basic',
    description: 'Only the projects and tasks to which the person is assigned; three switches open more of them.',
    scope: 'assigned',
    holds: {
      dashboard: '*',
      customers: ['read', 'edit'],
      projects: ['read', 'edit', 'archive'],
      tasks: '*',
      notes: '*',
      forms: ['read', 'edit', 'copy', 'remove', 'send'],
      appointments: ['read', 'edit', 'request'],
      workflows: ['read', 'edit'],
      portal: '*',
      emails: '*',
      'address-book': '*',
      calendar: '*',
      activity: '*',
    },
    switches: {
      contracts: { contracts: ['read', 'edit', 'send'] },
      invoices: { invoices: ['read', 'create', 'edit', 'issue', 'send'] },
      // What is added to a project from a template.
      templates: { templates: ['read'], forms: ['add'], contracts: ['add'], workflows: ['add'] },
    },
  },
  sales: {
    name: 'Sales',
    description: 'Customers, estimates and invoices; deletes nothing.',
    holds: sales,
  },
  purchases: {
    name: 'Purchases',
    description: 'Suppliers, and purchases up to handing them in for approval.',
    holds: {
      brands: ['read'],
      dashboard: '*',
      suppliers: ['read', 'create', 'edit'],
      products: ['read'],
      purchases: ['read', 'create', 'edit', 'submit'],
      'purchase-reports': '*',
    },
  },
  'sales-and-purchases': {
    name: 'Sales and purchases',
    description: 'The whole of sales and of purchases, discarding, voiding and approving included.',
    holds: {
      ...sales,
      customers: '*',
      suppliers: '*',
      products: '*',
      estimates: '*',
      invoices: ['read', 'create', 'edit', 'copy', 'issue', 'send', 'record-payment', 'void', 'discard'],
      'credit-notes': '*',
      purchases: '*',
      'purchase-reports': '*',
    },
  },
  staff: {
    name: 'Staff',
    description: 'Customers, and drafts of estimates and invoices; no costs, no reports.',
    holds: {
      brands: ['read'],
      dashboard: '*',
      customers: ['read', 'create', 'edit'],
      products: ['read'],
      estimates: ['read', 'create', 'edit', 'copy', 'convert'],
      invoices: ['read', 'create', 'edit', 'copy'],
      'document-templates': ['read', 'choose'],
      projects: ['read'],
      'address-book': '*',
    },
  },
  bookkeeper: {
    name: 'Bookkeeper',
    description: 'Sales, purchases up to their payment, transactions and imports; approves nothing, posts no journals.',
    holds: {
      ...sales,
      suppliers: ['read', 'create', 'edit'],
      products: ['read', 'create', 'edit'],
      invoices: ['read', 'create', 'edit', 'copy', 'issue', 'send', 'record-payment', 'import'],
      'credit-notes': ['read', 'create', 'issue', 'send'],
      purchases: ['read', 'create', 'edit', 'submit', 'pay'],
      'bank-accounts': ['read'],
      transactions: '*',
      journals: ['read'],
      'chart-of-accounts': ['read'],
      'confidential-accounts': ['read'],
      'purchase-reports': '*',
    },
  },
  compliance: {
    name: 'Compliance',
    description: 'The trail, its proofs and exports, and requests under data protection law.',
    holds: {
      organisation: ['read'],
      members: ['read'],
      roles: ['read'],
      'api-keys': ['read'],
      audit: '*',
      privacy: '*',
      activity: '*',
    },
  },
} as const satisfies Record<string, Definition>;

export type BuiltInRoleKey = keyof typeof DEFINITIONS;

/** In the order of the catalogue, whatever the order of the definition. */
const scoped = (holds: Holds, scope: Scope): ReadonlyMap<Permission, Scope> => {
  const held = new Set(listed(holds));
  return new Map(PERMISSIONS.filter((permission) => held.has(permission)).map((permission) => [permission, scope]));
};

const roleFrom = (key: string, definition: Definition): Role => {
  const { name, description, holds, scope = 'all', switches = {}, takesReadOnly = true, grantable = true } = definition;
  return {
    key,
    name,
    description,
    permissions: scoped(holds, scope),
    switches: new Map(Object.entries(switches).map(([word, more]) => [word, scoped(more, scope)])),
    takesReadOnly,
    grantable,
  };
};

/** The roles that every organisation has, by key. */
export const BUILT_IN_ROLES: Roles = new Map(
  Object.entries(DEFINITIONS).map(([key, definition]) => [key, roleFrom(key, definition)]),
);

/** A role by its key or id: built in, or one of the organisation's own. */
export const roleOf = (key: string, own: Roles): Role | undefined => BUILT_IN_ROLES.get(key) ?? own.get(key);
