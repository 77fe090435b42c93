import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { DomainCommand, DomainQuery } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { current } from '../answers.js';
import { organisations } from './organisation.js';
import { switchTwoPairsOfEyes } from './two-pairs-of-eyes.decide.js';

export class SwitchTwoPairsOfEyes extends DomainCommand {
  readonly name = 'SwitchTwoPairsOfEyes';

  constructor(
    context: RequestContext,
    readonly on: boolean,
  ) {
    super(context);
  }
}

export class GetTwoPairsOfEyes extends DomainQuery {}

@CommandHandler(SwitchTwoPairsOfEyes)
export class SwitchTwoPairsOfEyesHandler implements ICommandHandler<SwitchTwoPairsOfEyes> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: SwitchTwoPairsOfEyes): Promise<CommandAnswer> {
    const { organisation } = command.context;
    return this.pipeline.change(organisations, command, organisation, { decide: switchTwoPairsOfEyes(command.on) });
  }
}

@QueryHandler(GetTwoPairsOfEyes)
export class GetTwoPairsOfEyesHandler implements IQueryHandler<GetTwoPairsOfEyes> {
  constructor(private readonly states: StateCache) {}

  async execute({ context }: GetTwoPairsOfEyes): Promise<QueryAnswer> {
    const loaded = await this.states.load(organisations, '', context.organisation);
    return current({ on: loaded.state.twoPairsOfEyes }, loaded, context, loaded.revision);
  }
}
