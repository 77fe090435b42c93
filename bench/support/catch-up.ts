/** Views, a log of them in memory, and the projector over it, for what is compared with the driver's own writes. */
import { once } from 'node:events';
import type { DomainEvent, Recorded } from '../../src/kernel/event.js';
import type { ViewDefinition } from '../../src/kernel/view.js';
import type { Batch } from '../../src/platform/event-store/event-store.port.js';
import { runProjector } from '../../src/platform/projector/projector.js';
import type { ViewWriter } from '../../src/platform/read-model/read-model.port.js';

export const BATCH = 1000;
/** Each record gets this many events, one after the other. */
export const PER_RECORD = 4;

type ChangedEvent = DomainEvent<'RecordChanged', { id: string; total: number; words: string[]; lines: object[] }>;

/** A document for every event, found by one organisation and one other field. */
const trail: ViewDefinition<object, ChangedEvent> = {
  name: 'trail',
  version: 1,
  events: 'all',
  fields: { organisation: 'text', position: 'text', person: 'text', record: 'text', type: 'text', outcome: 'text' },
  sorts: { newest: { field: 'position', direction: 'desc' } },
  indexes: [
    ['organisation'],
    ['organisation', 'person'],
    ['organisation', 'record'],
    ['organisation', 'type'],
    ['organisation', 'outcome'],
  ],
  keys: ({ id }) => [id],
  fold: (_, { type, position, data, metadata }) => ({
    organisation: metadata.organisation,
    position,
    type,
    person: metadata.actor.id,
    record: data.id,
    outcome: 'accepted',
    command: metadata.command,
    correlationId: metadata.correlationId,
  }),
};

/** A document for every record, with words to search by. */
export const records: ViewDefinition<{ readonly changes: number }, ChangedEvent> = {
  name: 'records',
  version: 1,
  events: ['RecordChanged'],
  fields: { organisation: 'text', created: 'text', words: 'texts' },
  sorts: { newest: { field: 'created', direction: 'desc' } },
  indexes: [['organisation', 'words'], ['organisation']],
  keys: ({ data }) => [data.id],
  fold: (doc, { data, metadata, recordedAt }) => ({
    created: recordedAt,
    ...doc,
    organisation: metadata.organisation,
    ...data,
    changes: (doc?.changes ?? 0) + 1,
  }),
};

export const views: readonly ViewDefinition[] = [trail, records];

/** From `-PER_RECORD` on. */
export const eventAt = (n: number): Recorded<DomainEvent> => ({
  id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
  type: 'RecordChanged',
  stream: `record-org/${Math.floor(n / PER_RECORD)}`,
  revision: Math.abs(n % PER_RECORD),
  position: String(n + PER_RECORD).padStart(16, '0'),
  recordedAt: '2026-03-01T09:30:00.000Z',
  schemaVersion: 1,
  data: {
    id: `record-${Math.floor(n / PER_RECORD)}`,
    total: n,
    words: ['alpha', 'beta', `word${n % 100}`],
    lines: [1, 2, 3].map((line) => ({
      line,
      description: 'WHITE HANGING HEART T-LIGHT HOLDER',
      quantity: 6,
      net: 1530,
    })),
  },
  metadata: {
    organisation: 'org',
    actor: { kind: 'user', id: `person-${n % 50}` },
    command: 'ChangeRecord',
    correlationId: `correlation-${n}`,
    requestId: `request-${n}`,
  },
});

async function* inBatches(events: readonly Recorded<DomainEvent>[], size: number): AsyncGenerator<Batch> {
  for (let from = 0; from < events.length; from += size) {
    const batch = events.slice(from, from + size);
    yield { events: batch, position: batch.at(-1)!.position, caughtUp: from + size >= events.length };
  }
}

/** Seconds until readers see all of the events, which are handed to the projector in batches of a size. Closes the writer. */
export async function project(
  writer: ViewWriter,
  events: readonly Recorded<DomainEvent>[],
  size: number,
): Promise<number> {
  const abort = new AbortController();
  const last = events.at(-1)!.position;
  const seen = new Set<string>();
  const see = (view: string, position: string | undefined): void => {
    if (position === last) seen.add(view);
    if (seen.size === views.length) abort.abort();
  };
  const begun = performance.now();
  try {
    await runProjector({
      reader: {
        head: async () => last,
        readAll: () => inBatches([], size),
        subscribeToAll: async function* ({ after, signal }) {
          yield* inBatches(after === undefined ? events : events.filter(({ position }) => position > after), size);
          if (!signal.aborted) await once(signal, 'abort');
        },
      },
      writer,
      codec: { open: async (stored) => stored },
      views,
      signal: abort.signal,
      report: (report) => {
        if (report.kind === 'moved') for (const view of report.views) see(view, report.position);
        if (report.kind === 'status') see(report.view, report.status.checkpoint);
      },
    });
    return (performance.now() - begun) / 1000;
  } finally {
    await writer.close();
  }
}

/** All documents of a view after the events. */
export function documentsOf(view: ViewDefinition, events: readonly Recorded<DomainEvent>[]): Map<string, object> {
  const documents = new Map<string, object>();
  for (const event of events) {
    for (const key of view.keys(event)) documents.set(key, view.fold(documents.get(key) ?? null, event, key)!);
  }
  return documents;
}
