import type { DomainEvent, Recorded } from '../../kernel/event.js';
import type { ViewDefinition, ViewQuery } from '../../kernel/view.js';

/**
 * What a query saw: everything up to `position` (undefined before the first event). Embedded it is nothing after that; a
 * store without snapshots (MongoDB) reads the checkpoint first, so that a document may already hold a later event.
 */
export interface Reflecting<T> {
  readonly value: T;
  readonly position: string | undefined;
}

export interface Page<Doc> {
  readonly items: readonly { readonly key: string; readonly doc: Doc }[];
  /** Cursor of the next page, `null` at the end. Carries the generation of the view. */
  readonly next: string | null;
}

/**
 * The reading side, used on the HTTP thread. All reads of one call see one state of the view, embedded; on MongoDB one
 * generation of it, each document in a state at or after `position`. They
 * reject with `ViewNotReady` while the first generation of a view is being built, with `ViewsUnavailable` while nothing can be read.
 *
 * Conditions that do not cover one of the view's declared `indexes` are a mistake of the caller (RangeError): there are no
 * scans. Conditions beyond the index that serves a query only filter what the index yields.
 */
export interface ReadModel {
  get<Doc extends object>(view: ViewDefinition<Doc>, key: string): Promise<Reflecting<Doc | null>>;
  /** In the order of the keys; `null` where there is none. */
  getMany<Doc extends object>(
    view: ViewDefinition<Doc>,
    keys: readonly string[],
  ): Promise<Reflecting<readonly (Doc | null)[]>>;
  /**
   * Texts sort by code points. Ties are broken by the key, in the direction of the sort.
   *
   * @throws InvalidCursor for a cursor that is not of this query or whose generation is gone; ViewNotReady also
   * while the live generation is of an older version that lacks what the query asks for.
   */
  find<Doc extends object>(view: ViewDefinition<Doc>, query: ViewQuery): Promise<Reflecting<Page<Doc>>>;
  /** How many documents match, at most `limit`. @throws ViewNotReady as `find` does. */
  count(view: ViewDefinition, where: ViewQuery['where'], limit?: number): Promise<Reflecting<number>>;
  /** The checkpoints of live generations by the names of their views; views without one are left out. */
  checkpoints(views: readonly string[]): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

/** One generation of a view while it is being folded. */
export interface Generation {
  readonly view: string;
  readonly version: number;
  readonly number: number;
  readonly live: boolean;
  readonly checkpoint: string | undefined;
  /** Events folded into it so far. */
  readonly folded: number;
  /** Events that the view's live generation had folded when this one was handed out, 0 without one: where `folded` goes. */
  readonly target: number;
}

/** What one generation is given of a batch: opened events in log order, of the types that the view folds. */
export interface Share {
  readonly generation: Generation;
  readonly view: ViewDefinition;
  readonly events: readonly Recorded<DomainEvent>[];
}

/** The writing side, used by the projector only. */
export interface ViewWriter {
  /**
   * The generations to feed: a view's live one, and what is being built for it. For a view without a live generation of
   * this version a new one is begun, beside the live one of another version if there is one. Unfinished ones of this version
   * go on where they were. Declarations that changed count as another version.
   *
   * @throws RangeError for a view that is declared wrongly.
   */
  prepare(views: readonly ViewDefinition[]): Promise<readonly Generation[]>;
  /** A generation beside the live one, of the same version (a rebuild): new, or the one that was not finished. */
  begin(view: ViewDefinition): Promise<Generation>;
  /**
   * Folds opened events into one generation and moves its checkpoint to `position`, together. Events at or before the
   * checkpoint are skipped. When a fold throws, nothing of the batch is kept and the error is thrown on as `FoldFailed`.
   */
  apply(
    generation: Generation,
    view: ViewDefinition,
    events: readonly Recorded<DomainEvent>[],
    position: string,
  ): Promise<Generation>;
  /**
   * `apply` for several generations, all moved to `position`; embedded in one transaction, because a commit costs more than
   * the folds of a small batch. In the order of the shares: the generation as it is now, or why it was left as it was. A
   * fold that throws spoils no other share.
   */
  applyAll(shares: readonly Share[], position: string): Promise<readonly (Generation | FoldFailed)[]>;
  /**
   * Makes a generation that was filled ready to be searched, so that a swap takes no time: a large one is filled several
   * times as fast without its indexes, which are made here. Takes seconds for a million documents. Generations may be fed
   * meanwhile, this one too.
   */
  complete(generation: Generation): Promise<void>;
  /** Makes the generation the live one, completing it if need be; the old one is dropped some time later (`dropOld`). */
  swap(generation: Generation): Promise<void>;
  /** Drops a generation that is being built. */
  abandon(generation: Generation): Promise<void>;
  /** Drops the generations that were live once; their cursors end. */
  dropOld(): Promise<void>;
  /**
   * Leaves nothing of what was ever deleted or overwritten in files of ours, former generations included; rejects while a
   * reader is in the way. Absent where a server keeps the views: what stays in its journals is a matter of its settings.
   */
  scrub?(): Promise<void>;
  close(): Promise<void>;
}

/** A rebuild that somebody asked for, and how far it is. */
export interface RebuildRequest {
  readonly id: number;
  /** Undefined for all views. */
  readonly view: string | undefined;
  readonly state: 'requested' | 'running' | 'done' | 'failed';
  /** Events folded so far, and about how many there are to fold; 0 where that is not known. */
  readonly folded: number;
  readonly target: number;
  /** Why it failed. */
  readonly message: string | undefined;
}

/** Rebuilds asked for from elsewhere (another process); the projector looks about once a second. */
export interface RebuildRequests {
  add(view: string | undefined): Promise<RebuildRequest>;
  /** Those not finished, oldest first. */
  pending(): Promise<readonly RebuildRequest[]>;
  update(request: RebuildRequest): Promise<void>;
  /** One request; undefined where there is none of that id (any more). */
  find(id: number): Promise<RebuildRequest | undefined>;
}

export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
}

/** The views cannot be read now: a disk that fails or is full, a server that is away. Answered as 503. */
export class ViewsUnavailable extends Error {
  override readonly name = 'ViewsUnavailable';
}

/** The view is being built, and what serves meanwhile (nothing, or an older version) cannot answer this. It passes by itself. */
export class ViewNotReady extends Error {
  override readonly name = 'ViewNotReady';
}

export class FoldFailed extends Error {
  override readonly name = 'FoldFailed';
  /** Which event it was, without what it holds: this goes to logs. */
  readonly event: { readonly id: string; readonly type: string; readonly position: string };

  constructor(
    readonly view: string,
    { id, type, position }: FoldFailed['event'],
    cause: unknown,
  ) {
    super(`View ${view} cannot fold ${type} ${id}`, { cause });
    this.event = { id, type, position };
  }
}
