import { recordIdOf } from '../../kernel/decider.js';
import { personOf } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { ImportCounts, ImportEvent, RowError } from './import.js';

export interface ImportDocument extends ImportCounts {
  readonly id: string;
  readonly organisation: string;
  readonly createdBy: string;
  readonly revision: number;
  readonly status: 'running' | 'done' | 'failed';
  readonly reason: string | null;
  readonly errors: readonly RowError[];
}

const NOTHING_YET: ImportCounts = {
  rowsRead: 0,
  rowsRejected: 0,
  invoices: 0,
  creditNotes: 0,
  customers: 0,
  products: 0,
  total: 0,
};

/** Imports, keyed by `<organisation>/<id>`; also the list of those to go on with after a crash. */
export const importsView: ViewDefinition<ImportDocument, ImportEvent> = {
  name: 'imports',
  version: 1,
  events: ['ImportAccepted', 'ImportProgressed', 'ImportFinished', 'ImportFailed'],
  fields: { organisation: 'text', status: 'text', id: 'text' },
  sorts: { oldest: { field: 'id', direction: 'asc' } },
  indexes: [['status'], ['organisation']],
  keys: (event) => [importKey(event.metadata.organisation ?? '', recordIdOf(event.stream))],
  fold(document, event) {
    const { revision } = event;
    if (event.type === 'ImportAccepted') {
      const { actor, organisation = '' } = event.metadata;
      return {
        id: recordIdOf(event.stream),
        organisation,
        createdBy: personOf(actor) ?? '',
        revision,
        status: 'running',
        reason: null,
        ...NOTHING_YET,
        errors: [],
      };
    }
    if (document === null) return null;
    switch (event.type) {
      case 'ImportProgressed':
        return { ...document, ...event.data.counts, revision };
      case 'ImportFinished':
        return { ...document, ...event.data.counts, errors: event.data.errors, status: 'done', revision };
      case 'ImportFailed':
        return {
          ...document,
          ...event.data.counts,
          errors: event.data.errors,
          reason: event.data.reason,
          status: 'failed',
          revision,
        };
    }
  },
};

export const importKey = (organisation: string, id: string): string => `${organisation}/${id}`;
