import { Inject, Injectable } from '@nestjs/common';
import { invalid, notFound } from '../../kernel/refusal.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { type Evidence, EVIDENCE } from '../../platform/commands/evidence.port.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { EVENT_STORE } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import type { Page, Reflecting } from '../../platform/read-model/read-model.port.js';
import { Seal } from '../../platform/http/seal.js';
import { earliest, ViewReader } from '../../platform/http/view-reader.js';
import type { TrailCatalogue } from './catalogue.js';
import { type FoundEvent, readEvents } from './events.reader.js';
import { RecordsInSight } from './records.service.js';
import { conditionsOf, type TrailFilter } from './trail-filter.js';
import { TRAIL_CATALOGUE } from './trail.tokens.js';
import { type TrailEntry, trailOf } from './trail.view.js';

export type { FoundEvent } from './events.reader.js';

export interface TrailSearch extends TrailFilter {
  /** Kind of the record, where its id alone may name records of two kinds (an organisation's own). */
  readonly kind?: string | undefined;
  /** Words in the name of a person, or their address. */
  readonly q?: string | undefined;
  readonly limit: number;
  readonly after?: string | undefined;
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
    @Inject(EVIDENCE) private readonly evidence: Pick<Evidence, 'refused'>,
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
      const found = page.value.items
        .map(({ key, doc }) => ({ id: key, entry: doc }))
        .filter(({ entry }) => search.kind === undefined || entry.kind === search.kind);
      entries.push(...(await this.withinReach(context, found)));
      position = round === 0 ? page.position : earliest(position, page.position);
      next = page.value.next;
    }
    const events = await this.read(entries);
    return { events, next: next ? this.cursorText(organisation, next, cursor.people) : null, position };
  }

  /** One event about a record that the reader's permission reaches. @throws Refusal not-found */
  async one(context: RequestContext, id: string): Promise<FoundEvent & { readonly position: string | undefined }> {
    const { value, position } = await this.views.get(this.view, context, id);
    if (value?.organisation !== context.organisation) throw notFound();
    const [entry] = await this.withinReach(context, [{ id, entry: value }]);
    if (entry === undefined) {
      await this.evidence.refused(context, 'record', { kind: value.kind, id: value.record });
      throw notFound();
    }
    const [found] = await this.read([entry]);
    return { ...found!, position };
  }

  /** One event where it is in this trail and the reader's permission reaches it. */
  async ifThere(context: RequestContext, id: string): Promise<FoundEvent | undefined> {
    const { value } = await this.views.get(this.view, context, id);
    if (value?.organisation !== context.organisation) return undefined;
    return (await this.read(await this.withinReach(context, [{ id, entry: value }])))[0];
  }

  /**
   * Everything that is found, oldest first, a page at a time, behind the moment of an entry if one is given. Pages are asked
   * for by that alone, so a walk can go on anywhere, and through a rebuild of the view.
   */
  async *walk(
    context: () => Promise<RequestContext>,
    filter: TrailFilter,
    after: string | undefined,
    limit: number,
  ): AsyncGenerator<readonly FoundEvent[]> {
    for (let last = after; ;) {
      const reader = await context();
      const where = conditionsOf(reader.organisation, { ...filter, from: last ?? filter.from }, undefined);
      const page: Reflecting<Page<TrailEntry>> = await this.views.find(this.view, reader, {
        where,
        sort: 'oldest',
        limit: limit + 1,
      });
      const beyond = page.value.items.filter(({ doc }) => last === undefined || doc.moment > last);
      if (beyond.length === 0) return;
      last = beyond.at(-1)!.doc.moment;
      const found = beyond.map(({ key, doc }) => ({ id: key, entry: doc }));
      yield await this.read(await this.withinReach(reader, found));
    }
  }

  /** These events of the log, in the order of their ids; they are in the trail already. */
  async ofEvents(context: RequestContext, ids: readonly string[]): Promise<readonly FoundEvent[]> {
    const { value } = await this.views.getMany(this.view, context, ids);
    return this.read(
      value.map((entry, index) => {
        if (entry === null) throw new Error(`The trail does not know event ${ids[index]!}`);
        return { id: ids[index]!, entry };
      }),
    );
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

  private read(entries: readonly Entry[]): Promise<readonly FoundEvent[]> {
    return readEvents(
      this.store,
      entries.map(({ id, entry }) => ({
        id,
        stream: entry.stream,
        revision: entry.revision,
        record: { kind: entry.kind, id: entry.record },
      })),
    );
  }
}
