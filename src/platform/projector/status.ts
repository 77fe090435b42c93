import type { FoldFailed, RebuildRequest } from '../read-model/read-model.port.js';

/**
 * - `catching-up`: on the way to the end of the log for the first time since the start; a new view cannot be read yet.
 * - `live`: follows the log.
 * - `rebuilding`: a new generation is being built beside the live one, which follows the log if it is of this version.
 * - `stopped`: the view could not take an event; it is tried again at the next start.
 * - `restarting`: the projector's thread died and is being started again.
 */
export type ViewState = 'catching-up' | 'live' | 'rebuilding' | 'stopped' | 'restarting';

export interface ViewStatus {
  readonly state: ViewState;
  /** What the documents that readers see reflect. */
  readonly checkpoint: string | undefined;
  /** From 0 to 1, for `rebuilding`, where it is known how much there is. */
  readonly progress?: number;
  /** Why the view stopped, or why its last rebuild failed. Names the event, holds none of its data. */
  readonly error?: string;
  /** The event that could not be taken. */
  readonly event?: FoldFailed['event'];
}

/** Whether readers are answered: a view that is built for the first time, or for a new version, cannot be read yet. */
export const isReadable = ({ state, checkpoint }: ViewStatus): boolean =>
  state === 'live' || (checkpoint !== undefined && (state === 'catching-up' || state === 'rebuilding'));

/** What the projector tells while it runs; plain data, it crosses threads. */
export type ProjectorReport =
  | { readonly kind: 'status'; readonly view: string; readonly status: ViewStatus }
  /** Documents of these views, committed and seen by readers, now reflect everything up to `position`. */
  | { readonly kind: 'moved'; readonly views: readonly string[]; readonly position: string }
  /** Every view has been reported once. */
  | { readonly kind: 'prepared' }
  | { readonly kind: 'rebuild'; readonly request: RebuildRequest };

/** The state of every view, reported as it changes. */
export class StatusBoard {
  private readonly statuses = new Map<string, ViewStatus>();

  constructor(private readonly report: (report: ProjectorReport) => void) {}

  set(view: string, status: ViewStatus): void {
    this.statuses.set(view, status);
    this.report({ kind: 'status', view, status });
  }

  get(view: string): ViewStatus {
    return this.statuses.get(view) ?? { state: 'catching-up', checkpoint: undefined };
  }

  /** Another state, with the checkpoint as it is; error and progress of the former state go. */
  enter(view: string, state: ViewState, more: Pick<ViewStatus, 'progress' | 'error' | 'event'> = {}): void {
    this.set(view, { state, checkpoint: this.get(view).checkpoint, ...more });
  }

  moved(views: readonly string[], position: string): void {
    if (views.length === 0) return;
    for (const view of views) this.statuses.set(view, { ...this.get(view), checkpoint: position });
    this.report({ kind: 'moved', views, position });
  }
}

/** Errors of the language quote values (`Cannot use 'in' operator to search for 'to' in Jane`), which may be personal. */
const QUOTING: ReadonlySet<string> = new Set(['TypeError', 'RangeError', 'SyntaxError', 'URIError']);

/**
 * What went wrong, for a status and a log line: behind the view's and the event's names the cause's own words, or, where
 * those may hold data of the event, the place.
 */
export function describeFailure(failed: FoldFailed): string {
  const { cause } = failed;
  if (!(cause instanceof Error)) return failed.message;
  const words = QUOTING.has(cause.name) ? placeOf(cause) : cause.message;
  return `${failed.message}: ${cause.name}: ${words}`;
}

const placeOf = ({ stack = '' }: Error): string => /^ {4}(at .+)$/m.exec(stack)?.[1] ?? 'somewhere';
