import { changesTo, isEmpty, type Patch } from '../../kernel/changes.js';
import type { Decide } from '../../kernel/decider.js';
import { conflict, invalid, notFound } from '../../kernel/refusal.js';
import {
  type AccountFields,
  type AccountType,
  type ChartAccount,
  isIncomeOrCost,
  type VatTreatment,
} from './account.js';
import type { Chart, ChartEvent } from './chart.js';
import { CODES, isBankCode } from './codes.js';

export const MAX_ACCOUNTS = 1000;

export interface AccountInput {
  readonly code: string;
  readonly name: string;
  readonly type: AccountType;
  /** By default `standard` for income and costs, `outside` for everything else. */
  readonly vatTreatment?: VatTreatment | undefined;
}

/** An account by its code, as the request names it by its id. */
export interface Named {
  readonly accountId: string;
  readonly code: string;
}

type ChartDecide = Decide<Chart, ChartEvent>;

/** What postings count on being there. */
const NEEDED: ReadonlySet<string> = new Set(Object.values(CODES));
/** What documents post to, whatever their lines name: were one of these not to be seen, no document would be. */
const OF_DOCUMENTS: ReadonlySet<string> = new Set([
  CODES.debtors,
  CODES.creditors,
  CODES.vatOnSales,
  CODES.vatOnPurchases,
  CODES.sales,
  CODES.purchases,
]);

/** Whoever asks sees every account: whether a code is taken would tell others of those that they do not see. */
export const addAccount =
  ({ code, name, type, vatTreatment }: AccountInput): ChartDecide =>
  ({ accounts }, { newId: accountId }) => {
    if (isBankCode(code)) throw invalid('code', 'must not begin with 12: such codes are those of bank accounts');
    if (accounts.has(code)) throw conflict('account-code-taken', 'Another account has this code');
    if (accounts.size >= MAX_ACCOUNTS)
      throw conflict('too-many-accounts', `There are ${MAX_ACCOUNTS} accounts already`);
    const treatment = vatTreatment ?? (isIncomeOrCost(type) ? 'standard' : 'outside');
    const data = { accountId, code, name, revision: 0, type, vatTreatment: treatment };
    return [{ type: 'ChartAccountAdded', data }];
  };

export const editAccount =
  (named: Named, patch: Patch<AccountFields>): ChartDecide =>
  (state) => {
    const account = there(state, named);
    const changes = changesTo<AccountFields>(account.fields, patch);
    if (isEmpty(changes)) return [];
    if (account.archived) throw conflict('account-archived', 'An archived account is not edited any more');
    const name = changes.name?.to ?? account.fields.name;
    return [{ type: 'ChartAccountEdited', data: { ...next(named, account), name, changes } }];
  };

/** Nothing more is posted to an archived account; what was posted stays. */
export const archiveAccount =
  (named: Named): ChartDecide =>
  (state) => {
    const account = there(state, named);
    if (account.archived) return [];
    if (NEEDED.has(account.code)) throw conflict('account-needed', 'Postings count on this account');
    return [{ type: 'ChartAccountArchived', data: next(named, account) }];
  };

export const restoreAccount =
  (named: Named): ChartDecide =>
  (state) => {
    const account = there(state, named);
    return account.archived ? [{ type: 'ChartAccountRestored', data: next(named, account) }] : [];
  };

export const markConfidential =
  (named: Named): ChartDecide =>
  (state) => {
    const account = there(state, named);
    if (account.confidential) return [];
    if (OF_DOCUMENTS.has(account.code))
      throw conflict('account-of-documents', 'Documents post to this account by themselves');
    return [{ type: 'ChartAccountMarkedConfidential', data: next(named, account) }];
  };

export const unmarkConfidential =
  (named: Named): ChartDecide =>
  (state) => {
    const account = there(state, named);
    return account.confidential ? [{ type: 'ChartAccountUnmarkedConfidential', data: next(named, account) }] : [];
  };

function there({ accounts }: Chart, { code }: Named): ChartAccount {
  const account = accounts.get(code);
  if (account === undefined) throw notFound();
  return account;
}

const next = ({ accountId }: Named, { code, fields, revision }: ChartAccount) => ({
  accountId,
  code,
  name: fields.name,
  revision: revision + 1,
});
