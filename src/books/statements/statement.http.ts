import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { Readable } from 'node:stream';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context, Upload } from '../../platform/http/context.js';
import {
  Flag,
  Integer,
  ListOf,
  OneOf,
  OptionalText,
  PageQuery,
  PlainDateField,
  Text,
  uuid,
} from '../../platform/http/fields.js';
import { Requires, Streams } from '../../platform/http/route.js';
import { MAX_LINES } from './reconciliation.decide.js';
import {
  GetReconciliation,
  ListReconciliations,
  ReconcileBankAccount,
  ReconcileTransaction,
} from './reconciliation.handlers.js';
import { GetStatement, ImportStatement, ListStatements, TryStatement } from './statement.handlers.js';
import { type Delimiter, DELIMITERS, type Encoding, ENCODINGS } from './statement.reader.js';
import { DATE_FORMATS, type DateFormat } from './statement-rows.js';

const MAX_NAME = 100;

/** Which columns of the file say what, by the names in its first line. */
export class StatementQuery {
  @Text({ max: MAX_NAME, description: 'Name of the column of the book date' })
  date!: string;

  @Text({ max: MAX_NAME, description: 'Name of the column of what the bank calls the line' })
  description!: string;

  @OptionalText({ max: MAX_NAME, description: 'Name of the column of the amount, money in positive' })
  amount?: string;

  @OptionalText({ max: MAX_NAME, description: 'Name of the column of money in, where there are two' })
  in?: string;

  @OptionalText({ max: MAX_NAME, description: 'Name of the column of money out' })
  out?: string;

  @OptionalText({ max: MAX_NAME, description: 'Name of the column of who paid or was paid' })
  payee?: string;

  @OptionalText({ max: MAX_NAME, description: "Name of the column of the bank's own id of a line, if there is one" })
  id?: string;

  @OneOf(DATE_FORMATS, { optional: true, description: 'DD/MM/YYYY by default; any of / - . and space parts it' })
  dateFormat: DateFormat = 'DD/MM/YYYY';

  @OneOf(['.', ','], { optional: true, description: 'What parts pounds from pence; . by default' })
  decimal: '.' | ',' = '.';

  @OneOf(Object.keys(DELIMITERS), { optional: true, description: 'What parts the columns; comma by default' })
  delimiter: Delimiter = 'comma';

  @OneOf(ENCODINGS, { optional: true, description: 'utf-8 by default' })
  encoding: Encoding = 'utf-8';

  @Flag({ optional: true, description: 'Answers what the import would do, and does nothing' })
  dryRun = false;
}

export class ReconciliationDto {
  @PlainDateField({ description: 'Last day of the statement' })
  through!: string;

  @Integer({ description: 'What the statement ends with, in minor units' })
  closingBalance!: number;

  @Integer({
    optional: true,
    description:
      'What the account held before its first reconciled transaction; 0 by default, later the last closing one',
  })
  openingBalance?: number;

  @ListOf(uuid(), {
    min: 1,
    max: MAX_LINES,
    unique: true,
    optional: true,
    description: 'Without them, all through that day; then each has to be explained or matched',
  })
  transactionIds?: string[];
}

export class ReconcileDto {
  @Integer({ optional: true, description: 'What the statement says after this line, in minor units' })
  closingBalance?: number;
}

@Controller('v1/organisations/:org/bank-accounts/:id/statements')
export class StatementsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('transactions:create')
  @Streams('text/csv')
  create(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Query() { dryRun, ...format }: StatementQuery,
    @Upload() upload: Readable,
  ): Promise<CommandAnswer | QueryAnswer> {
    return dryRun
      ? this.queries.execute(new TryStatement(context, id, upload, format))
      : this.commands.execute(new ImportStatement(context, id, upload, format));
  }

  @Get()
  @Requires('transactions:read')
  list(@Context() context: RequestContext, @Param('id') id: string, @Query() query: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListStatements(context, id, query));
  }

  @Get(':statement')
  @Requires('transactions:read')
  get(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Param('statement') statement: string,
  ): Promise<QueryAnswer> {
    return this.queries.execute(new GetStatement(context, id, statement));
  }
}

@Controller('v1/organisations/:org/bank-accounts/:id/reconciliations')
export class ReconciliationsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('transactions:reconcile')
  create(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: ReconciliationDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new ReconcileBankAccount(context, id, body));
  }

  @Get()
  @Requires('transactions:read')
  list(@Context() context: RequestContext, @Param('id') id: string, @Query() query: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListReconciliations(context, id, query));
  }

  @Get(':reconciliation')
  @Requires('transactions:read')
  get(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Param('reconciliation') reconciliation: string,
  ): Promise<QueryAnswer> {
    return this.queries.execute(new GetReconciliation(context, id, reconciliation));
  }
}

@Controller('v1/organisations/:org/transactions')
export class ReconcileController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/reconcile')
  @HttpCode(200)
  @Requires('transactions:reconcile')
  reconcile(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: ReconcileDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new ReconcileTransaction(context, id, body.closingBalance));
  }
}
