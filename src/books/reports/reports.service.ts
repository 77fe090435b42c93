import { Inject, Injectable } from '@nestjs/common';
import { dateOf } from '../../kernel/dates.js';
import type { Instant, PlainDate } from '../../kernel/event.js';
import { invalid, notFound, Refusal } from '../../kernel/refusal.js';
import { ORGANISATIONS, type OrganisationDirectory } from '../../access/contract.js';
import { type Evidence, EVIDENCE } from '../../platform/commands/evidence.port.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { RecordKinds } from '../../platform/commands/record-kinds.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { isWithinReach, reachesCommon } from '../../platform/http/within-reach.js';
import type { Reflecting } from '../../platform/read-model/read-model.port.js';
import { bankAccountsView } from '../bank-accounts/bank-account.view.js';
import { AccountSight } from '../chart/account-sight.service.js';
import { type Account, ChartReader } from '../chart/chart-reader.service.js';
import { CODES } from '../chart/codes.js';
import type { AccountKey, OpenItemChange } from '../ledger/entry.js';
import { LedgerReader } from '../ledger/ledger-reader.service.js';
import type { Extent, Turnovers } from '../ledger/reading.js';
import { type Aged, aged } from './aged.js';
import { type BalanceSheet, balanceSheet } from './balance-sheet.js';
import { type BankSummary, bankSummary } from './bank-summary.js';
import { type ProfitAndLoss, profitAndLoss } from './profit-and-loss.js';
import { type AccountTurnover, type AtDay, balanceOf, isOfResult, type Known, type OverDays } from './report.js';
import { type SalesByCustomer, salesByCustomer, type SalesByProduct, salesByProduct } from './sales.js';
import { SalesReader } from './sales-reader.service.js';
import { type TrialBalance, trialBalance } from './trial-balance.js';
import { type VatReturn, vatReturn } from './vat-return.js';

/** At the end of a day of the books, today by default; as known at an instant, now by default. */
export interface AtDayQuery {
  readonly at?: PlainDate | undefined;
  readonly known?: Instant | undefined;
}

/** Over some days of the books, both included. */
export interface OverDaysQuery {
  readonly from: PlainDate;
  readonly to: PlainDate;
  readonly known?: Instant | undefined;
}

/**
 * The reports, for whoever the context's permission says. Those over all the books are for permissions without limits; to
 * others they are not there. Each one that is read stands in the trail before it is answered.
 */
@Injectable()
export class Reports {
  constructor(
    private readonly ledger: LedgerReader,
    private readonly sales: SalesReader,
    private readonly chart: ChartReader,
    private readonly sight: AccountSight,
    private readonly kinds: RecordKinds,
    private readonly views: ViewReader,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
    @Inject(EVIDENCE) private readonly evidence: Pick<Evidence, 'read'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws Refusal as every report: not-found, permission-denied (rule 6), validation-failed, unavailable */
  trialBalance(context: RequestContext, query: AtDayQuery): Promise<Reflecting<TrialBalance>> {
    return this.ofAllAccounts(context, query, 'trial balance', trialBalance);
  }

  async profitAndLoss(context: RequestContext, query: OverDaysQuery): Promise<Reflecting<ProfitAndLoss>> {
    requireWhole(context);
    const of = await this.overDays(context, query);
    const extent = extentOf(of);
    const accounts = await this.chart.of(context.organisation);
    const counts = (key: AccountKey): boolean => isOfResult(accounts.byKey(key)?.type ?? 'equity');
    await this.ledger.requireNothingHidden(context, extent, (entry) => !entry.closing && entry.accounts.some(counts));
    const { value, position } = await this.accounts(context, extent);
    await this.evidence.read(context, 'profit and loss account');
    return { value: profitAndLoss(of, value), position };
  }

  balanceSheet(context: RequestContext, query: AtDayQuery): Promise<Reflecting<BalanceSheet>> {
    return this.ofAllAccounts(context, query, 'balance sheet', balanceSheet);
  }

  async vatReturn(context: RequestContext, query: OverDaysQuery): Promise<Reflecting<VatReturn>> {
    requireWhole(context);
    const of = await this.overDays(context, query);
    const extent = extentOf(of);
    await this.ledger.requireNothingHidden(context, extent, ({ vat }) => vat.length > 0);
    const { value, position } = await this.ledger.vat(context, extent);
    await this.evidence.read(context, 'VAT return');
    return { value: vatReturn(of, value), position };
  }

  /** The bank accounts within the limits of whoever asks; the one that is no record is for those without any. */
  async bankSummary(context: RequestContext, query: AtDayQuery): Promise<Reflecting<BankSummary>> {
    const of = await this.atDay(context, query);
    const extent = extentOf(of);
    const banks = await this.banksWithinReach(context);
    const keys = new Set(banks.map(({ key }) => key));
    await this.ledger.requireNothingHidden(context, extent, ({ accounts }) => accounts.some((key) => keys.has(key)));
    const { value, position } = await this.ledger.turnovers(context, extent);
    const byCode = byCodeOf(value, await this.chart.of(context.organisation));
    const accounts = banks.map(({ id, code, name }) => {
      const turnover = byCode.get(code)?.turnover;
      return { bankAccountId: id, code, name, balance: turnover === undefined ? 0 : balanceOf(turnover) };
    });
    await this.evidence.read(context, 'bank summary');
    return { value: bankSummary(of, accounts), position };
  }

  agedDebtors(context: RequestContext, query: AtDayQuery): Promise<Reflecting<Aged>> {
    return this.aged(context, query, 'debtors');
  }

  agedCreditors(context: RequestContext, query: AtDayQuery): Promise<Reflecting<Aged>> {
    return this.aged(context, query, 'creditors');
  }

  /** Of the documents within the limits of whoever asks. */
  async salesByCustomer(context: RequestContext, query: OverDaysQuery): Promise<Reflecting<SalesByCustomer>> {
    const of = await this.overDays(context, query);
    const { value, position } = await this.sales.byCustomer(context, query);
    const names = await this.namesOf(context, 'customer', [...value.keys()]);
    await this.evidence.read(context, 'sales by customer');
    return { value: salesByCustomer(of, value, names), position };
  }

  async salesByProduct(context: RequestContext, query: OverDaysQuery): Promise<Reflecting<SalesByProduct>> {
    const of = await this.overDays(context, query);
    const { value, position } = await this.sales.byProduct(context, query);
    const ids = [...value.keys()].filter((id) => id !== '');
    const names = await this.namesOf(context, 'product', ids);
    await this.evidence.read(context, 'sales by product');
    return { value: salesByProduct(of, value, names), position };
  }

  private async ofAllAccounts<R>(
    context: RequestContext,
    query: AtDayQuery,
    name: string,
    report: (of: AtDay, accounts: readonly AccountTurnover[]) => R,
  ): Promise<Reflecting<R>> {
    requireWhole(context);
    await this.ledger.requireAllBanks(context);
    const of = await this.atDay(context, query);
    const extent = extentOf(of);
    await this.ledger.requireNothingHidden(context, extent);
    const { value, position } = await this.accounts(context, extent);
    await this.evidence.read(context, name);
    return { value: report(of, value), position };
  }

  private async aged(
    context: RequestContext,
    query: AtDayQuery,
    ledger: OpenItemChange['ledger'],
  ): Promise<Reflecting<Aged>> {
    requireWhole(context);
    const of = await this.atDay(context, query);
    const extent = extentOf(of);
    const { value, position } = await this.ledger.openItems(context, ledger, extent);
    const open = new Set(value.map(({ documentId }) => documentId));
    await this.ledger.requireNothingHidden(context, extent, ({ openItems }) =>
      openItems.some(({ documentId }) => open.has(documentId)),
    );
    const parties = [...new Set(value.map(({ party }) => party))];
    const names = await this.namesOf(context, ledger === 'debtors' ? 'customer' : 'supplier', parties);
    await this.evidence.read(context, `aged ${ledger}`);
    return { value: aged(of, value, names), position };
  }

  private async accounts(context: RequestContext, extent: Extent): Promise<Reflecting<readonly AccountTurnover[]>> {
    const { value, position } = await this.ledger.turnovers(context, extent);
    const byCode = byCodeOf(value, await this.chart.of(context.organisation));
    return { value: [...byCode.values()], position };
  }

  private async banksWithinReach(context: RequestContext): Promise<readonly Account[]> {
    const { all } = await this.chart.of(context.organisation);
    const banks = all.filter(({ bank }) => bank);
    const docs = await this.views.getMany(
      bankAccountsView,
      context,
      banks.map(({ id }) => id),
    );
    const hidden = await this.sight.hiddenFrom(context);
    return banks.filter(({ code, key }, index) => {
      if (hidden.has(key)) return false;
      if (code === CODES.currentAccount) return reachesCommon(context);
      const doc = docs.value[index];
      return doc !== null && doc !== undefined && isWithinReach(context, doc);
    });
  }

  /** What records are called now. */
  private async namesOf(
    { organisation }: RequestContext,
    kind: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    const described = await this.kinds.of(kind)?.describe(organisation, ids);
    return new Map([...(described ?? [])].map(([id, { label }]) => [id, label]));
  }

  private async atDay(context: RequestContext, { at, known }: AtDayQuery): Promise<AtDay> {
    return { at: at ?? dateOf(this.now()), ...(await this.known(context, known)) };
  }

  private async overDays(context: RequestContext, { from, to, known }: OverDaysQuery): Promise<OverDays> {
    if (to < from) throw invalid('to', 'must not be before from');
    return { from, to, ...(await this.known(context, known)) };
  }

  private async known({ organisation }: RequestContext, known: Instant | undefined): Promise<Known> {
    if (known !== undefined && known > this.now()) throw invalid('known', 'must not be in the future');
    return { known: known ?? null, currency: await this.organisations.currencyOf(organisation) };
  }

  private now(): Instant {
    return new Date(this.clock()).toISOString();
  }
}

/** What covers all the books is for those whose permission has no limits; others are told nothing. @throws Refusal not-found */
export function requireWhole(context: RequestContext): void {
  if (!reachesCommon(context)) throw notFound();
}

const extentOf = (of: AtDay | OverDays): Extent => ({
  ...('at' in of ? { to: of.at } : { from: of.from, to: of.to }),
  ...(of.known === null ? {} : { known: of.known }),
});

/** The accounts by their codes: what was posted to the account that every organisation has goes by two keys. */
function byCodeOf(
  turnovers: Turnovers,
  accounts: Awaited<ReturnType<ChartReader['of']>>,
): ReadonlyMap<string, AccountTurnover> {
  const byCode = new Map<string, AccountTurnover>();
  for (const [key, turnover] of turnovers) {
    const account = accounts.byKey(key) ?? accounts.byCode(key);
    // A bank account whose view is behind that of the ledger.
    if (account === undefined)
      throw new Refusal('unavailable', 'The accounts are being read; try again', { retryAfter: 1 });
    const { code, name, type } = account;
    const before = byCode.get(code)?.turnover;
    byCode.set(code, {
      code,
      name,
      type,
      turnover:
        before === undefined
          ? turnover
          : {
              debit: before.debit + turnover.debit,
              credit: before.credit + turnover.credit,
              closing: {
                debit: before.closing.debit + turnover.closing.debit,
                credit: before.closing.credit + turnover.closing.credit,
              },
            },
    });
  }
  return byCode;
}
