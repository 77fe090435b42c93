/**
 * The one place where permissions are named. Each area of the product has actions; `area:action` is a permission. Routes,
 * roles, OpenAPI texts and labels derive from it.
 */
export const AREAS = {
  organisation: ['read', 'edit'],
  brands: ['read', 'edit'],
  'account-billing': ['read', 'edit'],
  members: ['read', 'invite', 'change-roles', 'disable', 'remove'],
  roles: ['read', 'edit'],
  'api-keys': ['read', 'edit'],
  webhooks: ['read', 'edit'],
  audit: ['read', 'export'],
  privacy: ['read', 'manage'],
  dashboard: ['read'],
  inbox: ['read'],
  customers: ['read', 'create', 'edit', 'archive'],
  suppliers: ['read', 'create', 'edit', 'edit-bank-details', 'archive'],
  products: ['read', 'create', 'edit', 'archive'],
  estimates: ['read', 'create', 'edit', 'copy', 'send', 'accept', 'convert', 'discard'],
  invoices: ['read', 'create', 'edit', 'copy', 'issue', 'send', 'record-payment', 'void', 'discard', 'import'],
  'credit-notes': ['read', 'create', 'issue', 'send', 'void'],
  purchases: ['read', 'create', 'edit', 'submit', 'approve', 'pay', 'void', 'discard'],
  'bank-accounts': ['read', 'create', 'edit'],
  transactions: ['read', 'create', 'edit', 'reconcile'],
  journals: ['read', 'create', 'reverse'],
  'chart-of-accounts': ['read', 'edit'],
  'confidential-accounts': ['read', 'edit'],
  'sales-reports': ['read'],
  'purchase-reports': ['read'],
  'financial-reports': ['read'],
  periods: ['read', 'lock', 'unlock'],
  'document-templates': ['read', 'choose', 'edit'],
  projects: ['read', 'create', 'edit', 'archive', 'assign'],
  tasks: ['read', 'create', 'edit', 'complete'],
  notes: ['read', 'edit'],
  forms: ['read', 'add', 'edit', 'copy', 'remove', 'send'],
  contracts: ['read', 'add', 'edit', 'send'],
  appointments: ['read', 'edit', 'request', 'request-from-template'],
  workflows: ['read', 'edit', 'add'],
  templates: ['read', 'edit'],
  'scheduler-templates': ['read', 'edit'],
  portal: ['edit'],
  emails: ['read', 'send'],
  'address-book': ['read'],
  calendar: ['read'],
  activity: ['read'],
} as const;

export type Area = keyof typeof AREAS;
export type Action<A extends Area> = (typeof AREAS)[A][number];
export type Permission = { [A in Area]: `${A}:${Action<A>}` }[Area];

/** Every permission, in the order of the areas and their actions. */
export const PERMISSIONS: readonly Permission[] = Object.entries(AREAS).flatMap(([area, actions]) =>
  actions.map((action) => `${area}:${action}` as Permission),
);

const NAMES: ReadonlySet<string> = new Set(PERMISSIONS);

export const isPermission = (text: string): text is Permission => NAMES.has(text);

export const areaOf = (permission: Permission): Area => permission.slice(0, permission.indexOf(':')) as Area;

/** Whether a permission only looks: what a read-only grant keeps. */
export const isReading = (permission: Permission): boolean => permission.endsWith(':read');
