import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Recorded, Source } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { type OrganisationDirectory, ORGANISATIONS, PEOPLE, type PeopleDirectory } from '../../access/contract.js';
import { type Codec, ERASED } from '../../platform/codec/codec.port.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { CODEC } from '../../platform/commands/tokens.js';
import type { StoredEvent } from '../../platform/event-store/event-store.port.js';
import { Seal } from '../../platform/http/seal.js';
import { type Logger, LOGGER } from '../../platform/telemetry/logger.js';
import { VaultUnavailable } from '../../platform/vault/vault.port.js';
import { type TrailCatalogue, typeOf } from './catalogue.js';
import { RecordsInSight } from './records.service.js';
import { type Content, contentOf, type Sight, unreadable } from './redaction.js';
import type { FoundEvent } from './trail.finder.js';
import { itemOf, type TrailItem } from './trail-item.js';
import { TRAIL_CATALOGUE } from './trail.tokens.js';
import { personBehind } from './trail.view.js';

/** As many events as are remembered to have been logged as unreadable. */
const MAX_TOLD = 1000;

/** Puts together what a reader of the trail is shown of events, with the reader's own eyes and today's names. */
@Injectable()
export class TrailPresenter {
  private readonly told = new LRUCache<string, true>({ max: MAX_TOLD });

  constructor(
    @Inject(TRAIL_CATALOGUE) private readonly catalogue: TrailCatalogue,
    @Inject(CODEC) private readonly codec: Codec,
    @Inject(PEOPLE) private readonly people: PeopleDirectory,
    private readonly records: RecordsInSight,
    private readonly seal: Seal,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(ORGANISATIONS) private readonly organisations: Pick<OrganisationDirectory, 'currencyOf'>,
  ) {}

  /** In the order of the events, which are all of the request's organisation. */
  async present(context: RequestContext, found: readonly FoundEvent[]): Promise<readonly TrailItem[]> {
    const stored = found.map((one) => one.stored);
    const [sightOf, names, sources, currency] = await Promise.all([
      this.records.seen(
        context,
        found.map(({ record }) => record),
      ),
      this.namesIn(context.organisation, stored),
      this.sourcesOf(stored),
      this.currencyOf(context.organisation),
    ]);
    const sights = found.map(({ record }) => sightOf(record));
    // Personal fields are opened only for those who will see them.
    const readable = await this.opened(stored.filter((_, index) => sights[index]!.readable));
    return found.map(({ stored: event, record }, index) => {
      const sight = sights[index]!;
      return itemOf(event, {
        record,
        content: this.contentOf(event, sight.readable ? readable.get(event.id) : 'bare', {
          kind: record.kind,
          sight,
          currency,
        }),
        position: this.seal.position(event.position),
        names,
        source: sources[index],
      });
    });
  }

  /** `undefined` where the event did not open. */
  private contentOf(
    stored: StoredEvent,
    opened: Recorded | 'bare' | undefined,
    { kind, sight, currency }: { readonly kind: string; readonly sight: Sight; readonly currency: string },
  ): Content {
    if (opened === undefined) return unreadable(sight);
    try {
      const event = opened === 'bare' ? this.codec.openWithoutPersonal(stored) : opened;
      return contentOf(event, typeOf(this.catalogue, stored.type), kind, sight, currency);
    } catch (error) {
      this.tell(stored, error);
      return unreadable(sight);
    }
  }

  /** Amounts of an organisation that is closed are told without it. */
  private async currencyOf(organisation: string): Promise<string> {
    try {
      return await this.organisations.currencyOf(organisation);
    } catch (error) {
      if (error instanceof Refusal) return '';
      throw error;
    }
  }

  /** Those that open, by id. One that does not takes no other with it. */
  private async opened(stored: readonly StoredEvent[]): Promise<ReadonlyMap<string, Recorded>> {
    const events = await this.codec.open(stored).catch(async () => {
      const each = await Promise.all(
        stored.map((event) => this.unlessUnreadable(event, async () => (await this.codec.open([event]))[0])),
      );
      return each.filter((event) => event !== undefined);
    });
    return new Map(events.map((event) => [event.id, event]));
  }

  /** One person's requests come from one place for a long time, and bear one ciphertext: each is opened once. */
  private sourcesOf(stored: readonly StoredEvent[]): Promise<readonly (Source | 'erased' | undefined)[]> {
    const opened = new Map<string, Promise<Source | 'erased' | undefined>>();
    return Promise.all(
      stored.map(async (event) => {
        const { source } = event.metadata;
        if (source === undefined) return undefined;
        const opening = opened.get(source) ?? this.unlessUnreadable(event, () => this.codec.openSource(event));
        opened.set(source, opening);
        return opening;
      }),
    );
  }

  /** A vault that is away says nothing about the event, so that is not taken for a broken one. */
  private async unlessUnreadable<T>(event: StoredEvent, open: () => Promise<T>): Promise<T | undefined> {
    try {
      return await open();
    } catch (error) {
      if (error instanceof VaultUnavailable) throw error;
      this.tell(event, error);
      return undefined;
    }
  }

  /** Once for each event. The error's name only: its message may repeat what stands in the event. */
  private tell({ id, type }: StoredEvent, error: unknown): void {
    if (this.told.has(id)) return;
    this.told.set(id, true);
    const reason = error instanceof Error ? error.name : typeof error;
    this.logger.error({ eventId: id, type, reason }, 'the trail cannot read the content of an event');
  }

  private async namesIn(organisation: string, events: readonly StoredEvent[]): Promise<ReadonlyMap<string, string>> {
    const ids = new Set(events.map(({ metadata }) => personBehind(metadata.actor)));
    const keys = new Set(events.flatMap(({ metadata: { actor } }) => (actor.kind === 'api-key' ? [actor.id] : [])));
    const [names, labels] = await Promise.all([
      this.people.namesOf(organisation, [...ids]),
      this.records.labels(organisation, 'api-key', [...keys]),
    ]);
    const people = [...names].map(([id, { firstName, lastName }]) => [id, nameOf(firstName, lastName)] as const);
    return new Map([...people, ...labels]);
  }
}

const nameOf = (firstName: string, lastName: string): string =>
  firstName === ERASED && lastName === ERASED ? ERASED : `${firstName} ${lastName}`.trim();
