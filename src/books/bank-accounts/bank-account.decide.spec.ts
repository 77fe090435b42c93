import { given } from '../../../test/support/specification.js';
import { type BankAccountEvent, bankAccounts } from './bank-account.js';
import { changeBankAccount, createBankAccount } from './bank-account.decide.js';

const created: BankAccountEvent = {
  type: 'BankAccountCreated',
  data: {
    bankAccountId: 'a1',
    currency: 'GBP',
    createdBy: 'ann',
    name: 'Current',
    sortCode: '20-00-00',
    accountNumber: '55779911',
  },
};
const archived: BankAccountEvent = { type: 'BankAccountArchived', data: { name: 'Current' } };
const account = (...events: readonly BankAccountEvent[]) => given(bankAccounts, 'a1', ...events);
const GBP = { currency: 'GBP' };

describe('adding a bank account', () => {
  it('keeps what was given, its numbers in their one spelling', () =>
    account()
      .when(
        createBankAccount({
          name: 'Current',
          sortCode: '20 00 00',
          accountNumber: '5577-9911',
          iban: 'gb29 nwbk 6016 1331 9268 19',
          bic: 'nwbkgb2l',
          brandId: null,
        }),
        GBP,
      )
      .then({
        type: 'BankAccountCreated',
        data: {
          bankAccountId: 'new-id',
          currency: 'GBP',
          createdBy: 'a1',
          name: 'Current',
          sortCode: '20-00-00',
          accountNumber: '55779911',
          iban: 'GB29NWBK60161331926819',
          bic: 'NWBKGB2L',
        },
      }));
  it.each([
    [{ iban: 'GB29NWBK60161331926818' }],
    [{ iban: 'GB29 NWBK' }],
    [{ iban: 'GB92NWBK60161331926819' }],
    [{ sortCode: '2000', accountNumber: '55779911' }],
    [{ sortCode: '200000' }],
    [{ accountNumber: '55779911/' }],
    [{ bic: 'NWBK' }],
  ])('is refused with %j', (numbers) =>
    account()
      .when(createBankAccount({ name: 'Current', ...numbers }), GBP)
      .thenRefused('validation-failed'),
  );
  it.each(['DE89 3704 0044 0532 0130 00', 'FR1420041010050500013M02606', 'NO9386011117947'])(
    'takes the IBAN %s',
    (iban) =>
      account()
        .when(createBankAccount({ name: 'Current', iban }), GBP)
        .then({
          type: 'BankAccountCreated',
          data: {
            bankAccountId: 'new-id',
            ...GBP,
            createdBy: 'a1',
            name: 'Current',
            iban: iban.replaceAll(' ', ''),
          },
        }),
  );
});

describe('changing a bank account', () => {
  it('says what changed', () =>
    account(created)
      .when(changeBankAccount({ name: 'Main', accountNumber: '5577 9911', brandId: 'b1' }))
      .then({
        type: 'BankAccountEdited',
        data: { name: 'Main', changes: { name: { from: 'Current', to: 'Main' }, brandId: { to: 'b1' } } },
      } as never));
  it('does nothing where nothing changes', () =>
    account(created)
      .when(changeBankAccount({ name: 'Current', sortCode: '200000', archived: false }))
      .then());
  it('keeps the account number beside a sort code', () => {
    account(created)
      .when(changeBankAccount({ accountNumber: null }))
      .thenRefused('validation-failed');
    account(created)
      .when(changeBankAccount({ accountNumber: null, sortCode: null }))
      .then({
        type: 'BankAccountEdited',
        data: { name: 'Current', changes: { sortCode: { from: '20-00-00' }, accountNumber: { from: '55779911' } } },
      } as never);
  });
  it('archives, and takes out of the archive', () => {
    account(created)
      .when(changeBankAccount({ archived: true }))
      .then(archived);
    account(created, archived)
      .when(changeBankAccount({ archived: true }))
      .then();
    account(created, archived)
      .when(changeBankAccount({ name: 'x' }))
      .thenRefused('conflict', 'bank-account-archived');
    account(created, archived)
      .when(changeBankAccount({ archived: false }))
      .then({ type: 'BankAccountRestored', data: { name: 'Current' } });
  });
  it('is refused for none', () => account().when(changeBankAccount({})).thenRefused('not-found'));
});

it('a bank account is a record of itself, and of its brand', () => {
  expect(bankAccounts.facts(account(created).state)).toEqual({
    createdBy: 'ann',
    bankAccountId: 'a1',
    brandId: undefined,
  });
  const branded: BankAccountEvent = {
    type: 'BankAccountEdited',
    data: { name: 'Current', changes: { brandId: { from: undefined, to: 'b1' } } },
  };
  expect(bankAccounts.facts(account(created, branded).state)).toMatchObject({ bankAccountId: 'a1', brandId: 'b1' });
});
