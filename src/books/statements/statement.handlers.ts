import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { invalid, notFound } from '../../kernel/refusal.js';
import { ORGANISATIONS, type OrganisationDirectory } from '../../access/contract.js';
import { Appender } from '../../platform/commands/appender.js';
import { DomainCommand, DomainQuery } from '../../platform/commands/command.js';
import { FurtherPermission } from '../../platform/commands/further-permission.js';
import { actorOf } from '../../platform/commands/metadata.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import {
  BankAccountLookup,
  type KnownBankAccount,
  requireUnarchived,
} from '../bank-accounts/bank-account-lookup.service.js';
import { transactionsView } from '../transactions/transaction.view.js';
import {
  MAX_ERRORS,
  type Statement,
  type StatementFacts,
  type BankStatementImported,
  bankStatements,
} from './statement.js';
import { readStatement, receive, type StatementFormat } from './statement.reader.js';
import { type StatementDoc, bankStatementsView } from './statement.view.js';
import { lineIds, StatementWriter } from './statement.writer.js';
import type { StatementRows } from './statement-rows.js';

export class ImportStatement extends DomainCommand {
  readonly name = 'ImportStatement';

  constructor(
    context: RequestContext,
    readonly bankAccountId: string,
    readonly upload: Readable,
    readonly format: StatementFormat,
  ) {
    super(context);
  }
}

/** What an import would do. */
export class TryStatement extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly bankAccountId: string,
    readonly upload: Readable,
    readonly format: StatementFormat,
  ) {
    super(context);
  }
}

export class ListStatements extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly bankAccountId: string,
    readonly query: PageQuery,
  ) {
    super(context);
  }
}

export class GetStatement extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly bankAccountId: string,
    readonly id: string,
  ) {
    super(context);
  }
}

/** @throws Refusal validation-failed */
function requireAmounts({ amount, ...columns }: StatementFormat): void {
  const split = columns.in !== undefined && columns.out !== undefined;
  const isOne = amount !== undefined && columns.in === undefined && columns.out === undefined;
  if (!isOne && (!split || amount !== undefined)) throw invalid('amount', 'must be named, or both in and out');
}

/**
 * Done within the request: a statement is small, and whatever breaks off is finished by sending it again. The lines are
 * written before the statement that tells of them.
 */
@CommandHandler(ImportStatement)
export class ImportStatementHandler implements ICommandHandler<ImportStatement> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly accounts: BankAccountLookup,
    private readonly writer: StatementWriter,
    private readonly appender: Appender,
    private readonly further: FurtherPermission,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
  ) {}

  async execute(command: ImportStatement): Promise<CommandAnswer> {
    const { context, bankAccountId, upload, format } = command;
    requireAmounts(format);
    const account = await this.accounts.find(context.organisation, bankAccountId);
    const facts = { bankAccountId, brandId: account?.brandId };
    const file = await receive(upload);
    // An idempotency key stands for the file that it came with, as it does for other bodies.
    const body = { sha256: createHash('sha256').update(file).digest('hex') };
    const asked = new ImportStatement({ ...context, body }, bankAccountId, upload, format);
    return this.pipeline.create<Statement, BankStatementImported, StatementFacts>(bankStatements, asked, {
      facts,
      prepare: (_, id) => this.write(asked, account, id, file),
      decide: (_, { userId: createdBy }, imported) => [
        { type: 'BankStatementImported', data: { ...imported, createdBy } },
      ],
      answer: ([event]) => ({ extra: countsOf(event!.data) }),
    });
  }

  private async write(
    { context, format, name }: ImportStatement,
    account: KnownBankAccount | undefined,
    statementId: string,
    file: Buffer,
  ): Promise<StatementFacts> {
    if (account === undefined) throw notFound();
    const { organisation, principal } = context;
    const { id: bankAccountId, brandId } = requireUnarchived(account);
    const currency = await this.organisations.currencyOf(organisation);
    const rows = readStatement(file, format, currency);
    const createdBy = principal?.userId ?? '';
    const facts = { createdBy, bankAccountId, brandId };
    const { authority } = await this.further.require(context, context.permission, facts);
    const actor = actorOf(context);
    const metadata = await this.appender.metadataOf({ context, organisation, command: name, actor, authority });
    const order = { organisation, statementId, bankAccountId, brandId, currency, createdBy };
    const added = await this.writer.write(order, rows.lines, metadata);
    return { bankAccountId, ...(brandId === undefined ? {} : { brandId }), ...tellingOf(rows, added) };
  }
}

@QueryHandler(TryStatement)
export class TryStatementHandler implements IQueryHandler<TryStatement> {
  constructor(
    private readonly accounts: BankAccountLookup,
    private readonly views: ViewReader,
    private readonly further: FurtherPermission,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
  ) {}

  async execute({ context, bankAccountId, upload, format }: TryStatement): Promise<QueryAnswer> {
    requireAmounts(format);
    const { organisation, principal } = context;
    const account = await this.accounts.find(organisation, bankAccountId);
    const facts = { createdBy: principal?.userId, bankAccountId, brandId: account?.brandId };
    const file = await receive(upload);
    await this.further.require(context, context.permission, facts);
    if (account === undefined) throw notFound();
    requireUnarchived(account);
    const rows = readStatement(file, format, await this.organisations.currencyOf(organisation));
    const ids = lineIds(organisation, bankAccountId, rows.lines);
    const { value: docs, position } = await this.views.getMany(transactionsView, context, ids);
    const added = docs.filter((doc) => doc === null).length;
    return new QueryAnswer({ dryRun: true, ...countsOf({ bankAccountId, ...tellingOf(rows, added) }) }, position);
  }
}

@QueryHandler(ListStatements)
export class ListStatementsHandler implements IQueryHandler<ListStatements> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, bankAccountId, query }: ListStatements): Promise<QueryAnswer> {
    const where = [...withinReach(context), { field: 'bankAccountId', eq: bankAccountId }];
    const { value, position } = await this.views.find(bankStatementsView, context, {
      where,
      sort: 'newest',
      limit: query.limit,
      after: query.after,
    });
    const items = value.items.map(({ key, doc }) => answerOf(key, doc));
    return new QueryAnswer({ items, next: value.next }, position);
  }
}

@QueryHandler(GetStatement)
export class GetStatementHandler implements IQueryHandler<GetStatement> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, bankAccountId, id }: GetStatement): Promise<QueryAnswer> {
    const { value, position } = await this.views.record(bankStatementsView, context, { kind: 'bank-statement', id });
    if (value.bankAccountId !== bankAccountId) throw notFound();
    return new QueryAnswer(answerOf(id, value), position, value.revision);
  }
}

function tellingOf({ lines, errors }: StatementRows, added: number): Omit<StatementFacts, 'bankAccountId'> {
  const dates = lines.map(({ date }) => date).sort();
  const [from, to] = [dates[0], dates.at(-1)];
  return {
    ...(from === undefined || to === undefined ? {} : { from, to }),
    rowsRead: lines.length + errors.length,
    added,
    known: lines.length - added,
    rowsRejected: errors.length,
    errors: errors.slice(0, MAX_ERRORS),
  };
}

const countsOf = (told: StatementFacts) => ({
  from: told.from ?? null,
  to: told.to ?? null,
  rowsRead: told.rowsRead,
  added: told.added,
  known: told.known,
  rowsRejected: told.rowsRejected,
  errors: told.errors,
});

export const answerOf = (id: string, doc: StatementDoc) => ({
  id,
  revision: doc.revision,
  bankAccountId: doc.bankAccountId,
  ...countsOf(doc),
  brandId: doc.brandId ?? null,
  createdBy: doc.createdBy,
});
