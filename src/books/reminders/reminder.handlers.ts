import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { invalid } from '../../kernel/refusal.js';
import { CommandWith, DomainQuery } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { brands } from '../brands/brand.js';
import { BrandSight } from '../brands/brands.service.js';
import { type ReminderPlan, reminders, setReminders } from './reminder.js';

export class GetReminders extends DomainQuery {}

export class SetReminders extends CommandWith<ReminderPlan> {
  readonly name = 'SetReminders';
}

/** Brands that the reader does not see are not told. */
@QueryHandler(GetReminders)
export class GetRemindersHandler implements IQueryHandler<GetReminders> {
  constructor(
    private readonly states: StateCache,
    private readonly brands: BrandSight,
  ) {}

  async execute({ context }: GetReminders): Promise<QueryAnswer> {
    const { state, position } = await this.states.load(reminders, '', context.organisation);
    const { plan, revision } = state;
    const seen = await Promise.all(plan.brands.map(({ brandId }) => this.brands.reaches(context, brandId)));
    const shown = { ...plan, brands: plan.brands.filter((_, index) => seen[index]) };
    return new QueryAnswer(shown, position, revision ?? undefined);
  }
}

@CommandHandler(SetReminders)
export class SetRemindersHandler implements ICommandHandler<SetReminders> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly states: StateCache,
  ) {}

  execute(command: SetReminders): Promise<CommandAnswer> {
    const { context, body: plan } = command;
    return this.pipeline.change(reminders, command, context.organisation, {
      prepare: () => this.checkBrands(context.organisation, plan),
      decide: setReminders(plan),
    });
  }

  /** @throws Refusal validation-failed */
  private async checkBrands(organisation: string, plan: ReminderPlan): Promise<undefined> {
    const { state } = await this.states.load(brands, '', organisation);
    for (const [index, { brandId }] of plan.brands.entries()) {
      const field = `brands.${index}.brandId`;
      if (!state.byId.has(brandId)) throw invalid(field, 'is no brand of this organisation');
      if (plan.brands.findIndex((other) => other.brandId === brandId) !== index)
        throw invalid(field, 'is there already');
    }
    return undefined;
  }
}
