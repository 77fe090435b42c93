import { Inject, Injectable } from '@nestjs/common';
import { invalid } from '../../kernel/refusal.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { RecordRef } from '../../platform/commands/evidence.port.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { EVENT_STORE } from '../../platform/commands/tokens.js';
import type { EventStore, StoredEvent } from '../../platform/event-store/event-store.port.js';
import type { Page, Reflecting } from '../../platform/read-model/read-model.port.js';
import { Seal } from '../../platform/http/seal.js';
import { earliest, ViewReader } from '../../platform/http/view-reader.js';
import type { TrailCatalogue } from './catalogue.js';
import { RecordsInSight } from './records.service.js';
import { conditionsOf, type TrailFilter } from './trail-filter.js';
import { TRAIL_CATALOGUE } from './trail.tokens.js';
import { type TrailEntry, trailOf } from './trail.view.js';

export interface TrailSearch extends TrailFilter {
  /** Words in the name of a person, or their address. */
  readonly q?: string | undefined;
  readonly limit: number;
  readonly after?: string | undefined;
}

/** An event as stored, and the record that it was found to be about when it was folded. */
export interface FoundEvent {
  readonly stored: StoredEvent;
  readonly record: RecordRef;
}

export interface Found {
  /** Newest first. */
  readonly events: readonly FoundEvent[];
  readonly next: string | null;
  readonly position: string | undefined;
}

interface Cursor {
  /** Where the page before ended; undefined before the first. */
  readonly after: string | undefined;
  /** Whom the words found when the search began; undefined without words. */
  readonly people: readonly string[] | undefined;
}

interface Entry {
  readonly id: string;
  readonly entry: TrailEntry;
}

/** Two tokens for each are as many values as a store walks along an index one by one. */
export const MAX_PEOPLE = 30;
/** A reader with limits may have to look far for a page; they are then given what was found, and a cursor. */
const MAX_ROUNDS = 20;

/** Parts a cursor of the trail; stands in no sealed text. */
const BETWEEN = '~';
const PEOPLE_LIST = 'trail-people';

/** Finds events in the trail view, and reads them from the log. */
@Injectable()
export class TrailFinder {
  private readonly view: ViewDefinition<TrailEntry>;

  constructor(
    @Inject(TRAIL_CATALOGUE) catalogue: TrailCatalogue,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly views: ViewReader,
    private readonly records: RecordsInSight,
    private readonly seal: Seal,
  ) {
    this.view = trailOf(catalogue);
  }

  /** One page, of entries about records that the reader's permission reaches. @throws Refusal validation-failed */
  async find(context: RequestContext, search: TrailSearch): Promise<Found> {
    const { organisation } = context;
    const cursor = await this.begin(context, search);
    const where = conditionsOf(organisation, search, cursor.people);
    const entries: Entry[] = [];
    let next: string | null | undefined = cursor.after;
    let position: string | undefined;
    for (let round = 0; round < MAX_ROUNDS && next !== null && entries.length < search.limit; round++) {
      const limit = search.limit - entries.length;
      const page: Reflecting<Page<TrailEntry>> = await this.views.find(this.view, context, {
        where,
        sort: 'newest',
        after: next,
        limit,
      });
      const found = page.value.items.map(({ key, doc }) => ({ id: key, entry: doc }));
      entries.push(...(await this.withinReach(context, found)));
      position = round === 0 ? page.position : earliest(position, page.position);
      next = page.value.next;
    }
    const events = await this.read(entries);
    return { events, next: next ? this.cursorText(organisation, next, cursor.people) : null, position };
  }

  private async withinReach(context: RequestContext, found: readonly Entry[]): Promise<readonly Entry[]> {
    const isWithin = await this.records.within(
      context,
      found.map(({ entry: { kind, record: id } }) => ({ kind, id })),
    );
    return found.filter(({ entry: { kind, record: id } }) => isWithin({ kind, id }));
  }

  /** A search by words stays one of the people that it began with, whoever comes while it is paged through. */
  private async begin(context: RequestContext, { q, after }: TrailSearch): Promise<Cursor> {
    if (after === undefined) {
      return { after, people: q === undefined ? undefined : await this.records.people(context, q, MAX_PEOPLE) };
    }
    const [place, sealed, ...rest] = after.split(BETWEEN);
    const people = sealed === undefined ? undefined : this.seal.openCursor(sealed, PEOPLE_LIST, context.organisation);
    const sound =
      rest.length === 0 &&
      (sealed === undefined) === (q === undefined) &&
      (sealed === undefined) === (people === undefined);
    if (!sound) throw invalid('after', 'is not a cursor of this search');
    return { after: place, people: people === undefined ? undefined : people.split(',') };
  }

  private cursorText(organisation: string, next: string, people: readonly string[] | undefined): string {
    if (people === undefined) return next;
    return `${next}${BETWEEN}${this.seal.cursor(people.join(','), PEOPLE_LIST, organisation)}`;
  }

  /** In the order of the entries. Neighbours in one stream are read together. */
  private async read(entries: readonly Entry[]): Promise<readonly FoundEvent[]> {
    const runs = runsOf(entries.map(({ entry }) => entry));
    const events = new Map<string, StoredEvent>();
    await Promise.all(
      runs.map(async ({ stream, from, limit }) => {
        for await (const event of this.store.readStream(stream, { from, limit })) events.set(event.id, event);
      }),
    );
    return entries.map(({ id, entry }) => {
      const stored = events.get(id);
      if (stored === undefined) throw new Error(`The trail knows event ${id} of ${entry.stream}, and the log does not`);
      return { stored, record: { kind: entry.kind, id: entry.record } };
    });
  }
}

interface Run {
  readonly stream: string;
  readonly from: number;
  readonly limit: number;
}

type Place = Pick<TrailEntry, 'stream' | 'revision'>;

/** Unbroken runs of revisions, each one read. */
function runsOf(entries: readonly Place[]): readonly Run[] {
  const byStream = new Map<string, number[]>();
  for (const { stream, revision } of entries) byStream.set(stream, [...(byStream.get(stream) ?? []), revision]);
  return [...byStream].flatMap(([stream, revisions]) => {
    const runs: { stream: string; from: number; limit: number }[] = [];
    for (const revision of revisions.sort((a, b) => a - b)) {
      const last = runs.at(-1);
      if (last !== undefined && revision === last.from + last.limit) last.limit += 1;
      else runs.push({ stream, from: revision, limit: 1 });
    }
    return runs;
  });
}
