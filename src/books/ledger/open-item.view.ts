import { recordIdOf } from '../../kernel/decider.js';
import type { Instant, PlainDate, Recorded } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { plus } from './amount.js';
import type { OpenItemChange } from './entry.js';
import { kindOf } from './ledger-entry.view.js';
import { entryOf, POSTING_TYPES } from './rules.js';

/** How what is owed with a document changed. */
export interface Movement {
  /** The day in the books. */
  readonly date: PlainDate;
  readonly position: string;
  readonly recordedAt: Instant;
  readonly type: string;
  /** More is owed by this. */
  readonly amount: Minor;
}

/** What is owed with one document, and what became of it. Keyed by the document's id. */
export interface OpenItemDoc {
  readonly organisation: string;
  readonly ledger: OpenItemChange['ledger'];
  /** The customer or supplier. */
  readonly party: string;
  /** `invoice`: the kind of record that it is; none where all that is known is what came off it. */
  readonly kind?: string;
  readonly dueDate?: PlainDate;
  readonly movements: readonly Movement[];
  /** What all movements come to; `BEYOND` where no number holds it. */
  readonly balance: Minor;
  /** Up to this day something may be open: before its last movement, or for ever. */
  readonly openTo: PlainDate;
}

const FOR_EVER: PlainDate = '9999-12-31';

export const openItemsView: ViewDefinition<OpenItemDoc> = {
  name: 'open-items',
  version: 1,
  events: POSTING_TYPES,
  fields: { organisation: 'symbol', ledger: 'text', party: 'text', openTo: 'text' },
  sorts: { byEnd: { field: 'openTo', direction: 'asc' } },
  indexes: [
    ['organisation', 'party'],
    ['organisation', 'ledger'],
  ],
  keys: (event) => [...new Set(entryOf(event)?.openItems?.map(({ documentId }) => documentId))],
  fold(doc, event, key) {
    const changes = entryOf(event)?.openItems?.filter(({ documentId }) => documentId === key) ?? [];
    return changes.reduce<OpenItemDoc | null>((before, change) => moved(before, event, change), doc);
  },
};

function moved(doc: OpenItemDoc | null, event: Recorded, change: OpenItemChange): OpenItemDoc {
  const { stream, position, recordedAt, type, metadata } = event;
  const { ledger, partyId, documentId, dueDate = doc?.dueDate, amount } = change;
  const organisation = metadata.organisation ?? '';
  const isOwn = recordIdOf(stream) === documentId;
  const kind = doc?.kind ?? (isOwn ? kindOf(stream, organisation) : undefined);
  const movement = { date: entryOf(event)!.date, position, recordedAt, type, amount };
  const movements = [...(doc?.movements ?? []), movement];
  const balance = plus(doc?.balance ?? 0, amount);
  return {
    organisation,
    ledger,
    party: partyId,
    ...(kind === undefined ? {} : { kind }),
    ...(dueDate === undefined ? {} : { dueDate }),
    movements,
    balance,
    openTo: balance === 0 ? movements.reduce((last, { date }) => (date > last ? date : last), '') : FOR_EVER,
  };
}
