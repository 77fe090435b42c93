import fc from 'fast-check';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { streamOf } from '../../kernel/decider.js';
import type { Metadata, Recorded } from '../../kernel/event.js';
import {
  OutcomeUnknown,
  type StoredEvent,
  WrongExpectedRevision,
} from '../../platform/event-store/event-store.port.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import type { Logger } from '../../platform/telemetry/logger.js';
import type { NumberedDocuments } from './numbered-documents.port.js';
import { evolveNumbers, numbers, type NumbersEvent } from './numbers.js';
import { NumbersLoader } from './numbers.loader.js';
import { CompleteReservations } from './numbers.recovery.js';
import { NumberRegister } from './numbers.register.js';
import { type OpenReservation, openReservationsView } from './numbers.view.js';
import { Sweeps } from './sweep.service.js';

const ORG = '0190aaaa-0000-7000-8000-000000000001';
const metadata: Metadata = {
  organisation: ORG,
  actor: { kind: 'user', id: 'ann' },
  command: 'IssueInvoice',
  correlationId: 'c',
  requestId: 'r',
  idempotency: { key: 'k', body: 'b' },
};

let ids = 0;
const streamFor = (id: string): string => `invoice-${ORG}/${id}`;

/** Documents in the same log as the register: what happens to one is an event of its stream. */
class Documents implements NumberedDocuments {
  constructor(readonly store: MemoryEventStore) {}

  async add(id: string, ...types: readonly string[]): Promise<void> {
    for (const type of types) await this.write(id, (await this.look('', 'invoice', id)).revision, type, {});
  }

  async look(_: string, __: string, id: string): Promise<{ revision: number; number: number | null }> {
    const events = this.store.of(streamFor(id));
    const issued = events.find(({ type }) => type === 'InvoiceIssued')?.data as { number: number } | undefined;
    return { revision: events.length - 1, number: issued?.number ?? null };
  }

  async issue(
    _: string,
    __: string,
    at: { id: string; revision: number },
    number: number,
    by: Metadata,
  ): Promise<void> {
    const types = this.store.of(streamFor(at.id)).map(({ type }) => type);
    if (types.includes('InvoiceDiscarded') || types.includes('InvoiceIssued')) throw new Error('not issuable');
    await this.write(at.id, at.revision, 'InvoiceIssued', { number }, by);
  }

  async write(id: string, revision: number, type: string, data: object, by = metadata): Promise<void> {
    const event = { id: `e${++ids}`, type, schemaVersion: 1, data, metadata: by };
    await this.store.append(streamFor(id), revision === -1 ? 'no-stream' : revision, [event]);
  }

  /** Every number that a document bears, in order. */
  numbers(): readonly number[] {
    const issued = this.store.events.filter(({ type }) => type === 'InvoiceIssued');
    return issued.map(({ data }) => (data as { number: number }).number).sort((a, b) => a - b);
  }
}

/** A node: its own cache and queue over the shared log. */
function node(store: MemoryEventStore, documents: NumberedDocuments) {
  const loader = new NumbersLoader(store, { openWithoutPersonal: (event: StoredEvent) => event });
  const register = new NumberRegister(store, loader, documents, () => 0);
  const model = {
    find: async () => ({ value: { items: openReservations(store), next: null } }),
  } as unknown as ReadModel;
  const log = { warn: () => undefined, error: () => undefined } as unknown as Logger;
  const gauge = { waitFor: () => Promise.resolve(true) };
  const sweeps = new Sweeps(store, model, gauge, () => 0, log);
  return { register, recovery: new CompleteReservations(sweeps, documents, register) };
}

/** What the view would hold. */
function openReservations(store: MemoryEventStore): { key: string; doc: OpenReservation }[] {
  const docs = new Map<string, OpenReservation | null>();
  for (const event of store.events as unknown as Parameters<typeof openReservationsView.keys>[0][]) {
    if (!openReservationsView.events.includes(event.type)) continue;
    for (const key of openReservationsView.keys(event)) {
      docs.set(key, openReservationsView.fold(docs.get(key) ?? null, event, key));
    }
  }
  return [...docs].flatMap(([key, doc]) => (doc === null ? [] : [{ key, doc }]));
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);

describe('the register of numbers', () => {
  let store: MemoryEventStore;
  let documents: Documents;
  const reserve = (register: NumberRegister, id: string, revision = 0) =>
    register.reserve(ORG, 'invoice', [{ id, revision }], metadata);
  const registered = () => store.of(streamOf(numbers, ORG, ORG));

  beforeEach(async () => {
    store = new MemoryEventStore();
    documents = new Documents(store);
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => documents.add(id, 'InvoiceCreated')));
  });

  it('numbers documents in order, in blocks and each by itself, from 1 in each series', async () => {
    const { register } = node(store, documents);
    const block = [
      { id: 'x', revision: -1 },
      { id: 'y', revision: -1 },
    ];
    expect(await register.reserve(ORG, 'invoice', block, metadata)).toEqual(new Map([['x', 1], ['y', 2]])); // prettier-ignore
    expect(await reserve(register, 'a')).toEqual(new Map([['a', 3]]));
    expect(await register.reserve(ORG, 'credit-note', [{ id: 'n', revision: -1 }], metadata)).toEqual(
      new Map([['n', 1]]),
    );
  });

  it('gathers what arrives together into one append, each with its own metadata', async () => {
    const { register } = node(store, documents);
    const appends: number[] = [];
    store.beforeAppend = (stream, events) => {
      if (stream.startsWith('numbers-')) appends.push(events.length);
    };
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((id) =>
        register.reserve(ORG, 'invoice', [{ id, revision: 0 }], { ...metadata, correlationId: id }),
      ),
    );
    expect(answers.map((answer, index) => answer.get('abcd'[index]!))).toEqual([1, 2, 3, 4]);
    expect(appends).toEqual([1, 3]);
    expect(registered().map((event) => event.metadata.correlationId)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('answers the same number for a document that has one, after a restart too', async () => {
    await reserve(node(store, documents).register, 'a');
    const { register } = node(store, documents);
    const [first, again] = await Promise.all([reserve(register, 'a'), reserve(register, 'a')]);
    expect([first.get('a'), again.get('a')]).toEqual([1, 1]);
    expect(registered()).toHaveLength(1);
  });

  it('gives none to a document that has moved on, whatever it had', async () => {
    const { register } = node(store, documents);
    await reserve(register, 'a');
    await documents.issue('', '', { id: 'a', revision: 0 }, 1, metadata);
    await reserve(register, 'b'); // settles the number of a
    expect(registered().at(-1)!.data).toMatchObject({ first: 2, settled: ['a'] });
    expect(await reserve(register, 'a')).toEqual(new Map());
    expect(registered()).toHaveLength(2);
  });

  it('keeps the number of a document that was edited after it was reserved', async () => {
    const { register, recovery } = node(store, documents);
    await reserve(register, 'a');
    await documents.add('a', 'InvoiceEdited');
    expect(await reserve(register, 'a', 1)).toEqual(new Map([['a', 1]]));
    await recovery.sweep.complete('9');
    expect(documents.numbers()).toEqual([1]);
  });

  it('does not look up what it was told is used', async () => {
    const { register } = node(store, documents);
    const first = await reserve(register, 'a');
    await documents.issue('', '', { id: 'a', revision: 0 }, 1, metadata);
    register.settle(ORG, first);
    documents.look = async (_, __, id) => {
      if (id === 'a') throw new Error('looked up');
      return { revision: 0, number: null };
    };
    await reserve(register, 'b');
    expect(registered().at(-1)!.data).toMatchObject({ settled: ['a'] });
  });

  it('tries again when nobody knows whether it was written', async () => {
    const { register } = node(store, documents);
    let failed = false;
    store.beforeAppend = () => {
      if (failed) return;
      failed = true;
      throw new OutcomeUnknown('disk');
    };
    expect(await reserve(register, 'a')).toEqual(new Map([['a', 1]]));
  });

  it('tells everybody who waits when the store is away, and goes on afterwards', async () => {
    const { register } = node(store, documents);
    store.beforeAppend = () => {
      throw new Error('away');
    };
    await expect(Promise.all([reserve(register, 'a'), reserve(register, 'b')])).rejects.toThrow('away');
    store.beforeAppend = () => undefined;
    expect(await reserve(register, 'b')).toEqual(new Map([['b', 1]]));
  });

  it('is read from where it was written down last, and is the same as read from the beginning', async () => {
    const read = { events: 0 };
    const counting = Object.assign(Object.create(store) as MemoryEventStore, {
      async *readStream(...of: Parameters<MemoryEventStore['readStream']>) {
        for await (const event of store.readStream(...of)) {
          read.events += 1;
          yield event;
        }
      },
    });
    const loaderOf = (log: MemoryEventStore) =>
      new NumbersLoader(log, { openWithoutPersonal: (event: StoredEvent) => event });
    for (let n = 0, { register } = node(store, documents); n < 620; n++) {
      if (n % 100 === 0) register = node(store, documents).register;
      const id = `d${n}`;
      const at = { id, revision: 0 };
      await documents.add(id, 'InvoiceCreated');
      const number = (await reserve(register, id)).get(id)!;
      if (n % 7 === 0) await documents.add(id, 'InvoiceDiscarded');
      if (n % 14 === 0) await register.release(ORG, 'invoice', [at], metadata);
      else if (n % 7 !== 0 && n % 3 !== 0) await documents.issue('', '', at, number, metadata);
      // A register that another node reads now, from the end, against all of the stream.
      if (n % 31 !== 0) continue;
      const whole = (registered() as unknown as Recorded<NumbersEvent>[]).reduce(evolveNumbers, numbers.initial());
      const { state, revision } = await loaderOf(store).load(ORG);
      expect([state, revision]).toEqual([whole, registered().length - 1]);
      expect([...state.invoice.open.keys()]).toEqual([...whole.invoice.open.keys()]);
    }
    expect(registered().length).toBeGreaterThan(600);
    await loaderOf(counting).load(ORG);
    expect(read.events).toBeLessThan(300);
    const holding = registered().filter(({ data }) => 'before' in data);
    expect(holding.length).toBe(2);
  });

  it('is not written down while it is large', async () => {
    const { register } = node(store, documents);
    const many = upTo(1001).map((n) => ({ id: `x${n}`, revision: -1 }));
    await register.reserve(ORG, 'invoice', many, metadata);
    for (const n of upTo(300)) await reserve(register, `y${n}`, -1);
    expect(registered().filter(({ data }) => 'before' in data)).toEqual([]);
    const { state } = await new NumbersLoader(store, { openWithoutPersonal: (event: StoredEvent) => event }).load(ORG);
    expect(state.invoice.next).toBe(1302);
  });

  describe('when a document was not issued', () => {
    const release = (register: NumberRegister, id: string, revision = 0) =>
      register.release(ORG, 'invoice', [{ id, revision }], metadata);

    it('hands its number to the next document at once, where it has moved on', async () => {
      const { register } = node(store, documents);
      await reserve(register, 'a');
      await documents.add('a', 'InvoiceDiscarded');
      await release(register, 'a');
      expect(await reserve(register, 'b')).toEqual(new Map([['b', 1]]));
    });

    it('keeps the number while it stands there yet: another command may be issuing it', async () => {
      const { register } = node(store, documents);
      await reserve(register, 'a');
      await release(register, 'a');
      expect(await reserve(register, 'b')).toEqual(new Map([['b', 2]]));
    });

    it('keeps the number that it bears, of another command', async () => {
      const { register } = node(store, documents);
      await reserve(register, 'a');
      await documents.issue('', '', { id: 'a', revision: 0 }, 1, metadata);
      await release(register, 'a');
      expect(await reserve(register, 'b')).toEqual(new Map([['b', 2]]));
    });

    it('keeps the number that is reserved for it as it stands now', async () => {
      const { register } = node(store, documents);
      await reserve(register, 'a');
      await documents.add('a', 'InvoiceEdited');
      await Promise.all([reserve(register, 'a', 1), release(register, 'a')]);
      expect(await reserve(register, 'b')).toEqual(new Map([['b', 2]]));
    });

    it('is one append for all that come together, in turn with reservations', async () => {
      const { register } = node(store, documents);
      await Promise.all(['a', 'b', 'c'].map((id) => reserve(register, id)));
      await Promise.all(['a', 'b', 'c'].map((id) => documents.add(id, 'InvoiceDiscarded')));
      let appends = 0;
      store.beforeAppend = (stream) => {
        if (stream.startsWith('numbers-')) appends++;
      };
      const [, , , given] = await Promise.all([
        ...['a', 'b', 'c'].map((id) => release(register, id)),
        reserve(register, 'd'),
      ]);
      expect(given).toEqual(new Map([['d', 1]]));
      expect(appends).toBe(2);
    });
  });

  describe('after a crash', () => {
    it('issues a document that stands as it stood, in the name of whoever asked for it', async () => {
      await reserve(node(store, documents).register, 'a');
      await node(store, documents).recovery.sweep.complete('9');
      const issued = store.of(streamFor('a')).at(-1)!;
      expect(issued).toMatchObject({
        type: 'InvoiceIssued',
        data: { number: 1 },
        metadata: {
          actor: { kind: 'system', id: 'numbering', onBehalfOf: 'ann' },
          command: 'IssueInvoice',
          causationId: registered()[0]!.id,
          idempotency: metadata.idempotency,
        },
      });
      expect(openReservations(store)).toEqual([]);
    });

    it.each(['InvoiceEdited', 'InvoiceDiscarded'])(
      'hands the number on when the document has moved on by %s',
      async (type) => {
        const { register, recovery } = node(store, documents);
        await reserve(register, 'a');
        await documents.add('a', type);
        await recovery.sweep.complete('9');
        expect(documents.numbers()).toEqual([]);
        expect(await reserve(register, 'b')).toEqual(new Map([['b', 1]]));
        expect(await reserve(register, 'c')).toEqual(new Map([['c', 2]]));
      },
    );

    it('leaves a document that is not there yet to whoever makes it', async () => {
      const { register, recovery } = node(store, documents);
      await register.reserve(ORG, 'invoice', [{ id: 'x', revision: -1 }], metadata);
      await recovery.sweep.complete('9');
      expect(registered()).toHaveLength(1);
      expect(await register.reserve(ORG, 'invoice', [{ id: 'x', revision: -1 }], metadata)).toEqual(
        new Map([['x', 1]]),
      );
    });
  });

  type Step = {
    readonly do: 'issue' | 'crash' | 'edit' | 'discard' | 'recover';
    readonly id: string;
    readonly node: 0 | 1;
  };
  const step = fc.record<Step>({
    do: fc.constantFrom('issue', 'issue', 'crash', 'edit', 'discard', 'recover'),
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    node: fc.constantFrom(0, 1),
  });

  it('leaves no gap and no double, whatever two nodes, crashes, edits and discards do to each other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(step, { maxLength: 12 }), async (scheduler, steps) => {
        const log = new MemoryEventStore();
        const slow = Object.assign(Object.create(log) as MemoryEventStore, {
          append: scheduler.scheduleFunction(log.append.bind(log)),
          newerThan: scheduler.scheduleFunction(log.newerThan.bind(log)),
        });
        const world = new Documents(log);
        for (const id of ['a', 'b', 'c', 'd']) await world.add(id, 'InvoiceCreated');
        world.look = scheduler.scheduleFunction(world.look.bind(world));
        world.issue = scheduler.scheduleFunction(world.issue.bind(world));
        const nodes = [node(slow, world), node(slow, world)] as const;

        const take = async ({ do: what, id, node: at }: Step): Promise<void> => {
          const { register, recovery } = nodes[at];
          const revision = log.of(streamFor(id)).length - 1;
          const types = log.of(streamFor(id)).map(({ type }) => type);
          const closed = types.includes('InvoiceIssued') || types.includes('InvoiceDiscarded');
          if (what === 'recover') return recovery.sweep.complete('9');
          if (closed) return;
          if (what === 'edit') return world.write(id, revision, 'InvoiceEdited', {});
          if (what === 'discard') return world.write(id, revision, 'InvoiceDiscarded', {});
          const number = (await reserve(register, id, revision)).get(id);
          if (what === 'crash' || number === undefined) return;
          await world.issue(ORG, 'invoice', { id, revision }, number, metadata).catch((error: unknown) => {
            if (!(error instanceof WrongExpectedRevision) && (error as Error).message !== 'not issuable') throw error;
            return register.release(ORG, 'invoice', [{ id, revision }], metadata);
          });
        };
        await scheduler.waitFor(Promise.all(steps.map(take)));

        const issued = world.numbers();
        expect(new Set(issued).size).toBe(issued.length);
        // Quiet now: what is open is completed, and what was given back goes to the next documents.
        const settled = new Documents(log);
        await node(log, settled).recovery.sweep.complete('9');
        expect(openReservations(log)).toEqual([]);
        const missing = upTo(Math.max(0, ...settled.numbers())).filter((number) => !settled.numbers().includes(number));
        const { register } = node(log, settled);
        for (const number of missing) {
          const id = `next-${number}`;
          expect(await reserve(register, id, -1)).toEqual(new Map([[id, number]]));
          await settled.write(id, -1, 'InvoiceIssued', { number });
        }
        expect(settled.numbers()).toEqual(upTo(settled.numbers().length));
      }),
      { numRuns: 300 },
    );
  });
});
