import { Injectable } from '@nestjs/common';
import type { Aggregate, Existing, Reach, ReadState, RecordFacts } from '../../kernel/decider.js';
import type { DomainEvent } from '../../kernel/event.js';
import type { Reflecting } from '../read-model/read-model.port.js';
import type { Past } from './past-documents.js';
import type { RequestContext } from './principal.js';
import type { FoundRecords, Sought } from './record-search.js';

/** What may be told of a record to whoever may read it. */
export interface RecordDescription {
  /** Short text for people: `Invoice 1042`. */
  readonly label: string;
  readonly facts: RecordFacts;
}

/** A record with what decides who may do something with it. */
export interface RecordWithFacts {
  readonly id: string;
  readonly facts: RecordFacts;
}

/** Records of a kind that are begun and not finished: drafts, what waits for an approval. */
export interface UnfinishedWork {
  /** Whoever has it can take the step that finishes such a record. */
  readonly permission: string;
  /** The newest of those within the context's reach, which is the one of the permission to read them. */
  find(context: RequestContext, limit: number): Promise<Reflecting<readonly RecordWithFacts[]>>;
}

/** Whether the reader may read another record, which an answer about one would name. */
export type Sees = (kind: string, id: string) => Promise<boolean>;

/** One kind of record, as those need it who show records of all kinds (the trail, replays, exports). */
export interface RecordKind {
  /** The kind as the event catalogues say it: `invoice`. */
  readonly kind: string;
  /** The permission to read such a record. */
  readonly readPermission: string;
  /** Descriptions of the records that exist. */
  describe(organisation: string, ids: readonly string[]): Promise<ReadonlyMap<string, RecordDescription>>;
  /**
   * Facts of one record from the log, undefined where there is none of this kind in the organisation. Absent for kinds
   * whose records nobody asks about one by one.
   */
  readonly factsOf?: (read: ReadState, organisation: string, id: string) => Promise<RecordFacts | undefined>;
  /**
   * One record as its own GET answers it, as it stood once; undefined where there was none. The caller has seen to it that
   * it may be read. There for each kind that has `factsOf`.
   */
  readonly asOf?: (past: Past, organisation: string, id: string, sees: Sees) => Promise<object | undefined>;
  readonly unfinished?: UnfinishedWork;
  /** Ids of the newest records within each of the reaches, at most `limit`. Absent for kinds that belong to no project. */
  readonly ofProjects?: (
    context: RequestContext,
    reach: readonly Reach[],
    limit: number,
  ) => Promise<Reflecting<readonly string[]>>;
  /** Ids of people (data subjects) of this kind whose own documents match the words; at most `limit`. */
  findPeople?(organisation: string, words: string, limit: number): Promise<readonly string[]>;
  /** The newest records that a search finds within the context's reach. Absent for kinds that are not searched. */
  readonly search?: (context: RequestContext, sought: Sought) => Promise<FoundRecords>;
}

/** `factsOf` of a kind whose records have a stream each. */
export const factsIn =
  <State, E extends DomainEvent>(aggregate: Aggregate<State, E>): NonNullable<RecordKind['factsOf']> =>
  async (read, organisation, id) => {
    if (aggregate.within === 'itself' && id !== organisation) return undefined;
    const { state } = await read(aggregate, organisation, id);
    return aggregate.exists(state) ? aggregate.facts(state) : undefined;
  };

/**
 * A kind whose records are described from the log, for what one asks for must not be unknown for as long as a view is
 * behind. `now` reads the present.
 */
export function toldFromLog<State extends { readonly status: string }, E extends DomainEvent>(
  aggregate: Aggregate<State, E>,
  now: ReadState,
  labelOf: (state: Existing<State>) => string,
  factsOf: (read: ReadState, organisation: string, state: Existing<State>) => Promise<RecordFacts>,
): Required<Pick<RecordKind, 'describe' | 'factsOf'>> {
  const find = async (read: ReadState, organisation: string, id: string): Promise<Existing<State> | undefined> => {
    const { state } = await read(aggregate, organisation, id);
    return state.status === 'absent' ? undefined : (state as Existing<State>);
  };
  return {
    async describe(organisation, ids) {
      const found = ids.map(async (id) => {
        const state = await find(now, organisation, id);
        if (state === undefined) return [];
        return [[id, { label: labelOf(state), facts: await factsOf(now, organisation, state) }] as const];
      });
      return new Map((await Promise.all(found)).flat());
    },
    async factsOf(read, organisation, id) {
      const state = await find(read, organisation, id);
      return state === undefined ? undefined : factsOf(read, organisation, state);
    },
  };
}

/**
 * Descriptions of those records that have a document and are the organisation's. `documents` are in the order of the ids,
 * as a view answers them.
 */
export function descriptionsOf<Doc extends { readonly organisation: string }>(
  organisation: string,
  ids: readonly string[],
  documents: readonly (Doc | null)[],
  describe: (document: Doc, id: string) => RecordDescription,
): ReadonlyMap<string, RecordDescription> {
  return new Map(
    documents.flatMap((document, index) =>
      document?.organisation === organisation ? [[ids[index]!, describe(document, ids[index]!)]] : [],
    ),
  );
}

/** Features register their kinds of records here when their module starts. */
@Injectable()
export class RecordKinds {
  private readonly kinds = new Map<string, RecordKind>();

  register(kind: RecordKind): void {
    if (this.kinds.has(kind.kind)) throw new Error(`The kind of record "${kind.kind}" is registered twice`);
    this.kinds.set(kind.kind, kind);
  }

  of(kind: string): RecordKind | undefined {
    return this.kinds.get(kind);
  }

  all(): Iterable<RecordKind> {
    return this.kinds.values();
  }
}
