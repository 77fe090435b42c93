import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Minor } from '../../kernel/money.js';
import { PagedQuery, RecordQuery } from '../../platform/commands/command.js';
import { QueryAnswer } from '../../platform/commands/principal.js';
import { areDated } from '../../platform/http/conditions.js';
import type { PageQuery } from '../../platform/http/fields.js';
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

export class GetJournal extends RecordQuery {}

export class ListJournals extends PagedQuery<JournalFilter> {}

@QueryHandler(GetJournal)
export class GetJournalHandler implements IQueryHandler<GetJournal> {
  constructor(
    private readonly views: ViewReader,
    private readonly sight: AccountSight,
    private readonly chart: ChartReader,
  ) {}

  async execute({ context, id }: GetJournal): Promise<QueryAnswer> {
    const record = { kind: 'journal', id };
    const { value, position } = await this.views.record(journalsView, context, record, this.sight.hiding(accountsOf));
    return new QueryAnswer(answerOf(id, value, await this.chart.of(context.organisation)), position, value.revision);
  }
}

@QueryHandler(ListJournals)
export class ListJournalsHandler implements IQueryHandler<ListJournals> {
  constructor(
    private readonly views: ViewReader,
    private readonly sight: AccountSight,
    private readonly chart: ChartReader,
  ) {}

  async execute({ context, filter }: ListJournals): Promise<QueryAnswer> {
    const { limit, after } = filter;
    const list = { where: [...withinReach(context), ...areDated(filter)], sort: 'newest', limit, after };
    const { value, position } = await this.views.find(journalsView, context, list, this.sight.hiding(accountsOf));
    const accounts = await this.chart.of(context.organisation);
    const items = value.items.map(({ key, doc }) => answerOf(key, doc, accounts));
    return new QueryAnswer({ items, next: value.next }, position);
  }
}

const accountsOf = ({ lines }: JournalDoc): readonly AccountKey[] => lines.map(({ account }) => account);

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
