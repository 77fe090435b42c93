import { asNew, type EventCatalogue } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf, type RecordFacts } from '../../kernel/decider.js';
import type { DomainEvent, PlainDate, Recorded } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';
import type { AccountKey } from '../ledger/entry.js';

/** What a journal is for; a reversal is for the same as what it reverses. */
export type JournalPurpose = 'journal' | 'opening-balances' | 'year-end';

/** Of one journal. */
export const MAX_LINES = 2000;

export interface JournalLine {
  readonly account: AccountKey;
  /** The account's code, which never changes. */
  readonly accountCode: string;
  /** Minor units, never 0: a debit is positive, a credit negative. */
  readonly amount: Minor;
  readonly description?: string;
}

/** What its lines book comes to nothing. */
export interface JournalFields {
  readonly date: PlainDate;
  readonly purpose: JournalPurpose;
  readonly currency: string;
  readonly lines: readonly JournalLine[];
  readonly description?: string;
  /** The journal that it reverses, and why. */
  readonly reverses?: string;
  readonly reason?: string;
}

export type JournalPosted = DomainEvent<'JournalPosted', JournalFields & { readonly createdBy: string }>;
/** The reversal is a journal of its own, posted because of this event. */
export type JournalReversed = DomainEvent<
  'JournalReversed',
  { readonly reversalId: string; readonly date: PlainDate; readonly reason: string; readonly description: string }
>;
export type JournalEvent = JournalPosted | JournalReversed;

/** Never edited, never deleted: the only thing that can become of a journal is that another one takes it back. */
export type Journal =
  | { readonly status: 'absent' }
  | {
      readonly status: 'posted' | 'reversed';
      readonly fields: JournalFields;
      readonly createdBy: string;
      readonly reversedBy?: string;
    };

/** What the journal is called; there are no numbers, whose gaps would tell of journals that one may not see. */
export const labelOf = ({ date, description }: Pick<JournalFields, 'date' | 'description'>): string =>
  `${date}${description === undefined ? '' : `: ${description}`}`;

const DEEDS: Readonly<Record<JournalPurpose, string>> = {
  journal: 'posted a journal',
  'opening-balances': 'posted opening balances as a journal',
  'year-end': 'closed the year by a journal',
};

const record = (event: Recorded<JournalEvent>) => ({ kind: 'journal', id: recordIdOf(event.stream) });

const events: EventCatalogue<JournalEvent> = {
  JournalPosted: {
    schemaVersion: 1,
    summary: ({ purpose, reverses }) =>
      reverses === undefined ? DEEDS[purpose] : 'posted the reversal of another as a journal',
    changes: ({ createdBy: _, purpose: __, currency: ___, lines, ...fields }) => [
      ...asNew(fields),
      ...lines.map(({ accountCode, amount, description }, index) => ({
        field: `lines.${index + 1}`,
        from: null,
        to: { accountCode, amount, ...(description === undefined ? {} : { description }) },
      })),
    ],
    record,
  },
  JournalReversed: {
    schemaVersion: 1,
    summary: () => 'reversed a journal',
    changes: ({ description: _, ...fields }) => asNew(fields),
    record,
  },
};

/** Without what it asks for besides, which is a matter of the accounts: see `JournalFacts`. */
export const ownFacts = ({ createdBy }: { readonly createdBy: string }): RecordFacts => ({ createdBy });

export const journals: Aggregate<Journal, JournalEvent> = {
  name: 'journal',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => ({ status: 'absent' }),
  evolve,
  exists: ({ status }) => status !== 'absent',
  facts: (state) => (state.status === 'absent' ? {} : ownFacts(state)),
};

function evolve(state: Journal, event: Recorded<JournalEvent>): Journal {
  if (event.type === 'JournalPosted') {
    const { createdBy, ...fields } = event.data;
    return { status: 'posted', fields, createdBy };
  }
  if (state.status === 'absent') return state;
  return { ...state, status: 'reversed', reversedBy: event.data.reversalId };
}
