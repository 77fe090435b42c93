import { recordIdOf } from '../../kernel/decider.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { beginnings } from '../../kernel/words.js';
import { reachTokens } from '../../access/contract.js';
import { type JournalEvent, type JournalFields, ownFacts } from './journal.js';

export interface JournalDoc extends JournalFields {
  readonly organisation: string;
  readonly revision: number;
  readonly reversedBy: string | null;
  readonly createdBy: string;
  /** Position of the first event: newest first means by this. */
  readonly created: string;
  readonly reach: readonly string[];
  /** What it is searched by: its description. */
  readonly texts: readonly string[];
}

export const journalsView: ViewDefinition<JournalDoc, JournalEvent> = {
  name: 'journals',
  version: 1,
  events: ['JournalPosted', 'JournalReversed'],
  fields: { organisation: 'symbol', date: 'text', created: 'text', reach: 'texts', texts: 'texts' },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [['organisation', 'reach'], ['organisation', 'texts'], ['organisation']],
  keys: (event) => [recordIdOf(event.stream)],
  fold(doc, event) {
    const { revision } = event;
    if (event.type === 'JournalPosted') {
      return {
        ...event.data,
        organisation: event.metadata.organisation ?? '',
        revision,
        reversedBy: null,
        created: event.position,
        reach: reachTokens(ownFacts(event.data)),
        texts: beginnings(event.data.description),
      };
    }
    return doc && { ...doc, revision, reversedBy: event.data.reversalId };
  },
};
