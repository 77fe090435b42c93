import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  counterAggregate,
  counterEvents,
  type CounterEvent,
  type CounterState,
  openCounter,
  raise,
} from '../support/counter.js';
import { type RecordFacts, streamOf } from '../../src/kernel/decider.js';
import { EventCodec } from '../../src/platform/codec/event-codec.js';
import {
  type Appended,
  type EventStore,
  OutcomeUnknown,
  StoreUnavailable,
} from '../../src/platform/event-store/event-store.port.js';
import { openSqliteEventStore } from '../../src/platform/event-store/sqlite/sqlite-event-store.js';
import { openSqliteVault } from '../../src/platform/vault/sqlite/sqlite-vault.js';
import type { Vault } from '../../src/platform/vault/vault.port.js';
import { Appender } from '../../src/platform/commands/appender.js';
import { DomainCommand } from '../../src/platform/commands/command.js';
import { Idempotency } from '../../src/platform/commands/idempotency.js';
import { CommandPipeline, type Step } from '../../src/platform/commands/pipeline.js';
import type { CommandAnswer, RequestContext, Verdict } from '../../src/platform/commands/principal.js';
import { StateCache } from '../../src/platform/commands/state-cache.js';

class OpenCounter extends DomainCommand {
  readonly name = 'OpenCounter';
}

class RaiseCounter extends DomainCommand {
  readonly name = 'RaiseCounter';
}

describe('the command pipeline', () => {
  let folder: string;
  let store: EventStore;
  let vault: Vault;
  let pipeline: CommandPipeline;
  let allow: (facts?: RecordFacts) => Verdict;
  let refusals: string[];
  let beforeAppend: () => Promise<void>;
  let afterAppend: () => void;
  const now = Date.UTC(2026, 2, 1);
  const organisation = randomUUID();

  const context = (extra: Partial<RequestContext> = {}): RequestContext => ({
    principal: { userId: 'u1', session: 's1' },
    organisation,
    permission: 'counters:raise',
    route: 'POST /counters',
    requestId: randomUUID(),
    correlationId: 'c1',
    source: { ip: '192.0.2.7', userAgent: 'test' },
    ...extra,
  });

  const allowed: Verdict = {
    allowed: true,
    reach: { tokens: 'all' },
    authority: {
      permission: 'counters:raise',
      role: 'sales',
      scope: 'all',
      grantEventId: 'g1',
      grantedBy: 'u0',
      access: { organisation: 3, account: 1 },
    },
  };

  const open = (extra: Partial<RequestContext> = {}, label = 'apples'): Promise<CommandAnswer> =>
    pipeline.create(counterAggregate, new OpenCounter(context(extra)), { decide: openCounter(label) });

  const raiseBy = (
    id: string,
    by: number,
    extra: Partial<RequestContext> = {},
    step: Partial<Step<CounterState, CounterEvent>> = {},
  ): Promise<CommandAnswer> =>
    pipeline.change(counterAggregate, new RaiseCounter(context({ route: 'POST /raise', ...extra })), id, {
      decide: raise(by),
      ...step,
    });

  const eventsOf = async (id: string): Promise<{ type: string; metadata: object; data: object }[]> => {
    const events = [];
    for await (const event of store.readStream(streamOf(counterAggregate, organisation, id))) events.push(event);
    return events;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pipeline-'));
    store = await openSqliteEventStore({ folder, clock: () => now });
    vault = await openSqliteVault({ folder, masterKey: new Uint8Array(32).fill(7) });
    allow = () => allowed;
    refusals = [];
    beforeAppend = () => Promise.resolve();
    afterAppend = () => undefined;
    const codec = new EventCodec(vault, [counterEvents]);
    const faulty: EventStore = Object.assign(Object.create(store) as EventStore, {
      append: async (...args: Parameters<EventStore['append']>): Promise<Appended> => {
        await beforeAppend();
        const appended = await store.append(...args);
        afterAppend();
        return appended;
      },
    });
    const states = new StateCache(store, codec);
    pipeline = new CommandPipeline(
      states,
      new Appender(faulty, codec, () => now),
      { authorise: (_, __, ___, facts) => Promise.resolve(allow(facts)) },
      {
        refused: (_, because) => Promise.resolve(void refusals.push(because)),
        read: () => Promise.resolve(),
      },
      new Idempotency(await vault.secret('idempotency')),
      () => now,
    );
  });

  afterEach(async () => {
    await store.close();
    await vault.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('acknowledges an event that stands in the log with complete evidence', async () => {
    const answer = await open();
    expect(answer).toMatchObject({ revision: 0, created: true });
    const [event] = await eventsOf(answer.id);
    expect(event).toMatchObject({
      type: 'CounterOpened',
      metadata: {
        organisation,
        actor: { kind: 'user', id: 'u1', session: 's1' },
        command: 'OpenCounter',
        correlationId: 'c1',
        authority: { permission: 'counters:raise', role: 'sales', grantEventId: 'g1', grantedBy: 'u0' },
      },
    });
    expect(JSON.stringify(event)).not.toContain('apples');
    expect(JSON.stringify(event)).not.toContain('192.0.2.7');
  });

  it('answers 200 with what is when nothing changes', async () => {
    const { id } = await open();
    expect(await raiseBy(id, 0)).toMatchObject({ id, revision: 0, created: false });
    expect(await eventsOf(id)).toHaveLength(1);
  });

  it('refuses by a rule of the record', async () => {
    const { id } = await open();
    await expect(raiseBy(id, 11)).rejects.toMatchObject({ code: 'conflict', details: { rule: 'over-ten' } });
  });

  it('knows no record that is not there', async () => {
    await expect(raiseBy(randomUUID(), 1)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('hides a record outside the scope, and records the refusal', async () => {
    const { id } = await open();
    allow = () => ({ allowed: false, because: 'record' });
    await expect(raiseBy(id, 1)).rejects.toMatchObject({ code: 'not-found' });
    expect(refusals).toEqual(['record']);
  });

  it('refuses a closed area before the pinned revision and the rules are looked at', async () => {
    const { id } = await open();
    allow = () => ({ allowed: false, because: 'area' });
    await expect(raiseBy(id, 11, { ifMatch: 9 })).rejects.toMatchObject({
      code: 'permission-denied',
      details: { permission: 'counters:raise' },
    });
  });

  it('authorises both ends of a move', async () => {
    const { id } = await open();
    const asked: unknown[] = [];
    allow = (facts) => {
      asked.push(facts?.projectId);
      return facts?.projectId === 'there' ? { allowed: false, because: 'record' } : allowed;
    };
    await expect(raiseBy(id, 1, {}, { factsAfter: () => ({ projectId: 'there' }) })).rejects.toMatchObject({
      code: 'not-found',
    });
    expect(asked).toEqual(['there']);
    expect(refusals).toEqual(['record']);
    await raiseBy(id, 1, {}, { factsAfter: () => ({ projectId: 'here' }) });
    expect(asked).toEqual(['there', 'here', undefined]);
  });

  it('asks for the pinned revision', async () => {
    const { id } = await open();
    await expect(raiseBy(id, 1, { ifMatch: 1 })).rejects.toMatchObject({ code: 'precondition-failed' });
    expect(await raiseBy(id, 1, { ifMatch: 0 })).toMatchObject({ revision: 1 });
  });

  it('loses no update of racing commands', async () => {
    const { id } = await open();
    const answers = await Promise.all(Array.from({ length: 10 }, () => raiseBy(id, 1)));
    expect(answers.map(({ revision }) => revision).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await expect(raiseBy(id, 1)).rejects.toMatchObject({ details: { rule: 'over-ten' } });
  });

  it('authorises again after a lost race', async () => {
    const { id } = await open();
    beforeAppend = async () => {
      beforeAppend = () => Promise.resolve();
      await raiseBy(id, 1);
      allow = () => ({ allowed: false, because: 'area' });
    };
    await expect(raiseBy(id, 1)).rejects.toMatchObject({ code: 'permission-denied' });
    expect(await eventsOf(id)).toHaveLength(2);
  });

  it('decides again when the record moved while the command was prepared', async () => {
    const { id } = await open();
    let prepared = 0;
    const answer = await raiseBy(
      id,
      1,
      {},
      {
        prepare: async () => {
          prepared += 1;
          if (prepared === 1) await raiseBy(id, 5);
        },
      },
    );
    expect(prepared).toBe(2);
    expect(answer.revision).toBe(2);
  });

  it('repeats the first answer for the same idempotency key', async () => {
    const first = await open({ idempotencyKey: 'k', body: { label: 'apples', n: 1 } });
    const again = await open({ idempotencyKey: 'k', body: { n: 1, label: 'apples' } });
    expect(again).toEqual(first);
    await raiseBy(first.id, 2, { idempotencyKey: 'k', body: {} });
    await raiseBy(first.id, 3);
    expect(await raiseBy(first.id, 2, { idempotencyKey: 'k', body: {} })).toMatchObject({ revision: 1 });
    expect(await eventsOf(first.id)).toHaveLength(3);
  });

  it('answers racing repeats alike, and records one', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => open({ idempotencyKey: 'race', body: {} })));
    expect(new Set(answers.map(({ id, position }) => `${id} ${position}`)).size).toBe(1);
    expect(await eventsOf(answers[0]!.id)).toHaveLength(1);
  });

  it('refuses another body under the same key, and gives other people and organisations keys of their own', async () => {
    const first = await open({ idempotencyKey: 'k', body: { a: 1 } });
    await expect(open({ idempotencyKey: 'k', body: { a: 2 } })).rejects.toMatchObject({ code: 'idempotency-mismatch' });
    const other = await open({ idempotencyKey: 'k', body: { a: 1 }, principal: { userId: 'u2' } });
    expect(other.id).not.toBe(first.id);
  });

  it('authorises a repeat, and keeps no refusal', async () => {
    const { id } = await open();
    await expect(raiseBy(id, 11, { idempotencyKey: 'r', body: {} })).rejects.toMatchObject({ code: 'conflict' });
    await raiseBy(id, 4, { idempotencyKey: 'r', body: {} });
    allow = () => ({ allowed: false, because: 'stranger' });
    await expect(raiseBy(id, 4, { idempotencyKey: 'r', body: {} })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('asks again with the same events after an unknown outcome', async () => {
    afterAppend = () => {
      afterAppend = () => undefined;
      throw new OutcomeUnknown('the answer got lost');
    };
    const answer = await open();
    expect(answer.revision).toBe(0);
    expect(await eventsOf(answer.id)).toHaveLength(1);
  });

  it('does not know what became of an attempt when the store is away afterwards', async () => {
    let attempts = 0;
    afterAppend = () => {
      attempts += 1;
      throw attempts === 1 ? new OutcomeUnknown('the answer got lost') : new StoreUnavailable('the store is away');
    };
    await expect(open()).rejects.toThrow(OutcomeUnknown);
    expect(attempts).toBe(5);
  });
});
