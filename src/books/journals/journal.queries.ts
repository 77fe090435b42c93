import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Minor } from '../../kernel/money.js';
import { notFound } from '../../kernel/refusal.js';
import type { Condition } from '../../kernel/view.js';
import { DomainQuery } from '../../platform/commands/command.js';
import { type Evidence, EVIDENCE } from '../../platform/commands/evidence.port.js';
import { QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { MAX_PAGE, type PageQuery } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import { AccountSight } from '../chart/account-sight.service.js';
import { type AccountsOf, ChartReader } from '../chart/chart-reader.service.js';
import type { AccountKey } from '../ledger/entry.js';
import type { JournalLine } from './journal.js';
import { type JournalDoc, journalsView } from './journal.view.js';

export interface JournalFilter extends PageQuery {
  /** Book dates, both included. */
  readonly from?: string;
  readonly to?: string;
}

export class GetJournal extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly id: string,
  ) {
    super(context);
  }
}

export class ListJournals extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly filter: JournalFilter,
  ) {
    super(context);
  }
}

@QueryHandler(GetJournal)
export class GetJournalHandler implements IQueryHandler<GetJournal> {
  constructor(
    private readonly views: ViewReader,
    private readonly sight: AccountSight,
    private readonly chart: ChartReader,
    @Inject(EVIDENCE) private readonly evidence: Pick<Evidence, 'refused'>,
  ) {}

  async execute({ context, id }: GetJournal): Promise<QueryAnswer> {
    const record = { kind: 'journal', id };
    const { value, position } = await this.views.record(journalsView, context, record);
    if (tellsOf(value, await this.sight.hiddenFrom(context))) {
      await this.evidence.refused(context, 'record', record);
      throw notFound();
    }
    return new QueryAnswer(answerOf(id, value, await this.chart.of(context.organisation)), position, value.revision);
  }
}

interface Item {
  readonly key: string;
  readonly doc: JournalDoc;
}

/**
 * What is hidden is left out after reading, and further pages are read until this one is full. The cursor to the next one is
 * there only where that would have something in it: nothing tells how much was left out.
 */
@QueryHandler(ListJournals)
export class ListJournalsHandler implements IQueryHandler<ListJournals> {
  constructor(
    private readonly views: ViewReader,
    private readonly sight: AccountSight,
    private readonly chart: ChartReader,
  ) {}

  async execute({ context, filter }: ListJournals): Promise<QueryAnswer> {
    const hidden = await this.sight.hiddenFrom(context);
    const items: Item[] = [];
    let next: string | null | undefined = filter.after;
    let position: string | undefined;
    while (next !== null && items.length < filter.limit) {
      const page = await this.page(context, filter, next, filter.limit - items.length);
      items.push(...page.value.items.filter(({ doc }) => !tellsOf(doc, hidden)));
      position ??= page.position;
      next = page.value.next;
    }
    const hasMore = next !== null && (hidden.size === 0 || (await this.hasMore(context, filter, next, hidden)));
    const accounts = await this.chart.of(context.organisation);
    const body = { items: items.map(({ key, doc }) => answerOf(key, doc, accounts)), next: hasMore ? next : null };
    return new QueryAnswer(body, position);
  }

  private async hasMore(
    context: RequestContext,
    filter: JournalFilter,
    after: string | undefined,
    hidden: ReadonlySet<AccountKey>,
  ): Promise<boolean> {
    for (let next: string | null | undefined = after; next !== null;) {
      const { value } = await this.page(context, filter, next, MAX_PAGE);
      if (value.items.some(({ doc }) => !tellsOf(doc, hidden))) return true;
      next = value.next;
    }
    return false;
  }

  private page(
    context: RequestContext,
    { from, to }: JournalFilter,
    after: string | undefined,
    limit: number,
  ): ReturnType<typeof this.views.find<JournalDoc>> {
    const dates: Condition[] = [
      ...(from === undefined ? [] : [{ field: 'date', from }]),
      ...(to === undefined ? [] : [{ field: 'date', to }]),
    ];
    return this.views.find(journalsView, context, {
      where: [...withinReach(context), ...dates],
      sort: 'newest',
      after,
      limit,
    });
  }
}

const tellsOf = ({ lines }: JournalDoc, hidden: ReadonlySet<AccountKey>): boolean =>
  hidden.size > 0 && lines.some(({ account }) => hidden.has(account));

/** What the debits come to, and the credits. */
export const totalOf = (lines: readonly JournalLine[]): Minor =>
  lines.reduce((sum, { amount }) => sum + Math.max(amount, 0), 0);

/** Accounts are called what they are called now. */
export const answerOf = (id: string, doc: JournalDoc, accounts: AccountsOf) => ({
  id,
  revision: doc.revision,
  status: doc.reversedBy === null ? 'posted' : 'reversed',
  purpose: doc.purpose,
  date: doc.date,
  description: doc.description ?? null,
  currency: doc.currency,
  total: totalOf(doc.lines),
  lines: doc.lines.map((line) => lineOf(line, accounts)),
  reverses: doc.reverses ?? null,
  reversedBy: doc.reversedBy,
  reason: doc.reason ?? null,
  createdBy: doc.createdBy,
});

const lineOf = ({ account, accountCode, amount, description }: JournalLine, accounts: AccountsOf) => ({
  accountCode,
  accountName: accounts.byKey(account)?.name ?? null,
  debit: amount > 0 ? amount : null,
  credit: amount < 0 ? -amount : null,
  description: description ?? null,
});
