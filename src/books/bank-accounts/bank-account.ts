import { asNew, changesOf, type EventCatalogue } from '../../kernel/catalogue.js';
import { changed } from '../../kernel/changes.js';
import { type Aggregate, recordIdOf, type RecordFacts } from '../../kernel/decider.js';
import type { Changes, DomainEvent, Recorded } from '../../kernel/event.js';

export interface BankAccountFields {
  readonly name: string;
  readonly bankName?: string;
  /** `20-00-00` */
  readonly sortCode?: string;
  readonly accountNumber?: string;
  /** ISO 13616, without spaces. */
  readonly iban?: string;
  /** ISO 9362. */
  readonly bic?: string;
  /** Whose customers pay into it. */
  readonly brandId?: string;
}

export type BankAccountCreated = DomainEvent<
  'BankAccountCreated',
  BankAccountFields & { readonly bankAccountId: string; readonly currency: string; readonly createdBy: string }
>;
/** Later events say what the account was called then, for the trail's sentences. */
export type BankAccountEdited = DomainEvent<
  'BankAccountEdited',
  { readonly name: string; readonly changes: Changes<BankAccountFields> }
>;
export type BankAccountArchived = DomainEvent<'BankAccountArchived', { readonly name: string }>;
export type BankAccountRestored = DomainEvent<'BankAccountRestored', { readonly name: string }>;
export type BankAccountEvent = BankAccountCreated | BankAccountEdited | BankAccountArchived | BankAccountRestored;

export type BankAccount =
  | { readonly status: 'absent' }
  | {
      readonly status: 'active' | 'archived';
      readonly bankAccountId: string;
      readonly fields: BankAccountFields;
      readonly currency: string;
      readonly createdBy: string;
    };

/** A bank account is a record of itself, so that people limited to some bank accounts see these. */
export const factsOf = (account: {
  readonly createdBy: string;
  readonly bankAccountId: string;
  readonly brandId?: string | undefined;
}): RecordFacts => ({
  createdBy: account.createdBy,
  bankAccountId: account.bankAccountId,
  brandId: account.brandId,
});

const record = (event: Recorded<BankAccountEvent>) => ({ kind: 'bank-account', id: recordIdOf(event.stream) });

const events: EventCatalogue<BankAccountEvent> = {
  BankAccountCreated: {
    schemaVersion: 1,
    summary: ({ name }) => `added the bank account ${name}`,
    changes: ({ bankAccountId: _, createdBy: __, ...fields }) => asNew(fields),
    record,
  },
  BankAccountEdited: {
    schemaVersion: 1,
    summary: ({ name, changes }) =>
      changes.name === undefined
        ? `edited the bank account ${name}`
        : `renamed the bank account ${changes.name.from} to ${name}`,
    changes: changesOf,
    record,
  },
  BankAccountArchived: {
    schemaVersion: 1,
    summary: ({ name }) => `archived the bank account ${name}`,
    changes: () => [{ field: 'archived', from: false, to: true }],
    record,
  },
  BankAccountRestored: {
    schemaVersion: 1,
    summary: ({ name }) => `took the bank account ${name} out of the archive`,
    changes: () => [{ field: 'archived', from: true, to: false }],
    record,
  },
};

export const bankAccounts: Aggregate<BankAccount, BankAccountEvent> = {
  name: 'bank-account',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => ({ status: 'absent' }),
  evolve,
  exists: ({ status }) => status !== 'absent',
  facts: (state) => (state.status === 'absent' ? {} : factsOf({ ...state, brandId: state.fields.brandId })),
};

function evolve(state: BankAccount, event: Recorded<BankAccountEvent>): BankAccount {
  if (event.type === 'BankAccountCreated') {
    const { bankAccountId, currency, createdBy, ...fields } = event.data;
    return { status: 'active', bankAccountId, fields, currency, createdBy };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'BankAccountEdited':
      return { ...state, fields: changed(state.fields, event.data.changes) };
    case 'BankAccountArchived':
      return { ...state, status: 'archived' };
    case 'BankAccountRestored':
      return { ...state, status: 'active' };
  }
}
