import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import { personOf, type Recorded } from '../../kernel/event.js';
import { Appender } from '../../platform/commands/appender.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import { systemMetadata } from '../../platform/commands/metadata.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK, READ_MODEL } from '../../platform/commands/tokens.js';
import { type StoredEvent, WrongExpectedRevision } from '../../platform/event-store/event-store.port.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import { allPages } from '../../platform/read-model/all-pages.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import {
  type Channels,
  channelsOf,
  isOfImport,
  isOn,
  KINDS_BY_TYPE,
  type NotificationKind,
  type Occasion,
  settingOf,
} from './notification-kinds.js';
import { notificationSettings } from './notification-settings.js';
import { notificationSettingsView } from './notification-settings.view.js';
import { NotificationSight } from './notification-sight.service.js';
import { type NotificationMade, notificationKey, notifications } from './notification.js';

/** People who are decided on between two turns of the event loop, and whose notifications are written together. */
const AT_ONCE = 20;
const NEWS_FOR_MS = 30 * 24 * 60 * 60 * 1000;

/** What there is to tell, and of which record with which facts. */
interface News {
  readonly cause: Recorded;
  readonly organisation: string;
  readonly kind: NotificationKind;
  readonly occasion: Occasion;
  readonly facts: Awaited<ReturnType<NotificationSight['factsOf']>>;
}

/**
 * Tells people of events, each who wants it and may read the record at this moment. Ids follow from the event, the kind and
 * the person, each notification has a stream of its own, and nothing but its first event makes one: so what is handled
 * again after a crash is told once.
 */
@Injectable()
export class NotificationsReactor implements Reactor, OnModuleInit {
  readonly name = 'notifications';
  readonly types = [...KINDS_BY_TYPE.keys()];

  constructor(
    private readonly sight: NotificationSight,
    private readonly states: StateCache,
    private readonly appender: Appender,
    @Inject(READ_MODEL) private readonly model: ReadModel,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this);
  }

  /** What is old is no news: after a long halt, or where a log from before there were notifications is met first. */
  skips(event: StoredEvent): boolean {
    return isOfImport(event) || this.clock() - Date.parse(event.recordedAt) > NEWS_FOR_MS;
  }

  async handle(cause: Recorded, signal: AbortSignal): Promise<void> {
    const { organisation } = cause.metadata;
    if (organisation === undefined) return;
    for (const kind of KINDS_BY_TYPE.get(cause.type) ?? []) {
      const occasion = kind.occasion(cause);
      if (kind.tells === 'concerned' && occasion.concerned.length === 0) continue;
      const facts = await this.sight.factsOf(organisation, kind, occasion.record);
      const news = { cause, organisation, kind, occasion, facts };
      for await (const people of this.audience(news)) {
        await Promise.all(people.map((userId) => this.tell(news, userId)));
        await nextTurn(undefined, { signal });
      }
    }
  }

  /** Who may want it, some at a time. */
  private async *audience({ organisation, kind, occasion, facts }: News): AsyncGenerator<readonly string[]> {
    if (kind.tells === 'concerned') {
      yield* inParts(occasion.concerned);
      return;
    }
    const brands = kind.branded ? [undefined, facts?.brandId] : [undefined];
    const where = [
      { field: 'organisation', eq: organisation },
      { field: 'on', hasAny: [...new Set(brands.map((brandId) => settingOf(kind.key, brandId)))] },
    ];
    for await (const page of allPages(this.model, notificationSettingsView, { where, sort: 'person' }))
      yield* inParts(page.map(({ doc }) => doc.userId));
  }

  private async tell(news: News, userId: string): Promise<void> {
    const { cause, organisation, kind, facts } = news;
    if (kind.tellsActor !== true && personOf(cause.metadata.actor) === userId) return;
    if (!(await this.sight.maySee({ userId }, organisation, kind, facts))) return;
    const channels = await this.wanted(news, userId);
    if (!isOn(channels)) return;
    const { record, detail } = news.occasion;
    const made: NotificationMade = {
      type: 'NotificationMade',
      data: {
        userId,
        kind: kind.key,
        record,
        eventId: cause.id,
        at: cause.recordedAt,
        ...(detail === undefined ? {} : { detail }),
        ...channels,
      },
    };
    await this.write(cause, organisation, made);
  }

  /** What the person has said of such news, newer than what found them. */
  private async wanted({ organisation, kind, facts }: News, userId: string): Promise<Channels> {
    const brandId = facts?.brandId;
    const chooses = brandId !== undefined && (await this.sight.choosesBrand({ userId }, organisation, kind, brandId));
    const { state } = await this.states.load(notificationSettings, organisation, userId);
    return channelsOf(state, kind, chooses ? brandId : undefined);
  }

  private async write(cause: Recorded, organisation: string, made: NotificationMade): Promise<void> {
    const { userId, kind } = made.data;
    const id = derivedId('notification', cause.id, kind, userId);
    const { organisation: _, ...metadata } = systemMetadata(cause, 'notifications', 'Notify');
    const stream = streamOf(notifications, '', notificationKey(organisation, id));
    try {
      await this.appender.append(
        { eventIds: [id], keyed: undefined },
        { stream, expected: 'no-stream', events: [made], metadata },
      );
    } catch (error) {
      // It was made before, and has been read since.
      if (!(error instanceof WrongExpectedRevision)) throw error;
    }
  }
}

function* inParts(people: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < people.length; from += AT_ONCE) yield people.slice(from, from + AT_ONCE);
}
