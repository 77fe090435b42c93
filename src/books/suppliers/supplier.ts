import { asNew, changesOf, type EventCatalogue, type FieldChange } from '../../kernel/catalogue.js';
import { changed } from '../../kernel/changes.js';
import { type Aggregate, recordIdOf, type RecordFacts } from '../../kernel/decider.js';
import type { Changes, DomainEvent, Recorded } from '../../kernel/event.js';
import { conflict } from '../../kernel/refusal.js';

/** Personal: encrypted under the supplier's own key. */
export interface SupplierContact {
  readonly name: string;
  readonly email?: string;
  readonly phone?: string;
  readonly notes?: string;
}

export interface SupplierTerms {
  readonly country?: string;
  readonly reference?: string;
  /** The brand that they supply. */
  readonly brandId?: string;
}

export type SupplierFields = SupplierContact & SupplierTerms;

/** Where they are paid; personal as well, and shown to whoever may change it only. */
export interface BankDetails {
  readonly accountName: string;
  /** `20-00-00` */
  readonly sortCode: string;
  readonly accountNumber: string;
  /** ISO 13616, without spaces. */
  readonly iban?: string;
  /** ISO 9362. */
  readonly bic?: string;
}

export type SupplierCreated = DomainEvent<
  'SupplierCreated',
  SupplierFields & { readonly supplierId: string; readonly createdBy: string }
>;
export type SupplierEdited = DomainEvent<
  'SupplierEdited',
  {
    readonly supplierId: string;
    readonly changes: Changes<SupplierTerms>;
    readonly contact?: Changes<SupplierContact> | 'erased';
  }
>;
export type SupplierArchived = DomainEvent<'SupplierArchived', { readonly supplierId: string }>;
export type SupplierRestored = DomainEvent<'SupplierRestored', { readonly supplierId: string }>;
export type SupplierBankDetailsChanged = DomainEvent<
  'SupplierBankDetailsChanged',
  { readonly supplierId: string; readonly bankDetails: Changes<BankDetails> | 'erased' }
>;
/** Their data is stored and used for nothing else (GDPR Art. 18). Why stands with whoever asked for it. */
export type SupplierRestricted = DomainEvent<'SupplierRestricted', { readonly supplierId: string }>;
export type SupplierRestrictionLifted = DomainEvent<'SupplierRestrictionLifted', { readonly supplierId: string }>;
/** Their contact and bank details are gone for good: their key is destroyed after this event. */
export type SupplierErased = DomainEvent<'SupplierErased', { readonly supplierId: string }>;
export type SupplierEvent =
  | SupplierCreated
  | SupplierEdited
  | SupplierArchived
  | SupplierRestored
  | SupplierBankDetailsChanged
  | SupplierRestricted
  | SupplierRestrictionLifted
  | SupplierErased;

export type Supplier =
  | { readonly status: 'absent' }
  | {
      readonly status: 'active' | 'archived' | 'erased';
      readonly id: string;
      readonly fields: SupplierFields;
      readonly createdBy: string;
      readonly restricted: boolean;
      readonly bankDetails?: BankDetails;
    };

/**
 * What is bought or ordered from a supplier needs one whose data is there and may be used.
 *
 * @throws Refusal conflict: restricted, erased
 */
export function requireUsable(supplier: Supplier): void {
  if (supplier.status === 'absent') return;
  if (supplier.status === 'erased') throw conflict('erased', 'The data of this supplier was erased');
  if (supplier.restricted)
    throw conflict('restricted', 'The data of this supplier may only be stored, until the restriction is lifted');
}

export const ERASED: SupplierContact = { name: 'erased', email: 'erased', phone: 'erased', notes: 'erased' };
const ERASED_DETAILS: BankDetails = {
  accountName: 'erased',
  sortCode: 'erased',
  accountNumber: 'erased',
  iban: 'erased',
  bic: 'erased',
};

/** The fields after an edit. What an erased edit had touched is not known any more, so all of the contact reads erased. */
export function editedFields<F extends SupplierFields>(
  fields: F,
  { changes, contact = {} }: SupplierEdited['data'],
): F {
  const terms = changed<F>(fields, changes as Changes<F>);
  return contact === 'erased' ? { ...terms, ...ERASED } : changed<F>(terms, contact as Changes<F>);
}

export const factsOf = (supplier: Pick<SupplierTerms, 'brandId'> & { readonly createdBy: string }): RecordFacts => ({
  createdBy: supplier.createdBy,
  brandId: supplier.brandId,
});

/** The end of a number, by which those who know it know it again: `•••911`, nothing of a short one. */
export const masked = (number: string): string => `•••${number.length > 5 ? number.slice(-3) : ''}`;

const record = (event: Recorded<SupplierEvent>) => ({ kind: 'supplier', id: recordIdOf(event.stream) });
const subjects = ({ supplierId }: { readonly supplierId: string }) => [supplierId];
const subject = ({ supplierId }: { readonly supplierId: string }) => supplierId;

const NUMBERS: ReadonlySet<string> = new Set(['sortCode', 'accountNumber', 'iban', 'bic']);
const maskedChange = ({ field, from, to }: FieldChange): FieldChange =>
  NUMBERS.has(field) ? { field, from: maskedValue(from), to: maskedValue(to) } : { field, from, to };
const maskedValue = (value: unknown): unknown => (typeof value === 'string' ? masked(value) : value);

const events: EventCatalogue<SupplierEvent> = {
  SupplierCreated: {
    schemaVersion: 1,
    personal: { fields: ['name', 'email', 'phone', 'notes'], subject, key: 'contact' },
    summary: () => 'added a supplier',
    changes: ({ supplierId: _, createdBy: __, ...fields }) => asNew(fields),
    record,
    subjects,
  },
  SupplierEdited: {
    schemaVersion: 1,
    personal: { fields: ['contact'], subject, key: 'contact' },
    summary: () => 'edited a supplier',
    changes: ({ changes, contact = {} }) => [
      ...(contact === 'erased' ? [{ field: 'contact', from: contact, to: contact }] : changesOf({ changes: contact })),
      ...changesOf({ changes }),
    ],
    record,
    subjects,
  },
  SupplierArchived: {
    schemaVersion: 1,
    summary: () => 'archived a supplier',
    changes: () => [{ field: 'archived', from: false, to: true }],
    record,
    subjects,
  },
  SupplierRestored: {
    schemaVersion: 1,
    summary: () => 'took a supplier out of the archive',
    changes: () => [{ field: 'archived', from: true, to: false }],
    record,
    subjects,
  },
  SupplierBankDetailsChanged: {
    schemaVersion: 1,
    personal: { fields: ['bankDetails'], subject, key: 'contact' },
    summary: () => 'changed a supplier bank account',
    changes: ({ bankDetails }) =>
      bankDetails === 'erased'
        ? [{ field: 'bankDetails', from: bankDetails, to: bankDetails }]
        : changesOf({ changes: bankDetails }).map(maskedChange),
    // A record of its own, because not everybody who reads the supplier may read it.
    record: ({ stream }) => ({ kind: 'supplier-bank-account', id: recordIdOf(stream) }),
    subjects,
  },
  SupplierRestricted: {
    schemaVersion: 1,
    summary: () => 'restricted the use of the data of a supplier',
    changes: () => [{ field: 'restricted', from: false, to: true }],
    record,
    subjects,
  },
  SupplierRestrictionLifted: {
    schemaVersion: 1,
    summary: () => 'lifted the restriction on the data of a supplier',
    changes: () => [{ field: 'restricted', from: true, to: false }],
    record,
    subjects,
  },
  SupplierErased: {
    schemaVersion: 1,
    summary: () => 'erased the contact and bank details of a supplier',
    changes: () => [],
    record,
    subjects,
  },
};

export const suppliers: Aggregate<Supplier, SupplierEvent> = {
  name: 'supplier',
  within: 'organisation',
  events,
  readsPersonalFields: true,
  initial: () => ({ status: 'absent' }),
  evolve,
  exists: ({ status }) => status !== 'absent',
  facts: (state) => (state.status === 'absent' ? {} : factsOf({ ...state.fields, createdBy: state.createdBy })),
};

function evolve(state: Supplier, event: Recorded<SupplierEvent>): Supplier {
  if (event.type === 'SupplierCreated') {
    const { supplierId: id, createdBy, ...fields } = event.data;
    return { status: 'active', id, fields, createdBy, restricted: false };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'SupplierEdited':
      return { ...state, fields: editedFields(state.fields, event.data) };
    case 'SupplierArchived':
      return { ...state, status: 'archived' };
    case 'SupplierRestored':
      return { ...state, status: 'active' };
    case 'SupplierBankDetailsChanged':
      return { ...state, bankDetails: bankDetailsAfter(state.bankDetails, event.data) };
    case 'SupplierRestricted':
      return { ...state, restricted: true };
    case 'SupplierRestrictionLifted':
      return { ...state, restricted: false };
    case 'SupplierErased':
      return {
        ...state,
        status: 'erased',
        fields: { ...state.fields, ...ERASED },
        ...(state.bankDetails && { bankDetails: ERASED_DETAILS }),
      };
  }
}

const bankDetailsAfter = (
  before: BankDetails | undefined,
  { bankDetails }: SupplierBankDetailsChanged['data'],
): BankDetails =>
  bankDetails === 'erased' ? ERASED_DETAILS : changed<BankDetails>((before ?? {}) as BankDetails, bankDetails);
