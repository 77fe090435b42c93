import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Batch, StoredEvent } from '../../src/platform/event-store/event-store.port.js';
import type { FromNotary } from '../../src/platform/proofs/messages.js';
import { serveNotary, type ServedNotary } from '../../src/platform/proofs/serve-notary.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTreeWriter } from '../../src/platform/proofs/sqlite/tree-file.js';
import type { TreeWriter } from '../../src/platform/proofs/trees.port.js';

const positionOf = (number: number): string => String(number).padStart(6, '0');

const event = (number: number, organisation = `org-${number % 3}`): StoredEvent => ({
  id: `e-${number}`,
  type: 'ThingChanged',
  stream: `thing-${organisation}/${number}`,
  revision: 0,
  position: positionOf(number),
  recordedAt: '2026-03-01T00:00:00.000Z',
  schemaVersion: 1,
  data: { number },
  metadata: {
    organisation,
    actor: { kind: 'user', id: 'ann' },
    command: 'Change',
    correlationId: 'c',
    requestId: 'r',
  },
});

/** A log in memory, whose past a test can change. */
class Log {
  constructor(readonly events: StoredEvent[]) {}

  *batches(after: string | undefined): Generator<Batch> {
    const rest = this.events.filter(({ position }) => after === undefined || position > after);
    for (let i = 0; i < rest.length; i += 500) {
      const events = rest.slice(i, i + 500);
      yield { events, position: events.at(-1)!.position, caughtUp: i + 500 >= rest.length };
    }
    if (rest.length === 0) yield { events: [], position: after ?? '', caughtUp: true };
  }

  readonly reader: ServedNotary['reader'] = {
    head: () => Promise.resolve(this.events.at(-1)?.position),
    readAll: async function* (this: Log, { after }: { after?: string | undefined } = {}) {
      yield* this.batches(after);
    }.bind(this) as ServedNotary['reader']['readAll'],
    subscribeToAll: async function* (this: Log, options: { after?: string; signal: AbortSignal }) {
      yield* this.batches(options.after);
      await new Promise((resolve) => options.signal.addEventListener('abort', resolve));
    }.bind(this),
  };
}

describe("the notary's thread", () => {
  let folder: string;
  let trees: TreeWriter;
  let port: MessagePort;
  let told: FromNotary[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-notary-'));
    trees = openTreeWriter(folder);
  });
  afterEach(() => {
    trees.close();
    rmSync(folder, { recursive: true });
  });

  const until = async (met: () => boolean): Promise<void> => {
    for (let tries = 0; tries < 400 && !met(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(met()).toBe(true);
  };

  /** Serves until what it says meets a condition, and then a little. */
  async function serve(log: Log, met: () => boolean): Promise<void> {
    const channel = new MessageChannel();
    told = [];
    port = channel.port1;
    port.on('message', (message: FromNotary) => told.push(message));
    const served = serveNotary(channel.port2, { reader: log.reader, trees, seed: Buffer.alloc(32, 1), now: Date.now });
    await until(met);
    port.postMessage({ kind: 'close' });
    await served;
    port.close();
  }

  const last = (log: Log) => () =>
    told.some((message) => message.kind === 'progress' && message.position === log.events.at(-1)!.position);
  const alterations = () => told.flatMap((message) => (message.kind === 'altered' ? [message.altered] : []));

  it('folds a log, and finds it as it was the next time', async () => {
    const log = new Log(Array.from({ length: 1200 }, (_, number) => event(number)));
    await serve(log, last(log));
    log.events.push(event(1200));
    await serve(log, last(log));
    expect(alterations()).toEqual([]);
    expect(trees.broken()).toEqual([]);
  });

  it('finds what was changed in the tail, and in all before it', async () => {
    const log = new Log(Array.from({ length: 3600 }, (_, number) => event(number)));
    await serve(log, last(log));
    expect(trees.recent()).toBeDefined();
    log.events[3500] = { ...log.events[3500]!, data: { number: 0 } };
    log.events[31] = { ...log.events[31]!, recordedAt: '2020-01-01T00:00:00.000Z' };
    await serve(log, () => alterations().length === 2);
    expect(alterations()).toEqual([
      { organisation: 'org-2', index: 1166, what: 'event e-3500 was changed' },
      { organisation: 'org-1', index: 10, what: 'event e-31 was changed' },
    ]);
    expect([...trees.broken()].sort()).toEqual(['org-1', 'org-2']);
  });

  it('signs nothing for an organisation whose past was changed', async () => {
    const log = new Log(Array.from({ length: 9 }, (_, number) => event(number)));
    await serve(log, last(log));
    log.events[0] = { ...log.events[0]!, data: {} };
    const channel = new MessageChannel();
    told = [];
    channel.port1.on('message', (message: FromNotary) => told.push(message));
    const served = serveNotary(channel.port2, { reader: log.reader, trees, seed: Buffer.alloc(32, 1), now: Date.now });
    await until(() => alterations().length === 1);
    for (const [token, organisation] of ['org-0', 'org-1'].entries())
      channel.port1.postMessage({ kind: 'sign', token, organisation, size: 3 });
    const heads = () => told.flatMap((message) => (message.kind === 'checkpoint' ? [message.head?.size] : []));
    await until(() => heads().length === 2);
    expect(heads()).toEqual([undefined, 3]);
    channel.port1.postMessage({ kind: 'close' });
    await served;
    channel.port1.close();
  });

  it('stops where the log ends before what was folded from it', async () => {
    const log = new Log(Array.from({ length: 30 }, (_, number) => event(number)));
    await serve(log, last(log));
    log.events.length = 20;
    await serve(log, () => told.some(({ kind }) => kind === 'cut'));
    expect(told).toEqual([{ kind: 'cut' }]);
  });
});
