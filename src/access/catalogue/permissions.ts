/**
 * The one place where permissions are named. Each area of the product has actions; `area:action` is a permission. Routes,
 * roles, OpenAPI texts and labels derive from it. A label says what somebody
 * who has the permission can do.
 */
const CATALOGUE = {
  organisation: {
    label: 'Organisation',
    actions: {
      read: "See the organisation's name, currency and settings",
      edit: "Change the organisation's name and settings",
    },
  },
  brands: {
    label: 'Brands',
    actions: {
      read: 'See brands',
      edit: 'Make and change brands',
    },
  },
  'account-billing': {
    label: 'Account billing',
    actions: {
      read: 'See the plan and who pays for the account',
      edit: 'Change the plan and who pays for the account',
    },
  },
  members: {
    label: 'Members',
    actions: {
      read: 'See members, what they may do and why',
      invite: 'Invite people',
      'change-roles': 'Change the roles of members',
      disable: 'Disable members and enable them again',
      remove: 'Remove members',
    },
  },
  roles: {
    label: 'Roles',
    actions: {
      read: 'See roles and what they hold',
      edit: 'Make, change and delete roles',
    },
  },
  'api-keys': {
    label: 'API keys',
    actions: {
      read: 'See API keys',
      edit: 'Make and delete API keys',
    },
  },
  webhooks: {
    label: 'Webhooks',
    actions: {
      read: 'See webhooks',
      edit: 'Make, change and delete webhooks',
    },
  },
  audit: {
    label: 'Audit trail',
    actions: {
      read: 'See the audit trail',
      export: 'Export the audit trail',
    },
  },
  privacy: {
    label: 'Privacy',
    actions: {
      read: 'See the people held and requests under data protection law',
      manage: 'Answer requests under data protection law',
    },
  },
  dashboard: {
    label: 'Dashboard',
    actions: {
      read: 'See the dashboard',
    },
  },
  inbox: {
    label: 'Inbox',
    actions: {
      read: 'See the inbox',
    },
  },
  customers: {
    label: 'Customers',
    actions: {
      read: 'See customers',
      create: 'Add customers',
      edit: 'Change customers',
      archive: 'Archive customers',
    },
  },
  suppliers: {
    label: 'Suppliers',
    actions: {
      read: 'See suppliers',
      create: 'Add suppliers',
      edit: 'Change suppliers',
      'edit-bank-details': 'Change the bank details of suppliers',
      archive: 'Archive suppliers',
    },
  },
  products: {
    label: 'Products',
    actions: {
      read: 'See products',
      create: 'Add products',
      edit: 'Change products',
      archive: 'Archive products',
    },
  },
  estimates: {
    label: 'Estimates',
    actions: {
      read: 'See estimates',
      create: 'Draft estimates',
      edit: 'Change drafts of estimates',
      copy: 'Copy estimates',
      send: 'Send estimates',
      accept: 'Mark estimates as accepted or declined',
      convert: 'Turn estimates into invoices',
      discard: 'Discard drafts of estimates',
    },
  },
  invoices: {
    label: 'Invoices',
    actions: {
      read: 'See invoices',
      create: 'Draft invoices',
      edit: 'Change drafts of invoices',
      copy: 'Copy invoices',
      issue: 'Issue invoices',
      send: 'Send invoices',
      'record-payment': 'Record payments of invoices',
      void: 'Void invoices',
      discard: 'Discard drafts of invoices',
      import: 'Import invoices',
    },
  },
  'credit-notes': {
    label: 'Credit notes',
    actions: {
      read: 'See credit notes',
      create: 'Draft credit notes',
      issue: 'Issue credit notes',
      send: 'Send credit notes',
      void: 'Void credit notes',
    },
  },
  purchases: {
    label: 'Purchases',
    actions: {
      read: 'See purchases',
      create: 'Enter purchases',
      edit: 'Change purchases',
      submit: 'Hand purchases in for approval',
      approve: 'Approve purchases',
      pay: 'Pay purchases',
      void: 'Void purchases',
      discard: 'Discard drafts of purchases',
    },
  },
  'bank-accounts': {
    label: 'Bank accounts',
    actions: {
      read: 'See bank accounts and their balances',
      create: 'Add bank accounts',
      edit: 'Change bank accounts',
    },
  },
  transactions: {
    label: 'Transactions',
    actions: {
      read: 'See bank transactions',
      create: 'Enter bank transactions',
      edit: 'Change bank transactions',
      reconcile: 'Reconcile bank transactions',
    },
  },
  journals: {
    label: 'Journals',
    actions: {
      read: 'See journals and the ledger',
      create: 'Post journals',
      reverse: 'Reverse journals',
    },
  },
  'chart-of-accounts': {
    label: 'Chart of accounts',
    actions: {
      read: 'See the chart of accounts',
      edit: 'Change the chart of accounts',
    },
  },
  'confidential-accounts': {
    label: 'Confidential accounts',
    actions: {
      read: 'See confidential accounts and what is posted to them',
      edit: 'Mark accounts as confidential, and change those',
    },
  },
  'sales-reports': {
    label: 'Sales reports',
    actions: {
      read: 'See sales reports',
    },
  },
  'purchase-reports': {
    label: 'Purchase reports',
    actions: {
      read: 'See purchase reports',
    },
  },
  'financial-reports': {
    label: 'Financial reports',
    actions: {
      read: 'See financial reports',
    },
  },
  periods: {
    label: 'Periods',
    actions: {
      read: 'See which periods are locked',
      lock: 'Lock periods',
      unlock: 'Unlock periods',
    },
  },
  'document-templates': {
    label: 'Document templates',
    actions: {
      read: 'See document templates',
      choose: 'Choose the template of a document',
      edit: 'Make and change document templates',
    },
  },
  projects: {
    label: 'Projects',
    actions: {
      read: 'See projects',
      create: 'Add projects',
      edit: 'Change projects',
      archive: 'Archive projects',
      assign: 'Assign people to projects',
    },
  },
  tasks: {
    label: 'Tasks',
    actions: {
      read: 'See tasks',
      create: 'Add tasks',
      edit: 'Change tasks',
      complete: 'Complete tasks',
    },
  },
  notes: {
    label: 'Notes',
    actions: {
      read: 'See notes',
      edit: 'Write and change notes',
    },
  },
  forms: {
    label: 'Forms',
    actions: {
      read: 'See forms',
      add: 'Add forms from templates',
      edit: 'Change forms',
      copy: 'Copy forms',
      remove: 'Remove forms',
      send: 'Send forms',
    },
  },
  contracts: {
    label: 'Contracts',
    actions: {
      read: 'See contracts',
      add: 'Add contracts from templates',
      edit: 'Change contracts',
      send: 'Send contracts',
    },
  },
  appointments: {
    label: 'Appointments',
    actions: {
      read: 'See appointments',
      edit: 'Make and change appointments',
      request: 'Ask for appointments',
      'request-from-template': 'Ask for appointments from a template',
    },
  },
  workflows: {
    label: 'Workflows',
    actions: {
      read: 'See workflows',
      edit: 'Change workflows',
      add: 'Add workflows from templates',
    },
  },
  templates: {
    label: 'Project templates',
    actions: {
      read: 'See templates of projects',
      edit: 'Make and change templates of projects',
    },
  },
  'scheduler-templates': {
    label: 'Scheduler templates',
    actions: {
      read: 'See scheduler templates',
      edit: 'Make and change scheduler templates',
    },
  },
  portal: {
    label: 'Client portal',
    actions: {
      edit: 'Change the client portal',
    },
  },
  emails: {
    label: 'Emails',
    actions: {
      read: 'See emails',
      send: 'Send emails',
    },
  },
  'address-book': {
    label: 'Address book',
    actions: {
      read: 'See the address book',
    },
  },
  calendar: {
    label: 'Calendar',
    actions: {
      read: 'See the calendar',
    },
  },
  activity: {
    label: 'Activity',
    actions: {
      read: 'See what happened in projects',
    },
  },
} as const satisfies Record<string, { label: string; actions: Record<string, string> }>;

export type Area = keyof typeof CATALOGUE;
export type Action<A extends Area> = keyof (typeof CATALOGUE)[A]['actions'] & string;
export type Permission = { [A in Area]: `${A}:${Action<A>}` }[Area];

export interface AreaOfCatalogue {
  readonly area: Area;
  /** For people: `Credit notes`. */
  readonly label: string;
  readonly permissions: readonly {
    readonly permission: Permission;
    /** For people, what it is to have it: `Issue invoices`. */
    readonly label: string;
  }[];
}

/** Areas and their permissions, in their order. */
export const AREAS: readonly AreaOfCatalogue[] = Object.entries(CATALOGUE).map(([area, { label, actions }]) => ({
  area: area as Area,
  label,
  permissions: Object.entries(actions).map(([action, may]) => ({
    permission: `${area}:${action}` as Permission,
    label: may,
  })),
}));

/** Every permission, in the order of the areas and their actions. */
export const PERMISSIONS: readonly Permission[] = AREAS.flatMap(({ permissions }) =>
  permissions.map(({ permission }) => permission),
);

/** What each is to people. */
export const PERMISSION_LABELS: ReadonlyMap<string, string> = new Map(
  AREAS.flatMap(({ permissions }) => permissions.map(({ permission, label }) => [permission, label])),
);

export const isPermission = (text: string): text is Permission => PERMISSION_LABELS.has(text);

export const areaOf = (permission: Permission): Area => permission.slice(0, permission.indexOf(':')) as Area;

/** Whether a permission only looks: what a read-only grant keeps. */
export const isReading = (permission: Permission): boolean => permission.endsWith(':read');
