import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { streamOf } from '../../kernel/decider.js';
import type { DomainEvent, Metadata, Recorded } from '../../kernel/event.js';
import type { Codec } from '../../platform/codec/codec.port.js';
import { Appender } from '../../platform/commands/appender.js';
import { Consequences } from '../../platform/commands/consequences.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import type { StoredEvent } from '../../platform/event-store/event-store.port.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import type { Logger } from '../../platform/telemetry/logger.js';
import { invoices } from '../invoices/invoice.js';
import { Sweeps } from '../numbering/sweep.service.js';
import { Conversions, invoiceOf } from './conversions.service.js';
import { type EstimateEvent, estimates } from './estimate.js';
import { openConversionsView } from './open-conversions.view.js';

const ORG = '0190aaaa-0000-7000-8000-000000000001';
const NOW = Date.UTC(2026, 2, 1);
const INVOICE = invoiceOf(ORG, 'e1');
const metadata: Metadata = {
  organisation: ORG,
  actor: { kind: 'user', id: 'sam' },
  command: 'ConvertEstimate',
  correlationId: 'c',
  requestId: 'r',
};
/** Nothing in these events is personal. */
const codec = {
  seal: async (_: string, { data }: DomainEvent) => ({ schemaVersion: 1, data }),
  open: async (events: readonly StoredEvent[]) => events as unknown as readonly Recorded[],
  openWithoutPersonal: (event: StoredEvent) => event as unknown as Recorded,
} as unknown as Codec;

const line = { description: 'Portraits', quantity: '2', unitPrice: '5', vatRate: 2000, net: 1000, vat: 200 };
const content = { customerId: 'c1', date: '2026-02-15', currency: 'GBP', lines: [line] };
const events: readonly EstimateEvent[] = [
  { type: 'EstimateCreated', data: { ...content, net: 1000, vat: 200, total: 1200, createdBy: 'ann' } },
  { type: 'EstimateConverted', data: { invoiceId: INVOICE, date: '2026-03-01', dueDate: '2026-03-31' } },
];

describe('the invoice that an estimate has become', () => {
  let store: MemoryEventStore;
  let conversions: Conversions;
  const made = () => store.of(streamOf(invoices, ORG, INVOICE));

  /** What the view of open conversions would hold. */
  const open = (): { key: string; doc: object }[] => {
    const docs = new Map<string, object | null>();
    for (const event of store.events as unknown as Parameters<typeof openConversionsView.keys>[0][]) {
      if (!openConversionsView.events.includes(event.type)) continue;
      for (const key of openConversionsView.keys(event)) docs.set(key, openConversionsView.fold(null, event, key));
    }
    return [...docs].flatMap(([key, doc]) => (doc === null ? [] : [{ key, doc }]));
  };

  beforeEach(async () => {
    store = new MemoryEventStore();
    for (const [revision, { type, data }] of events.entries()) {
      const event = { id: `e${revision}`, type, schemaVersion: 1, data, metadata };
      await store.append(streamOf(estimates, ORG, 'e1'), revision === 0 ? 'no-stream' : revision - 1, [event]);
    }
    const states = new StateCache(store, codec);
    const clock = () => NOW;
    const model = { find: async () => ({ value: { items: open(), next: null } }) } as unknown as ReadModel;
    const log = { warn: (...told: unknown[]) => expect(told).toEqual([]) } as unknown as Logger;
    const sweeps = new Sweeps(store, model, { waitFor: async () => true }, clock, log);
    conversions = new Conversions(sweeps, states, new Consequences(states, new Appender(store, codec, clock), clock));
  });

  it('is made by whoever comes after a process that ended in between, in the name of who converted it', async () => {
    expect(made()).toEqual([]);
    await conversions.sweep.complete('2026-03-02T00:00:00.000Z');
    expect(made()).toMatchObject([
      {
        type: 'InvoiceCreated',
        data: { customerId: 'c1', date: '2026-03-01', dueDate: '2026-03-31', total: 1200, createdBy: 'sam' },
        metadata: {
          actor: { kind: 'system', onBehalfOf: 'sam' },
          command: 'ConvertEstimate',
          causationId: 'e1',
          correlationId: 'c',
        },
      },
    ]);
    expect(open()).toEqual([]);
  });

  it('is one, however many make it', async () => {
    await Promise.all([
      conversions.sweep.complete('2026-03-02T00:00:00.000Z'),
      conversions.finish(ORG, 'e1', metadata),
      conversions.finish(ORG, 'e1', metadata),
    ]);
    const { state, revision } = await conversions.finish(ORG, 'e1', metadata);
    expect({ status: state.status, revision }).toEqual({ status: 'draft', revision: 0 });
    expect(made()).toHaveLength(1);
  });

  it('is of no estimate that is not converted', async () => {
    await expect(conversions.finish(ORG, 'e2', metadata)).rejects.toThrow(/not converted/);
  });
});
