import { recordIdOf } from '../../kernel/decider.js';
import { personOf } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import {
  type ImportCounts,
  type ImportEvent,
  type ImportKind,
  NO_DOCUMENTS,
  NO_RECORDS,
  type RowError,
} from './import.js';

/** As it is answered; the counts are those of its kind. */
export interface ImportDocument {
  readonly id: string;
  readonly kind: ImportKind;
  readonly organisation: string;
  readonly createdBy: string;
  readonly revision: number;
  readonly status: 'running' | 'done' | 'failed';
  readonly reason: string | null;
  readonly counts: ImportCounts;
  readonly errors: readonly RowError[];
}

/** Imports, keyed by `<organisation>/<id>`; also the list of those to go on with after a crash. */
export const importsView: ViewDefinition<ImportDocument, ImportEvent> = {
  name: 'imports',
  version: 2,
  events: ['ImportAccepted', 'ImportProgressed', 'ImportFinished', 'ImportFailed'],
  fields: { organisation: 'symbol', status: 'text', id: 'text' },
  sorts: { oldest: { field: 'id', direction: 'asc' } },
  indexes: [['status'], ['organisation']],
  keys: (event) => [importKey(event.metadata.organisation ?? '', recordIdOf(event.stream))],
  fold(document, event) {
    const { revision } = event;
    if (event.type === 'ImportAccepted') {
      const { actor, organisation = '' } = event.metadata;
      return {
        id: recordIdOf(event.stream),
        kind: event.data.kind,
        organisation,
        createdBy: personOf(actor) ?? '',
        revision,
        status: 'running',
        reason: null,
        counts: event.data.kind === 'invoices' ? NO_DOCUMENTS : NO_RECORDS,
        errors: [],
      };
    }
    if (document === null) return null;
    switch (event.type) {
      case 'ImportProgressed':
        return { ...document, counts: event.data.counts, revision };
      case 'ImportFinished':
        return { ...document, counts: event.data.counts, errors: event.data.errors, status: 'done', revision };
      case 'ImportFailed': {
        const { counts, errors, reason } = event.data;
        return { ...document, counts, errors, reason, status: 'failed', revision };
      }
    }
  },
};

/** As its GET answers it. */
export function answerOf({ organisation: _, createdBy: __, counts, errors, ...doc }: ImportDocument) {
  return { ...doc, ...counts, errors };
}

export const importKey = (organisation: string, id: string): string => `${organisation}/${id}`;
