import { changesTo, isEmpty, type Patch, withoutNothing } from '../../kernel/changes.js';
import { type Decide, type Existing, existing } from '../../kernel/decider.js';
import { conflict, notFound } from '../../kernel/refusal.js';
import { accountNumber, bic, iban, sortCode } from '../contract.js';
import {
  type BankDetails,
  requireUsable,
  type Supplier,
  type SupplierContact,
  type SupplierEvent,
  type SupplierFields,
  type SupplierTerms,
} from './supplier.js';

type SupplierDecide = Decide<Supplier, SupplierEvent>;

export type SupplierInput = Patch<SupplierFields> & Pick<SupplierFields, 'name'>;
/** As they arrive: numbers in any spelling. */
export type BankDetailsInput = Patch<BankDetails> & Pick<BankDetails, 'accountName' | 'sortCode' | 'accountNumber'>;

export const createSupplier =
  (input: SupplierInput): SupplierDecide =>
  (_, { newId, userId }) => [
    {
      type: 'SupplierCreated',
      data: { supplierId: newId, createdBy: userId, ...withoutNothing<SupplierFields>(input) },
    },
  ];

export const editSupplier =
  (supplierId: string, { name, email, phone, notes, ...terms }: Patch<SupplierFields>): SupplierDecide =>
  (state) => {
    const { fields } = editable(state);
    const contact = changesTo<SupplierContact>(fields, { name, email, phone, notes });
    const changes = changesTo<SupplierTerms>(fields, terms);
    if (isEmpty(contact) && isEmpty(changes)) return [];
    return [{ type: 'SupplierEdited', data: { supplierId, changes, ...(isEmpty(contact) ? {} : { contact }) } }];
  };

/** What is there is replaced as a whole: an IBAN that is not named is none. */
export const setBankDetails =
  (supplierId: string, input: BankDetailsInput): SupplierDecide =>
  (state) => {
    const { bankDetails = {} } = editable(state);
    const changes = changesTo(bankDetails as BankDetails, {
      accountName: input.accountName,
      sortCode: sortCode(input.sortCode),
      accountNumber: accountNumber(input.accountNumber),
      iban: input.iban ? iban(input.iban) : null,
      bic: input.bic ? bic(input.bic) : null,
    });
    return isEmpty(changes) ? [] : [{ type: 'SupplierBankDetailsChanged', data: { supplierId, bankDetails: changes } }];
  };

export const archiveSupplier =
  (supplierId: string): SupplierDecide =>
  (state) =>
    state.status === 'active' ? [{ type: 'SupplierArchived', data: { supplierId } }] : [];

export const restoreSupplier =
  (supplierId: string): SupplierDecide =>
  (state) =>
    state.status === 'archived' ? [{ type: 'SupplierRestored', data: { supplierId } }] : [];

/** Whether their data may only be stored. The same again changes nothing, and an erased supplier has nothing to restrict. */
export const restrictSupplier =
  (supplierId: string, restricted: boolean): SupplierDecide =>
  (state) => {
    if (state.status === 'absent' || state.status === 'erased' || state.restricted === restricted) return [];
    return [{ type: restricted ? 'SupplierRestricted' : 'SupplierRestrictionLifted', data: { supplierId } }];
  };

export const eraseSupplier =
  (supplierId: string): SupplierDecide =>
  (state) =>
    existing(state).status === 'erased' ? [] : [{ type: 'SupplierErased', data: { supplierId } }];

function editable(state: Supplier): Existing<Supplier> {
  if (state.status === 'absent') throw notFound();
  if (state.status === 'archived') throw conflict('supplier-archived', 'An archived supplier is not edited any more');
  requireUsable(state);
  return state;
}
