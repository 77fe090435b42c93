import { changed, changesTo, isEmpty, type Patch, withoutNothing } from '../../kernel/changes.js';
import { type Decide, existing } from '../../kernel/decider.js';
import { conflict, invalid } from '../../kernel/refusal.js';
import type { BankAccount, BankAccountEvent, BankAccountFields } from './bank-account.js';
import { accountNumber, bic, iban, sortCode } from './numbers.js';

export type BankAccountInput = Patch<BankAccountFields> & Pick<BankAccountFields, 'name'>;
export type BankAccountPatch = Patch<BankAccountFields> & { readonly archived?: boolean | undefined };

export const createBankAccount =
  (input: BankAccountInput): Decide<BankAccount, BankAccountEvent, { readonly currency: string }> =>
  (_, { newId, userId }, { currency }) => {
    const fields = withoutNothing<BankAccountFields>(normal(input));
    requireWhole(fields);
    return [{ type: 'BankAccountCreated', data: { bankAccountId: newId, currency, createdBy: userId, ...fields } }];
  };

export const changeBankAccount =
  ({ archived, ...patch }: BankAccountPatch): Decide<BankAccount, BankAccountEvent> =>
  (state) => {
    const { status, fields } = existing(state);
    const changes = changesTo<BankAccountFields>(fields, normal(patch));
    const restored = archived === false && status === 'archived';
    if (status === 'archived' && !restored && !isEmpty(changes))
      throw conflict('bank-account-archived', 'An archived bank account is not edited any more');
    const name = changes.name?.to ?? fields.name;
    requireWhole(changed<BankAccountFields>(fields, changes));
    return [
      ...(restored ? [{ type: 'BankAccountRestored', data: { name: fields.name } } as const] : []),
      ...(isEmpty(changes) ? [] : [{ type: 'BankAccountEdited', data: { name, changes } } as const]),
      ...(archived === true && status === 'active' ? [{ type: 'BankAccountArchived', data: { name } } as const] : []),
    ];
  };

const given = (value: string | null | undefined, form: (text: string) => string): string | null | undefined =>
  value === undefined || value === null ? value : form(value);

/** Numbers in their one spelling. */
const normal = <T extends Patch<BankAccountFields>>(input: T) => ({
  ...input,
  sortCode: given(input.sortCode, sortCode),
  accountNumber: given(input.accountNumber, accountNumber),
  iban: given(input.iban, iban),
  bic: given(input.bic, bic),
});

/** @throws Refusal validation-failed */
function requireWhole({ sortCode: code, accountNumber: number }: Patch<BankAccountFields>): void {
  if (code && !number) throw invalid('accountNumber', 'is needed beside a sort code');
}
