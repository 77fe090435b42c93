import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { DomainCommand, DomainQuery } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { channelsOf } from './notification-kinds.js';
import { principalOf } from './notification-list.service.js';
import { NotificationOffers } from './notification-offers.service.js';
import { notificationSettings } from './notification-settings.js';
import { changeNotificationSettings, type SettingInput } from './notification-settings.decide.js';

export class GetNotificationSettings extends DomainQuery {}

export class ChangeNotificationSettings extends DomainCommand {
  readonly name = 'ChangeNotificationSettings';

  constructor(
    context: RequestContext,
    readonly items: readonly SettingInput[],
  ) {
    super(context);
  }
}

@QueryHandler(GetNotificationSettings)
export class GetNotificationSettingsHandler implements IQueryHandler<GetNotificationSettings> {
  constructor(
    private readonly offers: NotificationOffers,
    private readonly states: StateCache,
  ) {}

  async execute({ context }: GetNotificationSettings): Promise<QueryAnswer> {
    const principal = principalOf(context);
    const { organisation, atLeast } = context;
    const offers = await this.offers.of(principal, organisation);
    const { state, position, revision } = await this.states.load(notificationSettings, organisation, principal.userId);
    const items = offers.flatMap(({ kind, brands }) =>
      brands.map((brandId) => ({
        id: brandId === undefined ? kind.key : `${kind.key}/${brandId}`,
        kind: kind.key,
        label: kind.label,
        brandId: brandId ?? null,
        ...channelsOf(state, kind, brandId),
      })),
    );
    // It is answered from the log, which has whatever position was asked for.
    const reflected = position === undefined || (atLeast !== undefined && atLeast > position) ? atLeast : position;
    return new QueryAnswer({ items, next: null }, reflected, revision === -1 ? undefined : revision);
  }
}

@CommandHandler(ChangeNotificationSettings)
export class ChangeNotificationSettingsHandler implements ICommandHandler<ChangeNotificationSettings> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly offers: NotificationOffers,
  ) {}

  execute(command: ChangeNotificationSettings): Promise<CommandAnswer> {
    const { context, items } = command;
    const principal = principalOf(context);
    return this.pipeline.change(notificationSettings, command, principal.userId, {
      prepare: () => this.offers.of(principal, context.organisation),
      decide: changeNotificationSettings(items),
    });
  }
}
