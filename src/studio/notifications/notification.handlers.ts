import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { streamOf } from '../../kernel/decider.js';
import { notFound } from '../../kernel/refusal.js';
import { Appender } from '../../platform/commands/appender.js';
import { DomainCommand, DomainQuery, PagedQuery, RecordCommand } from '../../platform/commands/command.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import { actorOf } from '../../platform/commands/metadata.js';
import { requireRevision, unconditional } from '../../platform/commands/own-revision.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { WrongExpectedRevision } from '../../platform/event-store/event-store.port.js';
import { readNotification } from './notification.decide.js';
import { NOTIFICATION_KINDS } from './notification-kinds.js';
import { NotificationList, type NotificationQuery, principalOf, type Shown } from './notification-list.service.js';
import { NotificationSight } from './notification-sight.service.js';
import { type Notification, notificationKey, notifications } from './notification.js';

export class ListNotifications extends PagedQuery<NotificationQuery> {}

export class CountUnreadNotifications extends DomainQuery {}

export class ReadNotification extends RecordCommand {
  readonly name = 'ReadNotification';
}

export class ReadAllNotifications extends DomainCommand {
  readonly name = 'ReadAllNotifications';
}

/** More unread ones than this are told as "more". */
const MAX_COUNT = 100;

@QueryHandler(ListNotifications)
export class ListNotificationsHandler implements IQueryHandler<ListNotifications> {
  constructor(
    private readonly list: NotificationList,
    private readonly sight: NotificationSight,
  ) {}

  async execute({ context, filter: query }: ListNotifications): Promise<QueryAnswer> {
    const { items, next, position } = await this.list.page(context, query);
    const records = items.map(({ record }) => record);
    const labelOf = await this.sight.labels(context.organisation, records);
    return new QueryAnswer({ items: items.map((item) => answerOf(item, labelOf(item.record))), next }, position);
  }
}

const answerOf = (
  { id, kind, record, detail, at, readAt, revision }: Shown,
  label: string | undefined,
): Readonly<Record<string, unknown>> => ({
  id,
  revision,
  kind,
  sentence: NOTIFICATION_KINDS.get(kind)?.sentence(label, detail) ?? '',
  record: { ...record, label: label ?? null },
  at,
  readAt,
});

@QueryHandler(CountUnreadNotifications)
export class CountUnreadNotificationsHandler implements IQueryHandler<CountUnreadNotifications> {
  constructor(private readonly list: NotificationList) {}

  async execute({ context }: CountUnreadNotifications): Promise<QueryAnswer> {
    const { items, next, position } = await this.list.page(context, { state: 'unread', limit: MAX_COUNT });
    return new QueryAnswer({ count: items.length, more: next !== null }, position);
  }
}

@CommandHandler(ReadNotification)
export class ReadNotificationHandler implements ICommandHandler<ReadNotification> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly sight: NotificationSight,
  ) {}

  async execute({ context, id }: ReadNotification): Promise<CommandAnswer> {
    const key = notificationKey(context.organisation, id);
    const command = new ReadNotification(unconditional(context), id);
    const { revision, position } = await this.pipeline.change(notifications, command, key, {
      prepare: (state) => this.requireSight(context, state),
      decide: readNotification,
    });
    return new CommandAnswer(id, revision, position, false);
  }

  /** One of somebody else, and one that they may not see any more, look like none. */
  private async requireSight(context: RequestContext, state: Notification): Promise<undefined> {
    const principal = principalOf(context);
    if (state.status === 'absent' || state.userId !== principal.userId) throw notFound();
    const visible = await this.sight.visible(principal, context.organisation, [state]);
    if (visible.length === 0) throw notFound();
    // A notification is read once, so this is its revision; told earlier, it would tell of those of others.
    requireRevision(context.ifMatch, state.status === 'read' ? 1 : 0);
  }
}

/** What the person may not see stays unread, for the day on which they may. */
@CommandHandler(ReadAllNotifications)
export class ReadAllNotificationsHandler implements ICommandHandler<ReadAllNotifications> {
  constructor(
    private readonly list: NotificationList,
    private readonly appender: Appender,
  ) {}

  async execute({ context, name }: ReadAllNotifications): Promise<CommandAnswer> {
    const metadata = await this.appender.metadataOf({
      context,
      organisation: '',
      command: name,
      actor: actorOf(context),
    });
    let last: string | undefined;
    let count = 0;
    for (let after: string | null | undefined; after !== null;) {
      const page = await this.list.page(context, { state: 'unread', limit: MAX_COUNT, after });
      for (const position of await Promise.all(page.items.map((item) => this.read(context, item, metadata)))) {
        if (position === undefined) continue;
        count += 1;
        if (last === undefined || position > last) last = position;
      }
      after = page.next;
    }
    return new CommandAnswer(principalOf(context).userId, count, last, false, { read: count });
  }

  /** The position of the event; undefined where another request read it meanwhile. */
  private async read(
    { organisation }: RequestContext,
    { id, revision }: Shown,
    metadata: Awaited<ReturnType<Appender['metadataOf']>>,
  ): Promise<string | undefined> {
    const stream = streamOf(notifications, '', notificationKey(organisation, id));
    try {
      const [event] = await this.appender.append(
        { eventIds: [derivedId('notification-read', id)], keyed: undefined },
        { stream, expected: revision, events: [{ type: 'NotificationRead', data: {} }], metadata },
      );
      return event?.position;
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      return undefined;
    }
  }
}
