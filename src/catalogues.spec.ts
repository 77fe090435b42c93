import type { EventType } from './kernel/catalogue.js';
import type { DomainEvent, Recorded } from './kernel/event.js';
import type { Grant } from './access/contract.js';
import { accessEvents } from './access/events.js';
import { evidenceEvents } from './audit/contract.js';
import { auditEvents } from './audit/events.js';
import { contentOf } from './audit/trail/redaction.js';
import { trailOf } from './audit/trail/trail.view.js';
import { booksEvents } from './books/events.js';
import { catalogue, catalogues } from './catalogues.js';
import { proofEvents } from './platform/proofs/checkpoint.js';
import { reactorEvents } from './platform/reactor/reactor.events.js';
import { studioEvents } from './studio/events.js';
import { addFixture, hasFixture, writesFixtures } from '../test/support/event-fixtures.js';

type Types = typeof accessEvents &
  typeof proofEvents &
  typeof booksEvents &
  typeof studioEvents &
  typeof evidenceEvents &
  typeof auditEvents &
  typeof reactorEvents;
type DataOf<T> = T extends EventType<infer E extends DomainEvent> ? E['data'] : never;
/** One sample of every type of event; a type without one does not compile. */
type Samples = { readonly [T in keyof Types]: DataOf<Types[T]> };

const grant = (role: string, more: Partial<Grant> = {}): Grant => ({ role, readOnly: false, switches: [], ...more });
const invited = { invitationId: 'i-1', userId: 'u-1' };
const departed = { userId: 'u-1', reason: 'moved away', ended: [{ invitationId: 'i-2', userId: 'u-2' }] };
const identity = {
  accountId: 'u-1',
  address: 'hmac',
  email: 'bob@hale.example',
  firstName: 'Bob',
  lastName: 'Hale',
  credential: 'v1',
};
const line = { description: 'Portraits', quantity: '2', unitPrice: '62.5', vatRate: 2000, net: 12_500, vat: 2_500 };
const document = {
  customerId: 'c-1',
  date: '2026-03-01',
  currency: 'GBP',
  lines: [line],
  net: 12_500,
  vat: 2_500,
  total: 15_000,
  createdBy: 'u-1',
};
const issue = { number: 1042, issuedOn: '2026-03-01', customerId: 'c-1', billTo: { name: 'Rosa Klein' } };
const counts = {
  rowsRead: 10,
  rowsRejected: 1,
  invoices: 3,
  creditNotes: 1,
  customers: 2,
  products: 4,
  total: 12_345,
};
const apiKey = { keyId: 'k-1', userId: 'u-1', name: 'Shop sync' };
const proposed = { proposalId: 'h-1', userId: 'u-2', from: 'u-1' };
const project = { title: 'Wedding at Hale House', status: 'active', tags: ['wedding'], customerId: 'c-1' } as const;
const task = { title: 'Order frames', projectId: 'p-1', assignees: ['u-1'] };
const undelivered = { id: 'e-9', type: 'InvoiceIssued', stream: 's', revision: 2 };
const subject = { kind: 'customer', id: 'c-1' };
const aboutRosa = { subject, reason: 'Rosa Klein wrote on 1 March' };
const handled = { stream: 's', revision: 1, position: '1' };

const samples: Samples = {
  OrganisationFounded: { name: 'Hale & Daughters', currency: 'GBP', primary: 'u-1' },
  OrganisationEdited: { changes: { name: { from: 'Hale', to: 'Hale & Daughters' } } },
  AccountBillingChanged: { plan: 'yearly', billingEmail: 'bills@hale.example', by: 'u-1' },
  UserInvited: {
    ...invited,
    address: 'hmac',
    email: 'bob@hale.example',
    firstName: 'Bob',
    lastName: 'Hale',
    grants: [grant('basic', { switches: ['contracts', 'invoices'], until: '2026-12-31T00:00:00.000Z' })],
  },
  InvitationResent: invited,
  InvitationChanged: { ...invited, from: [grant('sales')], to: [grant('admin')] },
  InvitationCancelled: invited,
  InvitationAccepted: { ...invited, invitedAs: 'u-0', grants: [grant('sales', { readOnly: true })] },
  RoleChanged: { userId: 'u-1', from: [grant('sales')], to: [grant('sales'), grant('purchases')] },
  UserDisabled: departed,
  UserEnabled: { userId: 'u-1', reason: 'is back' },
  UserRemoved: departed,
  UserLeft: { ...departed, ended: [] },
  OrganisationClosed: { primary: 'u-1', members: ['u-1', 'u-2'] },
  RoleDefined: {
    roleId: 'r-1',
    name: 'Junior sales',
    description: 'Estimates only',
    permissions: [
      { permission: 'customers:read', scope: 'all' },
      { permission: 'estimates:edit', scope: 'own' },
    ],
    switches: [{ switch: 'invoices', permissions: [{ permission: 'invoices:read', scope: 'assigned' }] }],
    copiedFrom: { role: 'sales', name: 'Sales' },
  },
  RoleEdited: {
    roleId: 'r-1',
    name: 'Junior sales',
    changes: { name: { from: 'Junior sales', to: 'Sales trainee' } },
    added: [{ permission: 'invoices:issue', scope: 'all' }],
    removed: [{ permission: 'customers:edit', scope: 'assigned' }],
    rescoped: [{ permission: 'estimates:edit', from: 'own', to: 'assigned' }],
  },
  RoleDeleted: { roleId: 'r-1', name: 'Junior sales' },
  ApiKeyCreated: {
    ...apiKey,
    hash: 'sha256',
    hint: 'csk_…aB3x',
    permissions: [
      { permission: 'invoices:read', scope: 'all' },
      { permission: 'projects:read', scope: 'assigned' },
    ],
    expiresAt: '2026-12-31T00:00:00.000Z',
  },
  ApiKeyDeleted: { ...apiKey, reason: 'maker-disabled' },
  ApiKeyUsed: { keyId: 'k-1' },
  HandoverProposed: proposed,
  HandoverCancelled: proposed,
  HandoverDeclined: proposed,
  PrimaryHandedOver: { ...proposed, replaced: [grant('sales'), grant('purchases')] },
  HandoverReverted: { ...proposed, replaced: [grant('admin')] },
  PrimaryRecoveryStarted: { userId: 'u-1', newAddress: true, reason: 'lost her phone, ticket 42' },
  AccountRegistered: { ...identity, origin: 'sign-up' },
  EmailVerified: { address: 'hmac' },
  AccountTakenOver: identity,
  SignInClosed: { reason: 'address-verified-by-another' },
  ProfileEdited: { accountId: 'u-1', changes: { phone: { from: null, to: '01234' } } },
  CredentialReplaced: { credential: 'v2', reason: 'changed' },
  SignedIn: { sessionId: 's-1', until: '2026-04-01T00:00:00.000Z' },
  SessionEnded: { sessionId: 's-1', reason: 'signed-out' },
  AllSessionsEnded: { reason: 'signed-out' },
  PasswordResetRequested: { via: 'mail', asked: 3 },
  PasswordResetAsked: { accounts: ['u-1'] },
  SecondFactorPrepared: { secret: 'v3', drops: [] },
  SecondFactorEnabled: { secret: 'v3', recovery: 'v4', step: 59_000_000 },
  SecondFactorProven: { step: 59_000_001 },
  RecoveryCodeUsed: { index: 0, left: 9 },
  RecoveryCodesReplaced: { recovery: 'v5', drops: ['v4'] },
  SecondFactorDisabled: { reason: 'own', drops: ['v3', 'v5'] },
  AccountRecovered: {
    accountId: 'u-1',
    address: 'hmac',
    email: { from: 'ann@hale.example', to: 'ann@new.example' },
    drops: ['v1'],
  },
  AccountErased: { address: 'hmac' },
  AddressReserved: { userId: 'u-1' },
  SignUpStarted: { accountId: 'u-1' },
  SignUpRepeated: { owner: 'u-1', attempt: 'u-9', notify: true },
  AddressClaimed: { accountId: 'u-1', closes: ['u-2'] },
  AddressReleased: { accountId: 'u-1' },
  SessionRefreshed: { generation: 2 },
  CustomerCreated: { customerId: 'c-1', createdBy: 'u-1', name: 'Rosa Klein', email: 'rosa@klein.example' },
  CustomerEdited: {
    customerId: 'c-1',
    changes: { country: { from: 'DE', to: 'AT' } },
    contact: { name: { from: 'Rosa Klein', to: 'Rosa Gross' } },
  },
  CustomerArchived: { customerId: 'c-1' },
  CustomerRestricted: { customerId: 'c-1' },
  CustomerRestrictionLifted: { customerId: 'c-1' },
  CustomerErased: { customerId: 'c-1' },
  ProductCreated: { name: 'Print', unitPrice: '12.5', createdBy: 'u-1' },
  ProductEdited: { changes: { name: { from: 'Print', to: 'Large print' } } },
  ProductArchived: {},
  InvoiceCreated: document,
  InvoiceEdited: {
    changes: { total: { from: 15_000, to: 30_000 } },
    lines: [{ line: 1, from: line, to: { ...line, quantity: '4' } }],
  },
  InvoiceIssued: issue,
  PaymentRecorded: { amount: 10_000, date: '2026-03-10', paymentAccountId: 'p-1' },
  CreditReserved: { creditNoteId: 'n-1', amount: 5_000 },
  CreditReleased: { creditNoteId: 'n-1', amount: 5_000 },
  InvoiceVoided: { reason: 'wrong customer' },
  InvoiceDiscarded: {},
  CreditNoteCreated: { ...document, invoiceId: 'i-1' },
  CreditNoteIssued: issue,
  CreditNoteVoided: { reason: 'wrong customer' },
  NumbersReserved: { series: 'invoice', first: 7, documents: [{ id: 'i-1', revision: 0 }], settled: [] },
  NumbersReleased: { series: 'credit-note', documents: [{ id: 'n-1', number: 3 }] },
  ImportAccepted: { kind: 'invoices', bytes: 1024 },
  ImportProgressed: { counts },
  ImportFinished: { counts, errors: [] },
  ImportFailed: { counts, errors: [{ row: 2, code: 'invalid-date', detail: 'no date' }], reason: 'not CSV' },
  BrandCreated: { brandId: 'b-1', createdBy: 'u-1', name: 'North', website: 'north.example' },
  BrandEdited: { brandId: 'b-1', name: 'South', revision: 1, changes: { name: { from: 'North', to: 'South' } } },
  BrandArchived: { brandId: 'b-1', name: 'South', revision: 2 },
  BrandRestored: { brandId: 'b-1', name: 'South', revision: 3 },
  BankAccountCreated: {
    bankAccountId: 'a-1',
    currency: 'GBP',
    createdBy: 'u-1',
    name: 'Current',
    sortCode: '20-00-00',
    accountNumber: '55779911',
    brandId: 'b-1',
  },
  BankAccountEdited: { name: 'Savings', changes: { name: { from: 'Current', to: 'Savings' } } },
  BankAccountArchived: { name: 'Savings' },
  BankAccountRestored: { name: 'Savings' },
  DocumentTemplateCreated: {
    templateId: 't-1',
    createdBy: 'u-1',
    name: 'Plain',
    kind: 'invoice',
    brandId: 'b-1',
    default: true,
    accentColour: '#aa0011',
  },
  DocumentTemplateEdited: {
    templateId: 't-1',
    name: 'Plain',
    revision: 1,
    changes: { default: { from: true, to: false } },
  },
  DocumentTemplateArchived: { templateId: 't-1', name: 'Plain', revision: 2 },
  DocumentTemplateRestored: { templateId: 't-1', name: 'Plain', revision: 3 },
  NotificationMade: {
    userId: 'u-1',
    kind: 'invoice-issued',
    record: { kind: 'invoice', id: 'i-1' },
    eventId: 'e-1',
    at: '2026-03-01T09:30:00.000Z',
    inApp: true,
    mail: false,
  },
  NotificationRead: {},
  NotificationSettingsChanged: {
    userId: 'u-1',
    changes: [
      { kind: 'invoice-issued', brandId: 'b-1', from: { inApp: false, mail: false }, to: { inApp: true, mail: true } },
    ],
  },
  ProjectAssignmentsChanged: { projectId: 'p-1', from: ['u-1'], to: ['u-2', 'u-3'] },
  ProjectCreated: { ...project, projectId: 'p-1', createdBy: 'u-1' },
  ProjectEdited: { changes: { status: { from: 'active', to: 'completed' } } },
  ProjectArchived: {},
  ProjectUnarchived: {},
  TaskCreated: { ...task, createdBy: 'u-1' },
  TaskEdited: { changes: { assignees: { from: ['u-1'], to: ['u-2'] } } },
  TaskCompleted: {},
  TaskReopened: {},
  WebhookCreated: {
    url: 'https://hooks.hale.example/countersign',
    types: ['InvoiceIssued'],
    description: 'To the shop',
    host: 'hooks.hale.example',
    createdBy: 'u-1',
    maker: { userId: 'u-1', apiKey: 'k-1' },
    secret: 'v1',
  },
  WebhookEdited: {
    host: 'hooks.hale.example',
    maker: { userId: 'u-2' },
    changes: { description: { from: 'To the shop', to: 'To the new shop' } },
  },
  WebhookSecretRotated: { host: 'hooks.hale.example', secret: 'v2', overlap: '2026-03-02T09:30:00.000Z' },
  WebhookPaused: { host: 'hooks.hale.example', reason: 'maker-gone', maker: { userId: 'u-1' } },
  WebhookResumed: { host: 'hooks.hale.example', maker: { userId: 'u-2' } },
  WebhookReplayed: { host: 'hooks.hale.example', start: { stream: 's', revision: 3, included: true } },
  WebhookDeleted: { host: 'hooks.hale.example' },
  WebhookDeliveryFailed: { host: 'hooks.hale.example', event: undelivered, attempts: 8, error: 'answered 500' },
  WebhookDeliveryRetried: { host: 'hooks.hale.example', event: undelivered, delivered: false, error: 'answered 500' },
  AccessRefused: { permission: 'invoices:void', because: 'record', record: { kind: 'invoice', id: 'i-1' } },
  PrivacySettingsChanged: {
    from: { secondApproval: false, years: 6, yearEnd: '12-31' },
    to: { secondApproval: true, years: 6, yearEnd: '12-31' },
  },
  LegalHoldPlaced: { holdId: 'h-1', ...aboutRosa },
  LegalHoldReleased: { holdId: 'h-1', ...aboutRosa },
  RestrictionPlaced: { restrictionId: 's-1', ...aboutRosa },
  RestrictionLifted: { restrictionId: 's-1', ...aboutRosa },
  ErasureOrdered: { erasureId: 'e-1', ...aboutRosa, needsApproval: false },
  ErasureApproved: { erasureId: 'e-1', subject },
  ErasureDeclined: { erasureId: 'e-1', ...aboutRosa },
  ErasureCompleted: {
    erasureId: 'e-1',
    subject,
    erased: [{ record: subject, what: 'contact data' }],
    documents: 1,
    documentsUntil: '2032-12-31',
    recordsUntil: '2032-12-31',
  },
  RetainedDataDestroyed: { erasureId: 'e-1', subject, what: 'documents' },
  DataExportOrdered: { exportId: 'x-1', ...aboutRosa, kind: 'access', needsApproval: true },
  DataExportApproved: { exportId: 'x-1', subject },
  DataExportDeclined: { exportId: 'x-1', ...aboutRosa },
  DataExportMade: { exportId: 'x-1', subject, bytes: 2048 },
  PrivacyRequestReceived: {
    subject,
    kind: 'access',
    receivedAt: '2026-01-31T09:30:00.000Z',
    dueAt: '2026-02-28T09:30:00.000Z',
  },
  PrivacyRequestExtended: {
    ...aboutRosa,
    from: '2026-02-28T09:30:00.000Z',
    to: '2026-04-30T09:30:00.000Z',
  },
  PrivacyRequestPaused: aboutRosa,
  PrivacyRequestResumed: {
    subject,
    from: '2026-02-28T09:30:00.000Z',
    to: '2026-03-01T09:30:00.000Z',
    pausedFor: 86_400_000,
  },
  PrivacyRequestCompleted: { ...aboutRosa, outcome: 'sent to Rosa Klein' },
  PrivacyRequestRefused: aboutRosa,
  AuditExported: { format: 'jsonl', from: '2026-01-01T00:00:00.000Z', to: null, reason: 'tax audit' },
  SensitiveDataRead: { kind: 'trail', permission: 'audit:read' },
  CheckpointSigned: { size: 4, root: 'cm9vdA==', note: 'countersign/o-1' },
  SigningKeyIntroduced: { generation: 1, publicKey: 'a2V5' },
  ReactorAdvanced: handled,
  ReactionFailed: { ...handled, eventId: 'e-1', eventType: 'UserInvited', attempts: 5, error: 'ECONNREFUSED' },
};

const recorded = (type: string, data: object): Recorded => ({
  type,
  data,
  id: 'e-1',
  stream: 'kind-organisation/id',
  revision: 0,
  position: '1',
  recordedAt: '2026-03-01T09:30:00.000Z',
  schemaVersion: 1,
  metadata: {
    organisation: 'organisation',
    actor: { kind: 'user', id: 'u-1' },
    command: 'Spec',
    correlationId: 'c',
    requestId: 'r',
  },
});

const declared = Object.assign({}, ...catalogues) as Readonly<Record<string, EventType<DomainEvent>>>;
const types = Object.keys(declared);

/** The data as it reads after the erasure of the person whom its personal fields are about. */
function erased(type: string, data: object): object {
  const fields = declared[type]!.personal?.fields ?? [];
  return { ...data, ...Object.fromEntries(fields.map((field: string) => [field, 'erased'])) };
}

describe('every type of event', () => {
  it('has one name', () => {
    expect(types).toHaveLength(catalogues.flatMap((one) => Object.keys(one)).length);
    expect(types.sort()).toEqual(Object.keys(samples).sort());
  });

  it.each(types)('%s has a fixture of the shape in which it is written now', (type) => {
    const { schemaVersion } = declared[type]!;
    const data = samples[type as keyof Samples];
    if (writesFixtures && !hasFixture(type, schemaVersion, data)) addFixture(type, schemaVersion, data);
    // A new shape: `npm run fixtures` adds it. Where older data lack what the code needs, raise schemaVersion with an upcaster first.
    expect([type, hasFixture(type, schemaVersion, data)]).toEqual([type, true]);
  });

  it.each(types)('%s is told in the trail', (type) => {
    const data = samples[type as keyof Samples];
    for (const event of [recorded(type, data), recorded(type, erased(type, data))]) {
      const { deed, changes } = contentOf(event, catalogue[type]!, 'kind', { readable: true, label: null });
      expect(deed).toMatch(/^[a-z](?!.*(undefined|null|\[object|NaN)).{3,}[^.]$/);
      for (const change of changes) {
        expect(Object.keys(change)).toEqual(['field', 'from', 'to']);
        expect(change.field).toMatch(/\S/);
        expect([change.from, change.to]).not.toContain(undefined);
      }
      expect(trailOf(catalogue).fold(null, event, 'e-1')).toMatchObject({
        type,
        kind: expect.stringMatching(/^[a-z-]+$/),
      });
    }
  });

  it.each(types)(
    '%s keeps personal text out of the sentence of those who may not see it, and out of the view',
    (type) => {
      const fields: readonly string[] = declared[type]!.personal?.fields ?? [];
      const event = recorded(type, samples[type as keyof Samples]);
      const personal = Object.entries(event.data).flatMap(([field, value]) =>
        fields.includes(field) ? textsIn(value) : [],
      );
      const entry = JSON.stringify(trailOf(catalogue).fold(null, event, 'e-1'));
      expect(personal.filter((text) => entry.includes(text))).toEqual([]);
      const hidden = contentOf(event, catalogue[type]!, 'kind', { readable: false });
      expect(personal.filter((text) => JSON.stringify(hidden).includes(text))).toEqual([]);
    },
  );
});

const textsIn = (value: unknown): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsIn)
      : [];
