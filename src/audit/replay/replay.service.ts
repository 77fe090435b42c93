import { Inject, Injectable } from '@nestjs/common';
import type { Instant } from '../../kernel/event.js';
import { invalid } from '../../kernel/refusal.js';
import { type Evidence, EVIDENCE } from '../../platform/commands/evidence.port.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { type Clock, CLOCK, EVENT_STORE } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import type { Message, MessageSource, OpenStream } from '../../platform/http/event-stream.js';
import { Seal } from '../../platform/http/seal.js';
import { VIEW_GAUGE, type ViewGauge } from '../../platform/http/view-gauge.port.js';
import { type FoundEvent, readEvents } from '../trail/events.reader.js';
import { RecordsInSight } from '../trail/records.service.js';
import { TrailFinder } from '../trail/trail.finder.js';
import { TrailPresenter } from '../trail/trail.presenter.js';
import { momentOf } from '../trail/trail.view.js';
import { TrailFeed } from './trail.feed.js';

export interface ReplayFilter {
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly actor?: string | undefined;
  readonly record?: string | undefined;
}

/** The last event of a stream: what was asked for is complete. */
const DONE = 'done';
const MOMENTS = 'trail-replay';
const BATCH = 50;
/** How long at a time it is waited for the view that names records, in milliseconds. */
const PATIENCE_MS = 1000;

/** The trail as streams: live, and over again. Whoever opens one is in the trail before they see anything. */
@Injectable()
export class ReplayService {
  constructor(
    private readonly feed: TrailFeed,
    private readonly finder: TrailFinder,
    private readonly presenter: TrailPresenter,
    private readonly records: RecordsInSight,
    private readonly seal: Seal,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(VIEW_GAUGE) private readonly gauge: ViewGauge,
    @Inject(EVIDENCE) private readonly evidence: Pick<Evidence, 'read'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * What is recorded from now on, or behind the event that the reader had last, in log order. Ids of messages are sealed
   * positions.
   *
   * @throws Refusal validation-failed
   */
  async live(context: RequestContext, lastEventId: string | undefined): Promise<MessageSource> {
    const after = lastEventId === undefined ? await this.store.head() : this.seal.openPosition(lastEventId);
    if (lastEventId !== undefined && after === undefined)
      throw invalid('Last-Event-ID', 'is not a position that was given out here');
    await this.evidence.read(context, 'live trail');
    return (stream) => this.liveBatches(context.organisation, after ?? '', stream);
  }

  /**
   * What was recorded in a time and up to now at most, oldest first; then the event `done`, and the end. Ids of messages are
   * sealed moments.
   *
   * @throws Refusal validation-failed
   */
  async replay(context: RequestContext, filter: ReplayFilter, lastEventId: string | undefined): Promise<MessageSource> {
    const { organisation } = context;
    const { from, to } = filter;
    if (from !== undefined && to !== undefined && to < from) throw invalid('to', 'must not be before from');
    const after = lastEventId === undefined ? undefined : this.seal.openCursor(lastEventId, MOMENTS, organisation);
    if (lastEventId !== undefined && after === undefined)
      throw invalid('Last-Event-ID', 'is not an event of a replay of this trail');
    await this.evidence.read(context, 'replay');
    // What is recorded while it runs is not part of it, so there is an end.
    const now = new Date(this.clock()).toISOString();
    const until = to === undefined || to > now ? now : to;
    return (stream) => this.replayed({ ...filter, to: until }, after, stream);
  }

  private async *liveBatches(
    organisation: string,
    after: string,
    { admit, signal }: OpenStream,
  ): AsyncGenerator<readonly Message[]> {
    for await (const places of this.feed.follow(organisation, after, signal)) {
      // Records are named, and limits looked at, by views: before these know the record it would be passed over.
      const { position } = places.at(-1)!;
      let isKnown = false;
      while (!isKnown && !signal.aborted) isKnown = await this.gauge.waitFor('trail', position, PATIENCE_MS);
      const context = await admit();
      const isWithin = await this.records.within(
        context,
        places.map(({ record }) => record),
      );
      const found = await readEvents(
        this.store,
        places.filter(({ record }) => isWithin(record)),
      );
      yield await this.messages(context, found, ({ stored }) => this.seal.position(stored.position));
    }
  }

  private async *replayed(
    filter: ReplayFilter,
    after: string | undefined,
    { admit, signal }: OpenStream,
  ): AsyncGenerator<readonly Message[]> {
    let count = 0;
    for await (const found of this.finder.walk(admit, filter, after, BATCH)) {
      if (signal.aborted) return;
      const context = await admit();
      count += found.length;
      yield await this.messages(context, found, ({ stored: { recordedAt, position } }) =>
        this.seal.cursor(momentOf(recordedAt, position), MOMENTS, context.organisation),
      );
    }
    yield [{ event: DONE, data: { count } }];
  }

  private async messages(
    context: RequestContext,
    found: readonly FoundEvent[],
    idOf: (found: FoundEvent) => string,
  ): Promise<readonly Message[]> {
    const items = await this.presenter.present(context, found);
    return items.map((data, index) => ({ id: idOf(found[index]!), data }));
  }
}
