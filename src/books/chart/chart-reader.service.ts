import { Injectable } from '@nestjs/common';
import { derivedId } from '../../platform/commands/idempotency.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type AccountKey, bankKey } from '../ledger/entry.js';
import { type AccountType, type ChartAccount, type VatTreatment } from './account.js';
import { AllBankAccounts } from './all-bank-accounts.service.js';
import { chart, type Chart } from './chart.js';
import { bankCode, CODES } from './codes.js';

/** An account as the ledger, reports and lists take it: one of the chart, or a bank account under its code. */
export interface Account {
  readonly id: string;
  /** What postings to it say. */
  readonly key: AccountKey;
  readonly code: string;
  readonly name: string;
  readonly type: AccountType;
  readonly vatTreatment: VatTreatment;
  readonly control: boolean;
  readonly confidential: boolean;
  readonly archived: boolean;
  /** Whether it is a bank account; its id is that one's. */
  readonly bank: boolean;
  readonly revision: number;
}

/** Every account of an organisation, ordered by code. */
export interface AccountsOf {
  readonly all: readonly Account[];
  byCode(code: string): Account | undefined;
  /** Undefined for a bank account that the view of these has not folded yet. */
  byKey(key: AccountKey): Account | undefined;
}

/** An id that can be worked out from a code would tell which account is meant where only ids are told: the default chart is known. */
const accountIdOf = (organisation: string, { id, code }: ChartAccount): string =>
  id ?? derivedId('chart-account', organisation, code);

/** The account of the chart with this id; undefined for a bank account. */
export const accountIn = ({ accounts }: Chart, organisation: string, id: string): ChartAccount | undefined =>
  [...accounts.values()].find((account) => accountIdOf(organisation, account) === id);

/** The account that every organisation has, which is no record. */
export const currentAccountOf = (organisation: string): string => derivedId('payment-account', organisation);

/** An organisation's accounts as they are now: the default chart with what was made of it, and the bank accounts. */
@Injectable()
export class ChartReader {
  constructor(
    private readonly states: StateCache,
    private readonly banks: AllBankAccounts,
  ) {}

  async of(organisation: string): Promise<AccountsOf> {
    const [{ state }, banks] = await Promise.all([
      this.states.load(chart, '', organisation),
      this.banks.of(organisation),
    ]);
    const accounts = [...state.accounts.values()].map((account) => ofChart(organisation, account));
    const current = bankAccount(currentAccountOf(organisation), CODES.currentAccount, {
      name: 'Current account',
      archived: false,
    });
    const others = banks.map(({ id, ...bank }, index) => bankAccount(id, bankCode(index + 1), bank));
    return accountsOf([...accounts, current, ...others]);
  }
}

export const ofChart = (organisation: string, account: ChartAccount): Account => {
  const { code, type, fields, control, confidential, archived, revision } = account;
  return {
    id: accountIdOf(organisation, account),
    key: code,
    code,
    ...fields,
    type,
    control,
    confidential,
    archived,
    bank: false,
    revision,
  };
};

const bankAccount = (
  id: string,
  code: string,
  { name, archived }: { readonly name: string; readonly archived: boolean },
): Account => ({
  id,
  key: bankKey(id),
  code,
  name,
  type: 'current-asset',
  vatTreatment: 'outside',
  control: false,
  confidential: false,
  archived,
  bank: true,
  revision: 0,
});

function accountsOf(unordered: readonly Account[]): AccountsOf {
  const all = [...unordered].sort((a, b) => (a.code < b.code ? -1 : 1));
  const byCode = new Map(all.map((account) => [account.code, account]));
  const byKey = new Map(all.map((account) => [account.key, account]));
  return { all, byCode: (code) => byCode.get(code), byKey: (key) => byKey.get(key) };
}
