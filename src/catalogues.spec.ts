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
const chartAccount = { accountId: 'a-2', code: '4010', name: 'Weddings', revision: 1 };
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
const booked = {
  customerId: 'c-1',
  date: '2026-03-01',
  dueDate: '2026-03-31',
  total: 15_000,
  amounts: [{ accountCode: '4000', vatRate: 2000, net: 12_500, vat: 2_500 }],
};
const issue = { number: 1042, issuedOn: '2026-03-01', customerId: 'c-1', billTo: { name: 'Rosa Klein' }, booked };
const sentToRosa = { customerId: 'c-1', to: 'rosa@klein.example' };
const purchase = {
  supplierId: 's-1',
  date: '2026-03-01',
  currency: 'GBP',
  lines: [line],
  net: 12_500,
  vat: 2_500,
  total: 15_000,
};
const bookedPurchase = {
  supplierId: 's-1',
  date: '2026-03-01',
  dueDate: '2026-03-31',
  total: 15_000,
  amounts: [{ accountCode: '5000', vatRate: 2000, net: 12_500, vat: 2_500 }],
};
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

const moneyIn = { bankAccountId: 'p-1', date: '2026-03-01', amount: 15_000 };
const explanation = { accountCode: '4000', side: 'output', vatRate: 2000, net: 12_500, vat: 2_500 } as const;
const match = { matchId: 'm-1', to: { kind: 'invoice', id: 'i-1' }, slot: 'e-7', makes: false } as const;
const transfer = { from: 'p-1', to: 'p-2', date: '2026-03-01', amount: 15_000 };
const agreed = {
  reconciliationId: 'n-1',
  bankAccountId: 'p-1',
  through: '2026-03-31',
  opening: 0,
  closing: 15_000,
  createdBy: 'u-1',
};

const samples: Samples = {
  OrganisationFounded: { name: 'Hale & Daughters', currency: 'GBP', primary: 'u-1' },
  OrganisationEdited: { changes: { name: { from: 'Hale', to: 'Hale & Daughters' } } },
  AccountBillingChanged: { plan: 'yearly', billingEmail: 'bills@hale.example', by: 'u-1' },
  TwoPairsOfEyesSwitched: { on: true },
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
  CustomerRestored: { customerId: 'c-1' },
  CustomerRestricted: { customerId: 'c-1' },
  CustomerRestrictionLifted: { customerId: 'c-1' },
  CustomerErased: { customerId: 'c-1' },
  ContactAdded: { customerId: 'c-1', contactId: 'k-1', name: 'Rosa Klein', email: 'rosa@klein.example' },
  ContactEdited: {
    customerId: 'c-1',
    contactId: 'k-1',
    contact: { name: { from: 'Rosa Klein', to: 'Rosa Gross' } },
  },
  ContactRemoved: { customerId: 'c-1', contactId: 'k-1' },
  ContactRestricted: { customerId: 'c-1', contactId: 'k-1' },
  ContactRestrictionLifted: { customerId: 'c-1', contactId: 'k-1' },
  ContactErased: { customerId: 'c-1', contactId: 'k-1' },
  SupplierCreated: { supplierId: 's-1', createdBy: 'u-1', name: 'Ink & Co', email: 'hello@ink.example' },
  SupplierEdited: {
    supplierId: 's-1',
    changes: { country: { from: 'DE', to: 'AT' } },
    contact: { name: { from: 'Ink & Co', to: 'Ink and Sons' } },
  },
  SupplierArchived: { supplierId: 's-1' },
  SupplierRestored: { supplierId: 's-1' },
  SupplierBankDetailsChanged: {
    supplierId: 's-1',
    bankDetails: {
      accountName: { from: 'Ink & Co', to: 'Ink and Sons' },
      accountNumber: { from: '55779911', to: '31926819' },
    },
  },
  SupplierRestricted: { supplierId: 's-1' },
  SupplierRestrictionLifted: { supplierId: 's-1' },
  SupplierErased: { supplierId: 's-1' },
  PurchaseOrderDrafted: { ...purchase, reference: 'PO-7', createdBy: 'u-1' },
  PurchaseOrderEdited: {
    changes: { total: { from: 15_000, to: 30_000 } },
    lines: [{ line: 1, from: line, to: { ...line, quantity: '4' } }],
  },
  PurchaseOrderSent: {},
  PurchaseOrderConverted: { purchaseId: 'b-1', date: '2026-03-10', dueDate: '2026-04-10', reference: 'INV-77' },
  PurchaseOrderCancelled: { reason: 'not to be had' },
  PurchaseOrderDiscarded: {},
  PurchaseDrafted: { ...purchase, reference: 'INV-77', createdBy: 'u-1' },
  PurchaseEdited: {
    by: 'u-1',
    changes: { total: { from: 15_000, to: 30_000 } },
    lines: [{ line: 1, from: line, to: { ...line, quantity: '4' } }],
  },
  PurchaseSubmitted: { by: 'u-1' },
  PurchaseApproved: { by: 'u-2', supplierId: 's-1', from: { name: 'Ink & Co', country: 'DE' }, booked: bookedPurchase },
  PurchaseApprovalUndone: { by: 'u-1', booked: bookedPurchase },
  PurchasePaid: { by: 'u-3', supplierId: 's-1', amount: 10_000, date: '2026-03-10', paymentAccountId: 'p-1' },
  PurchaseVoided: { reason: 'entered twice', booked: bookedPurchase },
  PurchaseDiscarded: {},
  PurchaseAttachmentAdded: {
    by: 'u-1',
    attachmentId: 'f-1',
    supplierId: 's-1',
    name: 'Ink and Co 77.pdf',
    type: 'application/pdf',
    bytes: 1024,
    sha256: 'ab',
  },
  PurchaseAttachmentRemoved: { attachmentId: 'f-1' },
  ProductCreated: { name: 'Print', unitPrice: '12.5', createdBy: 'u-1' },
  ProductEdited: { changes: { name: { from: 'Print', to: 'Large print' } } },
  ProductArchived: {},
  EstimateCreated: { ...document, validUntil: '2026-03-31' },
  EstimateEdited: {
    changes: { total: { from: 15_000, to: 30_000 } },
    lines: [{ line: 1, from: line, to: { ...line, quantity: '4' } }],
  },
  EstimateSent: sentToRosa,
  EstimateAccepted: {},
  EstimateDeclined: { reason: 'too dear' },
  EstimateConverted: { invoiceId: 'i-1', date: '2026-03-01' },
  EstimateDiscarded: {},
  InvoiceCreated: document,
  InvoiceEdited: {
    changes: { total: { from: 15_000, to: 30_000 } },
    lines: [{ line: 1, from: line, to: { ...line, quantity: '4' } }],
  },
  InvoiceIssued: issue,
  PaymentRecorded: { amount: 10_000, date: '2026-03-10', paymentAccountId: 'p-1', customerId: 'c-1' },
  RefundRecorded: { amount: 500, date: '2026-03-12', paymentAccountId: 'p-1', customerId: 'c-1' },
  CreditReserved: { creditNoteId: 'n-1', amount: 5_000 },
  CreditReleased: { creditNoteId: 'n-1', amount: 5_000 },
  InvoiceVoided: { reason: 'wrong customer', booked },
  InvoiceDiscarded: {},
  InvoiceSent: sentToRosa,
  InvoiceReminderSent: { ...sentToRosa, daysAfterDue: 7 },
  CreditNoteCreated: { ...document, invoiceId: 'i-1' },
  CreditNoteIssued: issue,
  CreditNoteVoided: { reason: 'wrong customer', booked },
  CreditNoteSent: sentToRosa,
  CreditNoteRefunded: { amount: 500, date: '2026-03-12', paymentAccountId: 'p-1', customerId: 'c-1' },
  RecurringInvoiceCreated: {
    customerId: 'c-1',
    lines: [line],
    every: 'month',
    from: '2026-01-31',
    until: '2026-12-31',
    dueInDays: 30,
    issue: true,
    send: false,
    createdBy: 'u-1',
  },
  RecurringInvoiceMade: { count: 1, date: '2026-02-28', invoiceId: 'i-1' },
  RecurringInvoiceStopped: { count: 2, date: '2026-03-31', reason: 'customer-archived' },
  RecurringInvoicePaused: {},
  RecurringInvoiceResumed: { count: 2 },
  RecurringInvoiceEnded: {},
  InvoiceRemindersSet: {
    changes: {
      daysAfterDue: { from: [], to: [7, 14] },
      brands: { from: [], to: [{ brandId: 'b-1', daysAfterDue: [3] }] },
    },
  },
  StatementSent: { ...sentToRosa, from: '2026-01-01', until: '2026-03-31' },
  NumbersReserved: { series: 'invoice', first: 7, documents: [{ id: 'i-1', revision: 0 }], settled: [] },
  NumbersReleased: { series: 'credit-note', documents: [{ id: 'n-1', number: 3 }] },
  ImportAccepted: { kind: 'opening-balances', bytes: 1024, columns: { accountCode: 'Konto' }, date: '2026-03-31' },
  ImportProgressed: { kind: 'invoices', counts },
  ImportFinished: { kind: 'customers', counts: { rowsRead: 3, rowsRejected: 1, created: 1, existing: 1 }, errors: [] },
  ImportFailed: {
    kind: 'invoices',
    counts,
    errors: [{ row: 2, code: 'invalid-date', detail: 'no date' }],
    reason: 'not CSV',
  },
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
  ChartAccountAdded: { ...chartAccount, revision: 0, type: 'income', vatTreatment: 'standard' },
  ChartAccountEdited: { ...chartAccount, changes: { name: { from: 'Balls', to: 'Weddings' } } },
  ChartAccountArchived: chartAccount,
  ChartAccountRestored: chartAccount,
  ChartAccountMarkedConfidential: chartAccount,
  ChartAccountUnmarkedConfidential: chartAccount,
  TransactionRecorded: {
    ...moneyIn,
    year: '2026',
    description: 'FASTER PAYMENT ROSA KLEIN',
    payee: 'Rosa Klein',
    currency: 'GBP',
    createdBy: 'u-1',
    origin: 'statement',
    statementId: 'f-1',
  },
  TransactionEdited: {
    bankAccountId: 'p-1',
    year: '2026',
    changes: { amount: { from: 15_000, to: 10_000 } },
    texts: { payee: { from: 'Rosa', to: 'Rosa Klein' } },
  },
  TransactionExplained: { ...moneyIn, ...explanation },
  TransactionUnexplained: { ...moneyIn, ...explanation },
  TransactionMatchBegun: match,
  TransactionMatched: match,
  TransactionMatchFailed: { ...match, because: 'The payment is more than what is outstanding' },
  TransactionUnmatched: match,
  TransactionReconciled: { reconciliationId: 'n-1' },
  TransactionReleased: { reconciliationId: 'n-1' },
  TransactionVoided: { reason: 'typed in twice' },
  PaymentClaimed: { paymentId: 'e-7', transactionId: 't-1', matchId: 'm-1' },
  TransferRecorded: { ...transfer, currency: 'GBP', createdBy: 'u-1', brands: { from: 'b-1' } },
  TransferClaimed: { side: 'from', transactionId: 't-1', matchId: 'm-1' },
  TransferVoided: { ...transfer, reason: 'never happened' },
  BankStatementImported: {
    bankAccountId: 'p-1',
    from: '2026-03-01',
    to: '2026-03-31',
    rowsRead: 3,
    added: 1,
    known: 1,
    rowsRejected: 1,
    errors: [{ row: 2, code: 'invalid-date', detail: 'The date must be a day of the calendar' }],
    createdBy: 'u-1',
  },
  ReconciliationBegun: { ...agreed, lines: [{ id: 't-1', revision: 2 }] },
  ReconciliationFinished: { ...agreed, count: 1 },
  ReconciliationAborted: { reconciliationId: 'n-1', bankAccountId: 'p-1' },
  JournalPosted: {
    createdBy: 'u-1',
    date: '2026-03-31',
    purpose: 'journal',
    currency: 'GBP',
    lines: [
      { account: '7100', accountCode: '7100', amount: 50_000, description: 'March' },
      { account: 'bank:a-1', accountCode: '1201', amount: -50_000 },
    ],
    description: 'Rent',
    reverses: 'j-1',
    reason: 'posted twice',
  },
  JournalReversed: { reversalId: 'j-2', date: '2026-04-01', reason: 'posted twice', description: 'Reversal of Rent' },
  PeriodLocked: { through: '2026-03-31', before: '2026-02-28', reason: 'VAT return' },
  PeriodUnlocked: { through: '2026-02-28', before: '2026-03-31', reason: 'late bill' },
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
  CheckpointMailed: { week: '2026-03-02', size: 4711 },
  DataExportFailed: { exportId: 'x-1', subject, failure: 'the disk is full' },
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
  TrailExportRequested: { exportId: 'x-2', format: 'csv', from: null, to: '2026-01-01T00:00:00.000Z', reason: 'tax' },
  TrailExportApproved: { exportId: 'x-2' },
  TrailExportDeclined: { exportId: 'x-2', reason: 'too much' },
  TrailExportBegun: { exportId: 'x-2' },
  AuditExported: {
    format: 'jsonl',
    from: '2026-01-01T00:00:00.000Z',
    to: null,
    reason: 'tax audit',
    approval: 'x-2',
  },
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
