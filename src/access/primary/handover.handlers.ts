import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { DomainCommand, DomainQuery } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import { wrongPassword } from '../accounts/account.decide.js';
import { accounts } from '../accounts/account.js';
import { OwnPassword } from '../accounts/own-password.service.js';
import { about, current } from '../answers.js';
import {
  acceptHandover,
  cancelHandover,
  declineHandover,
  handoverFor,
  proposeHandover,
} from '../organisations/handover.decide.js';
import { handoverEndOf } from '../organisations/handover.js';
import { organisations } from '../organisations/organisation.js';
import { oneself } from '../oneself.js';
import { BothAccountsService } from './both-accounts.service.js';

export class ProposeHandover extends DomainCommand {
  readonly name = 'ProposeHandover';

  constructor(
    context: RequestContext,
    readonly body: { readonly userId: string; readonly password: string },
  ) {
    super(context);
  }
}

export class CancelHandover extends DomainCommand {
  readonly name = 'CancelHandover';
}

abstract class HandoverAnswer extends DomainCommand {
  constructor(
    context: RequestContext,
    readonly proposalId: string,
  ) {
    super(context);
  }
}

export class AcceptHandover extends HandoverAnswer {
  readonly name = 'AcceptHandover';
}

export class DeclineHandover extends HandoverAnswer {
  readonly name = 'DeclineHandover';
}

export class GetHandover extends DomainQuery {}

@CommandHandler(ProposeHandover)
export class ProposeHandoverHandler implements ICommandHandler<ProposeHandover> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly password: OwnPassword,
    private readonly states: StateCache,
    private readonly both: BothAccountsService,
  ) {}

  async execute(command: ProposeHandover): Promise<CommandAnswer> {
    const { context, body } = command;
    const given = await this.password.confirm(body.password, context);
    return this.pipeline.change(organisations, command, context.organisation, {
      makes: true,
      ...authorityOf(context),
      prepare: async ({ primary }) => {
        await this.requireCurrent(context, given);
        return this.both.of(primary, body.userId);
      },
      decide: proposeHandover(body.userId),
      answer: ([event]) => (event?.type === 'HandoverProposed' ? { id: event.data.proposalId } : {}),
    });
  }

  /** The password may have been replaced between its check and now, by whoever it was replaced against. */
  private async requireCurrent({ principal }: RequestContext, given: string): Promise<void> {
    const { state } = await this.states.load(accounts, '', principal?.userId ?? '');
    if (state.credential !== given) throw wrongPassword();
  }
}

@CommandHandler(CancelHandover)
export class CancelHandoverHandler implements ICommandHandler<CancelHandover> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly states: StateCache,
  ) {}

  async execute(command: CancelHandover): Promise<CommandAnswer> {
    const { context } = command;
    const answer = await this.pipeline.change(organisations, command, context.organisation, {
      ...authorityOf(context),
      decide: cancelHandover,
    });
    const { state } = await this.states.load(organisations, '', context.organisation);
    return about(state.handover?.id ?? context.organisation, answer);
  }
}

@CommandHandler(AcceptHandover)
export class AcceptHandoverHandler implements ICommandHandler<AcceptHandover> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly both: BothAccountsService,
  ) {}

  async execute(command: AcceptHandover): Promise<CommandAnswer> {
    const { context, proposalId } = command;
    // Nobody becomes the Primary by a key, nor refuses to.
    const userId = oneself(context);
    const answer = await this.pipeline.change(organisations, command, context.organisation, {
      prepare: ({ primary }) => this.both.of(primary, userId),
      decide: acceptHandover(proposalId),
    });
    return about(proposalId, answer);
  }
}

@CommandHandler(DeclineHandover)
export class DeclineHandoverHandler implements ICommandHandler<DeclineHandover> {
  constructor(private readonly pipeline: CommandPipeline) {}

  async execute(command: DeclineHandover): Promise<CommandAnswer> {
    const { context, proposalId } = command;
    oneself(context);
    const answer = await this.pipeline.change(organisations, command, context.organisation, {
      decide: declineHandover(proposalId),
    });
    return about(proposalId, answer);
  }
}

@QueryHandler(GetHandover)
export class GetHandoverHandler implements IQueryHandler<GetHandover> {
  constructor(
    private readonly states: StateCache,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ context }: GetHandover): Promise<QueryAnswer> {
    const loaded = await this.states.load(organisations, '', context.organisation);
    const handover = handoverFor(loaded.state, context.principal?.userId ?? '', this.clock());
    const { id, from: proposedBy, to: userId, proposedAt } = handover;
    const until = new Date(handoverEndOf(handover)).toISOString();
    return current({ id, userId, proposedBy, proposedAt, until }, loaded, context);
  }
}

/** The grant by which the gate let the person in stands beside what they did. */
const authorityOf = ({ authority }: RequestContext) => (authority === undefined ? {} : { authority });
