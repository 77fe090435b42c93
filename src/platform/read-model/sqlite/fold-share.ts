import type { DomainEvent, Recorded } from '../../../kernel/event.js';
import { FoldFailed, type Share } from '../read-model.port.js';
import { distinct, wellFormed } from '../values.js';
import type { DocumentTable, StoredDocument } from './document-table.js';
import type { DocumentRow } from './stored-form.js';

/** Documents of a share that are to be written. */
export interface FoldedShare {
  /** How many events were folded. */
  readonly events: number;
  write(): void;
}

interface Entry {
  readonly stored: StoredDocument | undefined;
  doc: object | null;
  /** The last event that changed the document; undefined while none did. */
  changedBy: Recorded<DomainEvent> | undefined;
}

/**
 * Folds the events of a share after `checkpoint`. Each document is read once and written once, however often the share
 * touches it.
 *
 * Everything of a view that may throw happens here, before the first row is written: a view that throws leaves nothing
 * behind and needs no savepoint. Errors of the database are thrown as they are, never as the view's.
 *
 * @throws FoldFailed
 */
export function foldShare(table: DocumentTable, { view, events }: Share, checkpoint: string | null): FoldedShare {
  const entries = new Map<string, Entry>();
  let folded = 0;
  for (const event of events) {
    if (checkpoint !== null && event.position <= checkpoint) continue;
    folded += 1;
    for (const key of blaming(view.name, event, () => distinct(view.keys(event).map(wellFormed)))) {
      let entry = entries.get(key);
      if (entry === undefined) entries.set(key, (entry = view.madeOnce === true ? unmade() : load(table, key)));
      const before = entry.doc;
      entry.doc = blaming(view.name, event, () => view.fold(before, event, key));
      if (entry.doc !== before) entry.changedBy = event;
    }
  }
  const rows: [string, StoredDocument | undefined, DocumentRow | null][] = [];
  for (const [key, { stored, doc, changedBy }] of entries) {
    if (changedBy === undefined) continue;
    rows.push([key, stored, doc === null ? null : blaming(view.name, changedBy, () => table.rowOf(doc))]);
  }
  return {
    events: folded,
    write: () => {
      for (const [key, stored, row] of rows) table.put(key, stored, row);
    },
  };
}

function load(table: DocumentTable, key: string): Entry {
  const stored = table.get(key);
  return { stored, doc: stored?.doc ?? null, changedBy: undefined };
}

const unmade = (): Entry => ({ stored: undefined, doc: null, changedBy: undefined });

function blaming<T>(view: string, event: Recorded<DomainEvent>, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new FoldFailed(view, event, cause);
  }
}
