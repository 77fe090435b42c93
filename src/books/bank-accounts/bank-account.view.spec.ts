import { recorded } from '../../../test/support/specification.js';
import type { BankAccountEvent } from './bank-account.js';
import { type BankAccountDoc, bankAccountsView } from './bank-account.view.js';

const current: BankAccountDoc = {
  bankAccountId: 'a1',
  name: 'Current',
  currency: 'GBP',
  organisation: '',
  revision: 0,
  status: 'active',
  createdBy: 'ann',
  created: '00000000',
  reach: ['*||a1', 'by:ann', 'by:ann||a1'],
};
const archived: BankAccountDoc = { ...current, status: 'archived', revision: 1 };

const rows: readonly [string, BankAccountDoc | null, BankAccountEvent, BankAccountDoc | null][] = [
  [
    'BankAccountCreated',
    null,
    {
      type: 'BankAccountCreated',
      data: { bankAccountId: 'a1', name: 'Current', currency: 'GBP', createdBy: 'ann' },
    },
    current,
  ],
  [
    'BankAccountEdited, to another brand',
    current,
    {
      type: 'BankAccountEdited',
      data: { name: 'Current', changes: { brandId: { from: undefined, to: 'b' } } },
    },
    {
      ...current,
      revision: 1,
      brandId: 'b',
      reach: ['*||a1', '*|b|', '*|b|a1', 'by:ann', 'by:ann||a1', 'by:ann|b|', 'by:ann|b|a1'],
    },
  ],
  ['BankAccountArchived', current, { type: 'BankAccountArchived', data: { name: 'Current' } }, archived],
  [
    'BankAccountRestored',
    archived,
    { type: 'BankAccountRestored', data: { name: 'Current' } },
    { ...current, revision: 2 },
  ],
  ['BankAccountArchived of none', null, { type: 'BankAccountArchived', data: { name: 'x' } }, null],
];

describe('the bank accounts view', () => {
  it.each(rows)('%s', (_, before, event, after) => {
    const revision = before === null ? 0 : before.revision + 1;
    const folded = bankAccountsView.fold(before, recorded('bank-account-o1/a1', revision, event), 'a1');
    expect(folded).toEqual(after);
  });

  it('keeps a document per account', () => {
    expect(bankAccountsView.keys(recorded('bank-account-o1/a1', 0, rows[0]![2]))).toEqual(['a1']);
  });
});
