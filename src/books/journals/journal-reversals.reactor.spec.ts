import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { streamOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { EventCodec } from '../../platform/codec/event-codec.js';
import { Appender } from '../../platform/commands/appender.js';
import { Consequences } from '../../platform/commands/consequences.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import type { Reactors } from '../../platform/reactor/reactors.js';
import type { Vault } from '../../platform/vault/vault.port.js';
import { type JournalEvent, journals } from './journal.js';
import { JournalReversals } from './journal-reversals.reactor.js';

const ORG = '01990000-0000-7000-8000-00000000000a';
const [JOURNAL, REVERSAL] = ['j-1', 'r-1'];
const lines = [
  { account: '7100', accountCode: '7100', amount: 500 },
  { account: 'bank:b1', accountCode: '1200', amount: -500 },
];

describe('the reversal of a journal', () => {
  let store: MemoryEventStore;
  let cause: Recorded;
  /** One application instance. */
  const node = (): JournalReversals => {
    const codec = new EventCodec({} as Vault, [journals.events]);
    const states = new StateCache(store, codec);
    const clock = (): number => Date.UTC(2026, 3, 1);
    const consequences = new Consequences(states, new Appender(store, codec, clock), clock);
    return new JournalReversals(states, consequences, { register: () => undefined } as unknown as Reactors);
  };
  const append = async (events: readonly JournalEvent[]): Promise<void> => {
    const metadata = {
      organisation: ORG,
      actor: { kind: 'user', id: 'ann' },
      command: 'Spec',
      correlationId: 'c',
      requestId: 'r',
    } as const;
    const appended = events.map(({ type, data }, index) => ({
      id: `e-${index}`,
      type,
      schemaVersion: 1,
      data,
      metadata,
    }));
    await store.append(streamOf(journals, ORG, JOURNAL), 'no-stream', appended);
  };
  const reversals = () => store.of(streamOf(journals, ORG, REVERSAL));

  beforeEach(async () => {
    store = new MemoryEventStore();
    await append([
      {
        type: 'JournalPosted',
        data: { createdBy: 'ann', date: '2026-03-31', purpose: 'journal', currency: 'GBP', lines },
      },
      {
        type: 'JournalReversed',
        data: { reversalId: REVERSAL, date: '2026-04-01', reason: 'Twice', description: 'Reversal' },
      },
    ]);
    cause = store.events.at(-1) as unknown as Recorded;
  });

  it('is posted where the command stopped short of it, in the name of the person', async () => {
    await node().handle(cause);
    expect(reversals()).toMatchObject([
      {
        type: 'JournalPosted',
        data: {
          date: '2026-04-01',
          reverses: JOURNAL,
          reason: 'Twice',
          createdBy: 'ann',
          lines: [{ amount: -500 }, {}],
        },
        metadata: { actor: { kind: 'system', onBehalfOf: 'ann' }, causationId: cause.id, command: 'PostReversal' },
      },
    ]);
  });

  it('is posted once, whoever comes to it, and how often', async () => {
    const [one, other] = [node(), node()];
    await Promise.all([one.handle(cause), other.handle(cause), one.handle(cause)]);
    await node().handle(cause);
    expect(reversals()).toHaveLength(1);
  });
});
