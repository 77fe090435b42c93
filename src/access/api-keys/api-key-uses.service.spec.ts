import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import type { Codec } from '../../platform/codec/codec.port.js';
import { Appender } from '../../platform/commands/appender.js';
import { StoreUnavailable } from '../../platform/event-store/event-store.port.js';
import type { Logger } from '../../platform/telemetry/logger.js';
import { ApiKeyUses } from './api-key-uses.service.js';

const ORGANISATION = '01990000-0000-7000-8000-00000000c0de';
const KEY = { id: '01990000-0000-7000-8000-000000000001', userId: '01990000-0000-7000-8000-000000000002' };
const OTHER = { ...KEY, id: '01990000-0000-7000-8000-000000000003' };

describe('the uses of API keys', () => {
  let store: MemoryEventStore;
  let now: number;
  let warned: object[];

  const node = (): ApiKeyUses => {
    const codec = { seal: (_: string, { data }: { data: object }) => Promise.resolve({ schemaVersion: 1, data }) };
    const clock = (): number => now;
    const logger = { warn: (what: object) => void warned.push(what) } as unknown as Logger;
    return new ApiKeyUses(new Appender(store, codec as unknown as Codec, clock), clock, logger);
  };

  beforeEach(() => {
    store = new MemoryEventStore();
    now = Date.parse('2026-03-01T09:00:00.000Z');
    warned = [];
  });

  it('are noted once an hour of the clock for each key, in a stream of its own', async () => {
    const uses = node();
    for (let i = 0; i < 5; i++) uses.note(ORGANISATION, KEY);
    uses.note(ORGANISATION, OTHER);
    await uses.onModuleDestroy();
    now += 60 * 60 * 1000 - 1;
    uses.note(ORGANISATION, KEY);
    await uses.onModuleDestroy();
    expect(store.events.map(({ stream }) => stream)).toEqual([
      `api-key-use-${ORGANISATION}/${KEY.id}`,
      `api-key-use-${ORGANISATION}/${OTHER.id}`,
    ]);
    expect(store.events[0]).toMatchObject({
      type: 'ApiKeyUsed',
      data: { keyId: KEY.id },
      metadata: { organisation: ORGANISATION, actor: { kind: 'api-key', id: KEY.id, onBehalfOf: KEY.userId } },
    });
    now += 1;
    uses.note(ORGANISATION, KEY);
    await uses.onModuleDestroy();
    expect(store.events).toHaveLength(3);
  });

  it('are one event whichever nodes saw them, and after a restart', async () => {
    for (const uses of [node(), node()]) {
      uses.note(ORGANISATION, KEY);
      await uses.onModuleDestroy();
    }
    expect(store.events).toHaveLength(1);
  });

  it('fail nothing where they cannot be written, and are tried again', async () => {
    const uses = node();
    store.beforeAppend = () => {
      throw new StoreUnavailable('away');
    };
    uses.note(ORGANISATION, KEY);
    await uses.onModuleDestroy();
    expect(warned).toHaveLength(1);
    store.beforeAppend = () => undefined;
    uses.note(ORGANISATION, KEY);
    await uses.onModuleDestroy();
    expect(store.events).toHaveLength(1);
  });
});
