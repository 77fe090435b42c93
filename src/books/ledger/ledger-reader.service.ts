import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Minor } from '../../kernel/money.js';
import { conflict, notFound, Refusal } from '../../kernel/refusal.js';
import type { Condition, ViewDefinition } from '../../kernel/view.js';
import { FurtherPermission } from '../../platform/commands/further-permission.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { areDated } from '../../platform/http/conditions.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import type { Reflecting } from '../../platform/read-model/read-model.port.js';
import { AccountSight } from '../chart/account-sight.service.js';
import { ConfidentialAccounts } from '../chart/confidential-accounts.service.js';
import { plus } from './amount.js';
import { type AccountKey, bankIn, type OpenItemChange } from './entry.js';
import {
  isYear,
  type LedgerBalanceDoc,
  ledgerBalancesView,
  monthOf,
  monthsOf,
  monthsRecordedIn,
  sumOfDays,
  YEARS,
  yearOf,
} from './ledger-balance.view.js';
import { END, type LedgerEntryDoc, ledgerEntriesView } from './ledger-entry.view.js';
import { ledgerVatView } from './ledger-vat.view.js';
import { openItemsView } from './open-item.view.js';
import { type Extent, openAt, type OpenItem, type Turnover, type Turnovers, type VatSum } from './reading.js';

/** Documents of a balance are read together: two pages of them might not be of one state. */
const ALL = 1_000_000;
const PAGE = 500;
/** A store without snapshots may answer half of an entry that is being folded. */
const ATTEMPTS = 5;

const ofOrganisation = ({ organisation }: RequestContext): Condition => ({ field: 'organisation', eq: organisation });

/**
 * Reads the ledger: what it comes to on any days of the books, as known now or at any instant. What an organisation has
 * recorded in the month of the instant is added up entry by entry, everything before by months.
 */
@Injectable()
export class LedgerReader {
  constructor(
    private readonly views: ViewReader,
    private readonly confidential: ConfidentialAccounts,
    private readonly further: FurtherPermission,
    private readonly sight: AccountSight,
  ) {}

  /** Debits and credits come to the same over all accounts. @throws Refusal unavailable while too much is being written */
  async turnovers(context: RequestContext, extent: Extent): Promise<Reflecting<Turnovers>> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const sums = new Map<AccountKey, [number, number, number, number]>();
      const add = (account: AccountKey, closing: boolean, [debit, credit]: readonly [Minor, Minor]): void => {
        const sum = sums.get(account) ?? [0, 0, 0, 0];
        sums.set(account, sum);
        const [debits, credits] = closing ? ([2, 3] as const) : ([0, 1] as const);
        sum[debits] = plus(sum[debits], debit);
        sum[credits] = plus(sum[credits], credit);
      };
      const { value, position } = await this.views.find(ledgerBalancesView, context, {
        where: [ofOrganisation(context), { field: 'shelves', hasAny: shelvesOf(extent) }],
        sort: 'byPeriod',
        limit: ALL,
      });
      for (const { doc } of value.items) {
        if (isPart(doc, extent)) add(doc.account, doc.closing, amountsOf(doc, extent));
      }
      for await (const { postings, closing } of this.recent(context, extent)) {
        for (const { account, amount } of postings) add(account, closing, amount > 0 ? [amount, 0] : [0, 0 - amount]);
      }
      requireExact([...sums.values()].flat());
      if (isBalanced(sums.values()))
        return { value: new Map([...sums].map(([key, sum]) => [key, turnover(sum)])), position };
    }
    throw new Refusal('unavailable', 'The ledger is being written; try again', { retryAfter: 1 });
  }

  async vat(context: RequestContext, extent: Extent): Promise<Reflecting<readonly VatSum[]>> {
    const sums = new Map<string, VatSum>();
    const add = ({ side, rate, net, vat }: VatSum): void => {
      const before = sums.get(`${side}/${rate}`) ?? { net: 0, vat: 0 };
      sums.set(`${side}/${rate}`, { side, rate, net: plus(before.net, net), vat: plus(before.vat, vat) });
    };
    const { from, to, known } = extent;
    const { value, position } = await this.views.find(ledgerVatView, context, {
      where: [
        ofOrganisation(context),
        { field: 'month', to: monthOf(to), ...(from === undefined ? {} : { from: monthOf(from) }) },
      ],
      sort: 'byMonth',
      limit: ALL,
    });
    for (const { doc } of value.items) {
      if (known !== undefined && doc.recorded >= monthOf(known)) continue;
      const [net, vat] = sumOfDays(doc.month, doc.days, from, to);
      add({ side: doc.side, rate: doc.rate, net, vat });
    }
    for await (const entry of this.recent(context, extent)) entry.vat.forEach(add);
    requireExact([...sums.values()].flatMap(({ net, vat }) => [net, vat]));
    return { value: [...sums.values()], position };
  }

  /** What is open at the end of a day. */
  async openItems(
    context: RequestContext,
    ledger: OpenItemChange['ledger'],
    { to, known }: Omit<Extent, 'from'>,
  ): Promise<Reflecting<readonly OpenItem[]>> {
    const where: readonly Condition[] = [
      ofOrganisation(context),
      { field: 'ledger', eq: ledger },
      // What came to an end by something that was not known then may have been open.
      ...(known === undefined ? [{ field: 'openTo', from: to }] : []),
    ];
    const open: OpenItem[] = [];
    let reflected: string | undefined;
    for await (const { items, position } of this.pages(context, openItemsView, where, 'byEnd')) {
      reflected ??= position;
      for (const { key, doc } of items) open.push(...openAt(key, doc, to, known));
    }
    requireExact(open.map(({ amount }) => amount));
    return { value: open, position: reflected };
  }

  /**
   * In the order of the books, as of the first page: what is recorded later is left out. A page is read when the caller is
   * through with the one before.
   */
  async *entries(
    context: RequestContext,
  ): AsyncGenerator<{ readonly entries: readonly LedgerEntryDoc[]; readonly position: string | undefined }> {
    let asOf: string | undefined;
    for await (const { items, position } of this.pages(
      context,
      ledgerEntriesView,
      [ofOrganisation(context)],
      'byDate',
    )) {
      asOf ??= position;
      const known = items.map(({ doc }) => doc).filter((doc) => asOf !== undefined && doc.position <= asOf);
      yield { entries: known, position: asOf };
    }
  }

  /**
   * Rule 6: what includes a confidential account is refused as a whole to whoever may not see these. `counts` says which
   * entries go into the answer, so that nothing can be told from a difference either.
   *
   * @throws Refusal permission-denied, which is in the trail
   */
  async requireNothingHidden(
    context: RequestContext,
    { from, to, known }: Partial<Extent>,
    counts: (entry: LedgerEntryDoc) => boolean = () => true,
  ): Promise<void> {
    const hidden = await this.confidential.hiddenFrom(context);
    if (hidden.size === 0) return;
    const where: readonly Condition[] = [
      ofOrganisation(context),
      { field: 'accounts', hasAny: [...hidden] },
      ...areDated({ from, to }),
      ...(known === undefined ? [] : [{ field: 'moment', to: known + END }]),
    ];
    for await (const { items } of this.pages(context, ledgerEntriesView, where, 'byDate'))
      if (items.some(({ doc }) => counts(doc))) await this.refuse(context);
  }

  /**
   * Rule 5: what covers all bank accounts is not there for whoever may look at some of them only.
   *
   * @throws Refusal not-found
   */
  async requireAllBanks(context: RequestContext): Promise<void> {
    for (const key of await this.sight.hiddenFrom(context)) if (bankIn(key) !== undefined) throw notFound();
  }

  /** @throws Refusal permission-denied, always */
  async refuse(context: RequestContext): Promise<never> {
    const permission = 'confidential-accounts:read';
    await this.further.ask(context, permission, {});
    throw new Refusal('permission-denied', `This includes accounts that need the permission ${permission}`, {
      permission,
    });
  }

  /** The entries that were recorded in the month of `known`, up to it. */
  private async *recent(context: RequestContext, { from, to, known }: Extent): AsyncGenerator<LedgerEntryDoc> {
    if (known === undefined) return;
    const where: readonly Condition[] = [
      ofOrganisation(context),
      { field: 'moment', from: monthOf(known), to: known + END },
      { field: 'date', to, ...(from === undefined ? {} : { from }) },
    ];
    for await (const { items } of this.pages(context, ledgerEntriesView, where, 'recorded'))
      for (const { doc } of items) yield doc;
  }

  /** Others have their turn between two pages. */
  private async *pages<Doc extends object>(
    context: RequestContext,
    view: ViewDefinition<Doc>,
    where: readonly Condition[],
    sort: string,
  ): AsyncGenerator<{
    readonly items: readonly { readonly key: string; readonly doc: Doc }[];
    readonly position: string | undefined;
  }> {
    for (let after: string | null | undefined; after !== null;) {
      const { value, position } = await this.views.find(view, context, { where, sort, limit: PAGE, after });
      yield { items: value.items, position };
      after = value.next;
      await nextTurn();
    }
  }
}

/** @throws Refusal conflict `amounts-too-large` where a sum is more than a number holds exactly */
function requireExact(sums: readonly Minor[]): void {
  if (!sums.every(Number.isSafeInteger))
    throw conflict('amounts-too-large', 'The amounts come to more than can be told exactly');
}

/** The years that are taken month by month: those in which the extent begins and ends. */
const edgesOf = ({ from, to }: Extent): readonly string[] => [
  ...(from === undefined ? [] : [yearOf(from)]),
  yearOf(to),
];

const shelvesOf = (extent: Extent): readonly string[] => [
  YEARS,
  ...edgesOf(extent).map(monthsOf),
  ...(extent.known === undefined ? [] : [monthsRecordedIn(yearOf(extent.known))]),
];

/**
 * Whether a document is one of those that make up the extent, each posting by one of them: whole years of the books, of what
 * was recorded in years before that of `known`; the months of all else, up to the month of `known`, whose entries are added
 * up one by one.
 */
function isPart({ period, recorded }: LedgerBalanceDoc, extent: Extent): boolean {
  const { from = '', to, known = '9999' } = extent;
  const isEdge = edgesOf(extent).includes(yearOf(period));
  if (isYear(period)) return !isEdge && period < yearOf(to) && period > yearOf(from) && recorded < yearOf(known);
  const byMonth = isEdge || yearOf(recorded) === yearOf(known);
  return byMonth && period <= monthOf(to) && period >= monthOf(from) && recorded < monthOf(known);
}

/** Days are looked at only where a month is cut. */
function amountsOf({ period, debit, credit, days }: LedgerBalanceDoc, { from, to }: Extent): readonly [Minor, Minor] {
  const isCut = period === monthOf(to) || (from !== undefined && period === monthOf(from));
  return isCut ? sumOfDays(period, days, from, to) : [debit, credit];
}

const turnover = ([debit, credit, closingDebit, closingCredit]: readonly [
  number,
  number,
  number,
  number,
]): Turnover => ({
  debit,
  credit,
  closing: { debit: closingDebit, credit: closingCredit },
});

function isBalanced(sums: Iterable<readonly [number, number, number, number]>): boolean {
  let difference = 0n;
  for (const [debit, credit, closingDebit, closingCredit] of sums)
    difference += BigInt(debit) + BigInt(closingDebit) - BigInt(credit) - BigInt(closingCredit);
  return difference === 0n;
}
