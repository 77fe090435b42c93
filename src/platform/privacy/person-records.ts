import { Inject, Injectable } from '@nestjs/common';
import { type Aggregate, streamOf } from '../../kernel/decider.js';
import type { DomainEvent, Recorded } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import type { Condition, ViewDefinition } from '../../kernel/view.js';
import { wordsOf } from '../../kernel/words.js';
import { type Codec, ERASED } from '../codec/codec.port.js';
import { CODEC, EVENT_STORE, READ_MODEL } from '../commands/tokens.js';
import type { EventStore } from '../event-store/event-store.port.js';
import { VIEW_GAUGE, type ViewGauge } from '../http/view-gauge.port.js';
import { allPages } from '../read-model/all-pages.js';
import type { Page, ReadModel } from '../read-model/read-model.port.js';
import type { PeopleQuery } from './person-kinds.js';

const PATIENCE_MS = 10_000;

/** How kinds of people that are records of an organisation are looked up in views and in the log. */
@Injectable()
export class PersonRecords {
  constructor(
    @Inject(READ_MODEL) private readonly model: ReadModel,
    @Inject(VIEW_GAUGE) private readonly gauge: ViewGauge,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CODEC) private readonly codec: Pick<Codec, 'open'>,
  ) {}

  /** A page of those that the words name. The view has a sort order `newest`, and `words` is indexed. */
  async find<Doc extends object>(
    view: ViewDefinition<Doc>,
    organisation: string,
    { words, limit, after }: PeopleQuery,
  ): Promise<Page<Doc>> {
    const wanted = wordsOf(words);
    if (wanted.length === 0 && words.trim() !== '') return { items: [], next: null };
    const where: Condition[] = [
      { field: 'organisation', eq: organisation },
      ...wanted.map((word) => ({ field: 'words', has: word })),
    ];
    return (await this.model.find(view, { where, sort: 'newest', limit, ...(after === undefined ? {} : { after }) }))
      .value;
  }

  /** What the record's events ever said, each once, without what is erased. */
  async texts<State, E extends DomainEvent>(
    aggregate: Aggregate<State, E>,
    organisation: string,
    id: string,
    textsOf: (event: Recorded<E>) => readonly string[],
  ): Promise<readonly string[]> {
    const texts = new Set<string>();
    for await (const stored of this.store.readStream(streamOf(aggregate, organisation, id))) {
      const [event] = (await this.codec.open([stored])) as readonly Recorded<E>[];
      for (const text of textsOf(event!)) if (text !== ERASED) texts.add(text);
    }
    return [...texts];
  }

  /** Everything that the conditions find, once the view has everything that was acknowledged before; the newest first. */
  async *all<Doc extends object>(
    view: ViewDefinition<Doc>,
    organisation: string,
    conditions: readonly Condition[],
    what: string,
  ): AsyncGenerator<readonly [string, Doc]> {
    await this.caughtUp(view, what);
    const where = [{ field: 'organisation', eq: organisation }, ...conditions];
    for await (const page of allPages(this.model, view, { where, sort: 'newest' })) {
      for (const { key, doc } of page) yield [key, doc];
    }
  }

  /** @throws Refusal unavailable, saying what cannot be looked up, where the view stays behind */
  async caughtUp({ name }: { readonly name: string }, what: string): Promise<void> {
    const head = await this.store.head();
    if (head !== undefined && !(await this.gauge.waitFor(name, head, PATIENCE_MS)))
      throw new Refusal('unavailable', `${what} cannot be looked up now`, { retryAfter: 1 });
  }
}

type Changed<Field extends string> = {
  readonly [K in Field]?: { readonly from?: string; readonly to?: string };
};

/** What the fields are set to. */
export const textsSet = <Field extends string>(
  fields: readonly Field[],
  values: { readonly [K in Field]?: string },
): readonly string[] => fields.flatMap((field) => values[field] ?? []);

/** What the fields were, and what they are now. */
export const textsChanged = <Field extends string>(
  fields: readonly Field[],
  changes: Changed<Field>,
): readonly string[] => fields.flatMap((field) => [changes[field]?.from ?? [], changes[field]?.to ?? []].flat());
