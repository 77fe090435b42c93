import type { EventType } from './kernel/catalogue.js';
import type { DomainEvent, Recorded } from './kernel/event.js';
import type { Grant } from './access/contract.js';
import { accessEvents } from './access/events.js';
import { evidenceEvents } from './audit/contract.js';
import { contentOf } from './audit/trail/redaction.js';
import { trailOf } from './audit/trail/trail.view.js';
import { booksEvents } from './books/events.js';
import { catalogue, catalogues } from './catalogues.js';
import { reactorEvents } from './platform/reactor/reactor.events.js';

type Types = typeof accessEvents & typeof booksEvents & typeof evidenceEvents & typeof reactorEvents;
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
  AccountRegistered: { ...identity, origin: 'sign-up' },
  EmailVerified: { address: 'hmac' },
  AccountTakenOver: identity,
  SignInClosed: { reason: 'address-verified-by-another' },
  ProfileEdited: { accountId: 'u-1', changes: { phone: { from: null, to: '01234' } } },
  CredentialReplaced: { credential: 'v2', reason: 'changed' },
  SignedIn: { sessionId: 's-1', until: '2026-04-01T00:00:00.000Z' },
  SessionEnded: { sessionId: 's-1', reason: 'signed-out' },
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
  AccessRefused: { permission: 'invoices:void', because: 'record', record: { kind: 'invoice', id: 'i-1' } },
  SensitiveDataRead: { kind: 'trail', permission: 'audit:read' },
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

  it.each(types)('%s is told in the trail', (type) => {
    const data = samples[type as keyof Samples];
    for (const event of [recorded(type, data), recorded(type, erased(type, data))]) {
      const { deed, changes } = contentOf(event, catalogue[type]!, 'kind', { readable: true, label: null });
      expect(deed).toMatch(/^[a-z](?!.*(undefined|null|\[object|NaN)).{3,}[^.]$/);
      for (const change of changes) expect(Object.keys(change)).toEqual(['field', 'from', 'to']);
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
