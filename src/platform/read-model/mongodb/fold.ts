import type { DomainEvent, Recorded } from '../../../kernel/event.js';
import type { ViewDefinition } from '../../../kernel/view.js';
import { declarationOf } from '../declaration.js';
import { FoldFailed, type Share } from '../read-model.port.js';
import { distinct, wellFormed } from '../values.js';
import { type Change, type State, stateOf } from './documents.js';

/** An event with the documents that it touches, or what was thrown when they were asked for. */
type Keyed =
  { readonly event: Recorded<DomainEvent>; readonly keys: readonly string[] } | { readonly failed: FoldFailed };

/** The events of a share after its checkpoint, with their keys. */
export interface Touched {
  readonly events: readonly Keyed[];
  readonly keys: readonly string[];
}

export function touchedBy({ view, events }: Share, checkpoint: string | null): Touched {
  const keyed: Keyed[] = [];
  const all = new Set<string>();
  for (const event of events) {
    if (checkpoint !== null && event.position <= checkpoint) continue;
    try {
      const keys = distinct(view.keys(event).map(wellFormed));
      for (const key of keys) all.add(key);
      keyed.push({ event, keys });
    } catch (cause) {
      // What comes before it may fail first.
      keyed.push({ failed: new FoldFailed(view.name, event, cause) });
      break;
    }
  }
  return { events: keyed, keys: [...all] };
}

interface Entry {
  readonly stored: State | undefined;
  doc: object | null;
  /** The last event that changed the document; undefined while none did. */
  changedBy: Recorded<DomainEvent> | undefined;
}

/**
 * What the events make of the documents. A document carries the position that it reflects, and an event at or before that is
 * skipped: documents are written before the checkpoint moves, so after a crash in between, or where two nodes took
 * themselves for the leader, some have seen events that the checkpoint has not.
 *
 * @throws FoldFailed
 */
export function fold(
  view: ViewDefinition,
  { events }: Touched,
  stored: ReadonlyMap<string, State>,
  now: number,
): readonly Change[] {
  const entries = new Map<string, Entry>();
  for (const keyed of events) {
    if ('failed' in keyed) throw keyed.failed;
    const { event, keys } = keyed;
    for (const key of keys) {
      let entry = entries.get(key);
      if (entry === undefined) entries.set(key, (entry = entryOf(stored.get(key))));
      if (entry.stored !== undefined && event.position <= entry.stored.p) continue;
      const before = entry.doc;
      entry.doc = blaming(view, event, () => view.fold(before, event, key));
      if (entry.doc !== before) entry.changedBy = event;
    }
  }
  const declaration = declarationOf(view);
  const changes: Change[] = [];
  for (const [key, { stored: before, doc, changedBy }] of entries) {
    if (changedBy === undefined) continue;
    const { position } = changedBy;
    const state =
      doc === null ? { p: position, t: now } : blaming(view, changedBy, () => stateOf(declaration, doc, position));
    if (before !== undefined && before.d === state.d) continue;
    changes.push({ key, state, known: before !== undefined });
  }
  return changes;
}

const entryOf = (stored: State | undefined): Entry => ({
  stored,
  doc: stored?.d === undefined ? null : (JSON.parse(stored.d) as object),
  changedBy: undefined,
});

function blaming<T>(view: ViewDefinition, event: Recorded<DomainEvent>, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new FoldFailed(view.name, event, cause);
  }
}
