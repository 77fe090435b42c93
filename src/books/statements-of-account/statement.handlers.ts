import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { dateAt } from '../../kernel/dates.js';
import { existing } from '../../kernel/decider.js';
import type { PlainDate } from '../../kernel/event.js';
import { invalid } from '../../kernel/refusal.js';
import type { Permission } from '../../access/contract.js';
import { RecordCommand } from '../../platform/commands/command.js';
import { EVIDENCE, type Evidence } from '../../platform/commands/evidence.port.js';
import { FurtherPermission } from '../../platform/commands/further-permission.js';
import { answerAbout, requireRevision, unconditional } from '../../platform/commands/own-revision.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import type { CommandAnswer, RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import { earliest, ViewReader } from '../../platform/http/view-reader.js';
import type { Reflecting } from '../../platform/read-model/read-model.port.js';
import { customers } from '../customers/customer.js';
import { customersView } from '../customers/customer.view.js';
import { Recipients } from '../sending/recipients.service.js';
import { sendStatement, statements } from './statement.js';
import { type StatementInMoney, Statements } from './statement.service.js';

export interface Days {
  readonly from?: PlainDate | undefined;
  readonly to?: PlainDate | undefined;
}

export interface StatementOf extends StatementInMoney {
  readonly customer: { readonly id: string; readonly name: string; readonly brandId: string | undefined };
}

/** Whoever sees what all customers owe. */
export const STATEMENTS: Permission = 'sales-reports:read';

export class ReadStatement extends Query<Reflecting<StatementOf>> {
  constructor(
    readonly context: RequestContext,
    readonly customerId: string,
    readonly days: Days,
  ) {
    super();
  }
}

export class SendStatement extends RecordCommand {
  readonly name = 'SendStatement';

  constructor(
    context: RequestContext,
    customerId: string,
    readonly days: { readonly from: PlainDate; readonly to: PlainDate },
    readonly email: string | undefined,
  ) {
    super(context, customerId);
  }
}

@QueryHandler(ReadStatement)
export class ReadStatementHandler implements IQueryHandler<ReadStatement> {
  constructor(
    private readonly views: ViewReader,
    private readonly statements: Statements,
    @Inject(EVIDENCE) private readonly evidence: Evidence,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ context, customerId: id, days }: ReadStatement): Promise<Reflecting<StatementOf>> {
    const { from = null, to = dateAt(this.clock()) } = days;
    requireOrder(from, to);
    const customer = await this.views.record(customersView, context, { kind: 'customer', id });
    await this.evidence.read(context, 'statement of a customer');
    const { value, position } = await this.statements.of(context, id, { from, to });
    const { name, brandId } = customer.value;
    return { value: { customer: { id, name, brandId }, ...value }, position: earliest(position, customer.position) };
  }
}

@CommandHandler(SendStatement)
export class SendStatementHandler implements ICommandHandler<SendStatement> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly states: StateCache,
    private readonly further: FurtherPermission,
    private readonly recipients: Recipients,
  ) {}

  /** The statements of a customer stand in a stream of their own, and are told as a part of the customer's record. */
  async execute(command: SendStatement): Promise<CommandAnswer> {
    const { context, id, email, days } = command;
    requireOrder(days.from, days.to);
    const { state, revision } = await this.states.load(customers, context.organisation, id);
    const record = { kind: 'customer', id };
    const facts = customers.facts(existing(state));
    const sending = new SendStatement(unconditional(context), id, days, email);
    const answer = await this.pipeline.change(statements, sending, id, {
      about: { record, factsOf: () => facts },
      prepare: async () => {
        requireRevision(context.ifMatch, revision);
        await this.further.require(context, STATEMENTS, facts, record);
        return this.recipients.of(context.organisation, id, email, 'email');
      },
      decide: sendStatement(id, days.from, days.to),
    });
    return answerAbout(id, answer, revision);
  }
}

function requireOrder(from: PlainDate | null, to: PlainDate): void {
  if (from !== null && to < from) throw invalid('to', 'must not be before from');
}
