import { setTimeout as sleep } from 'node:timers/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { Collection } from 'mongodb';
import { NotLeading, type Lease, type Leases } from '../../src/platform/read-model/lease.port.js';
import { Connection } from '../../src/platform/read-model/mongodb/connection.js';
import { type StoredDocument, write } from '../../src/platform/read-model/mongodb/documents.js';
import { openMongoLeases } from '../../src/platform/read-model/mongodb/leases.js';
import { openMongoReadModel } from '../../src/platform/read-model/mongodb/read-model.js';
import { MongoRebuildRequests } from '../../src/platform/read-model/mongodb/rebuild-requests.js';
import { openMongoViewWriter } from '../../src/platform/read-model/mongodb/view-writer.js';
import {
  FoldFailed,
  type ReadModel,
  ViewsUnavailable,
  type ViewWriter,
} from '../../src/platform/read-model/read-model.port.js';
import { describeIf } from '../support/available.js';
import { type Database, freshDatabase, mongoMissing } from '../support/mongodb.js';
import {
  begun,
  counted,
  freshName,
  log,
  notesView,
  positionOf,
  put,
  recorded,
  removed,
  checkpointOf,
} from './read-model/notes.js';

jest.setTimeout(120_000);
const skipReason = await mongoMissing('READ_MODEL_URL');

/** A lease that believes in itself, as that of a process does which was paused between asking and writing. */
const leaseOf = (token: number, held: () => boolean = () => true): Lease => ({
  token,
  lost: new AbortController().signal,
  held,
  release: async () => undefined,
});

describeIf(skipReason === undefined, skipReason ?? '', 'views on MongoDB, several nodes', () => {
  let database: Database;
  let model: ReadModel;
  const opened: { close(): Promise<void> }[] = [];
  const writerOf = async (lease?: Lease, now?: () => number): Promise<ViewWriter> => {
    const writer = await openMongoViewWriter({
      url: database.url,
      ...(lease === undefined ? {} : { lease }),
      ...(now === undefined ? {} : { now }),
    });
    opened.push(writer);
    return writer;
  };
  beforeEach(async () => {
    database = await freshDatabase('READ_MODEL_URL');
    model = await openMongoReadModel({ url: database.url });
    opened.push(model);
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
    await database.dispose();
  });
  const documents = (view: string, number: number) => database.client.db().collection(`view.${view}.${number}`);

  it('folds no event twice where a crash left documents ahead of the checkpoint', async () => {
    const writer = await writerOf();
    const view = notesView(freshName());
    const start = await begun({ model, writer, dispose: async () => undefined }, view);
    const history = log(put('a'), put('b'), counted('a'), counted('a'), removed('b'));
    await writer.apply(start, view, history.slice(0, 2), positionOf(2));
    // The checkpoint's own move fails, the documents of the batch are there.
    const views = database.client.db().collection<{ _id: string }>('views');
    const row = `${view.name}.${start.number}`;
    await writer.apply(start, view, history, positionOf(5));
    await views.updateOne({ _id: row }, { $set: { checkpoint: positionOf(2) } });
    expect((await model.get(view, 'a')).position).toBe(positionOf(2));
    await writer.apply(start, view, history.slice(0, 3), positionOf(3));
    expect((await model.get(view, 'a')).value?.counter).toBe(2);
    await writer.apply(start, view, history, positionOf(5));
    expect((await model.getMany(view, ['a', 'b'])).value).toEqual([expect.objectContaining({ counter: 2 }), null]);
  });

  it('a leader that was paused and goes on changes nothing', async () => {
    const view = notesView(freshName());
    const first = await writerOf(leaseOf(1));
    const start = await begun({ model, writer: first, dispose: async () => undefined }, view);
    await first.apply(start, view, log(put('a'), put('gone')), positionOf(2));

    const second = await writerOf(leaseOf(2));
    const [taken] = await second.prepare([view]);
    const later = [counted('a', 10), removed('gone'), put('new', { title: 'second' }), removed('short')];
    const events = later.map((event, i) => recorded(3 + i, event));
    await second.apply(taken!, view, events, positionOf(6));
    const building = await second.begin(view);
    const before = await documents(view.name, start.number).find().sort({ _id: 1 }).toArray();
    const books = await database.client.db().collection('views').find().sort({ _id: 1 }).toArray();

    const stale = [recorded(3, counted('a', 10)), recorded(3, put('gone', { title: 'back' })), recorded(7, put('new'))];
    const tried = [
      first.apply(start, view, stale.slice(0, 2), positionOf(3)),
      first.apply(start, view, stale, positionOf(7)),
      first.swap(building),
      first.begin(view),
      first.abandon(building),
      first.prepare([view]),
    ];
    for (const one of await Promise.allSettled(tried)) {
      expect(one).toMatchObject({ status: 'rejected', reason: expect.any(NotLeading) });
    }
    expect(await database.client.db().collection('views').find().sort({ _id: 1 }).toArray()).toEqual(books);
    expect(await documents(view.name, start.number).find().sort({ _id: 1 }).toArray()).toEqual(before);
    await second.apply(taken!, view, [recorded(7, counted('a'))], positionOf(7));
    expect((await model.get(view, 'a')).value?.counter).toBe(11);
  });

  it('documents that a paused leader has in its hands replace no newer ones, nor tombstones', async () => {
    const view = notesView(freshName());
    const writer = await writerOf();
    const start = await begun({ model, writer, dispose: async () => undefined }, view);
    await writer.apply(start, view, log(put('x'), put('a', { title: 'newer' }), put('b'), removed('b')), positionOf(4));
    const stored = database.client.db().collection<StoredDocument>(`view.${view.name}.${start.number}`);
    const before = await stored.find().sort({ _id: 1 }).toArray();
    const connection = new Connection({ url: database.url }, 'The database', (message) => new Error(message));
    opened.push(connection);
    const state = { p: positionOf(1), d: '{}', f: { organisation: 'acme', at: 1, title: 'old' } };
    // As it found them: there, or not yet.
    for (const known of [true, false]) {
      await write(
        connection,
        stored,
        ['a', 'b'].map((key) => ({ key, state, known })),
      );
      expect(await stored.find().sort({ _id: 1 }).toArray()).toEqual(before);
    }
    await write(connection, stored, [{ key: 'a', state: { ...state, p: positionOf(5) }, known: false }]);
    expect((await model.get(view, 'a')).value).toEqual({});
  });

  it('looks again for documents that it did not know when somebody else wrote meanwhile', async () => {
    const view = notesView(freshName());
    const [first, second] = [await writerOf(), await writerOf()];
    const start = await begun({ model, writer: first, dispose: async () => undefined }, view);
    const one = await first.apply(start, view, log(put('a')), positionOf(1));
    await second.apply(one, view, [recorded(2, put('b'))], positionOf(2));
    await first.apply(one, view, [recorded(3, counted('b'))], positionOf(3));
    expect((await model.get(view, 'b')).value?.counter).toBe(1);
  });

  it('writes nothing when it knows that its lease is over', async () => {
    const view = notesView(freshName());
    let held = true;
    const writer = await writerOf(leaseOf(1, () => held));
    const start = await begun({ model, writer, dispose: async () => undefined }, view);
    held = false;
    await expect(writer.apply(start, view, log(put('a')), positionOf(1))).rejects.toBeInstanceOf(NotLeading);
    expect(await documents(view.name, start.number).countDocuments()).toBe(0);
  });

  it('removes tombstones after a day, and no document', async () => {
    const view = notesView(freshName());
    let now = Date.now();
    const writer = await writerOf(undefined, () => now);
    let generation = await begun({ model, writer, dispose: async () => undefined }, view);
    generation = await writer.apply(generation, view, log(put('a'), put('b'), removed('a')), positionOf(3));
    now += 3_600_000;
    generation = await writer.apply(generation, view, [], positionOf(4));
    expect(await documents(view.name, generation.number).countDocuments()).toBe(2);
    now += 24 * 3_600_000;
    await writer.apply(generation, view, [], positionOf(5));
    expect(
      await documents(view.name, generation.number)
        .find({}, { projection: { _id: 1 } })
        .toArray(),
    ).toEqual([{ _id: 'b' }]);
  });

  it('refuses a document that the server would not take, as a fold that fails', async () => {
    const view = notesView(freshName());
    const writer = await writerOf();
    const start = await begun({ model, writer, dispose: async () => undefined }, view);
    const huge = log(put('a', { title: 'x'.repeat(9 * 1024 * 1024) }));
    const failed = await writer.apply(start, view, huge, positionOf(1)).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(FoldFailed);
    expect(String((failed as FoldFailed).cause)).toMatch(
      /^DocumentTooLarge: A document of \d+ bytes; MongoDB takes \d+$/,
    );
  });

  it('makes the indexes of a generation once, whoever completes it or swaps it in at the same time', async () => {
    const view = notesView(freshName());
    const writer = await writerOf();
    const [building] = await writer.prepare([view]);
    await writer.apply(building!, view, log(put('a')), positionOf(1));
    await Promise.all([writer.complete(building!), writer.complete(building!), writer.swap(building!)]);
    expect((await documents(view.name, building!.number).indexes()).length).toBeGreaterThan(2);
    expect((await model.get(view, 'a')).position).toBe(positionOf(1));
  });

  it('writes some views at a time, however many there are', async () => {
    const bulkWrite = Reflect.get(Collection.prototype, 'bulkWrite');
    let [underWay, most] = [0, 0];
    const spy = jest.spyOn(Collection.prototype, 'bulkWrite').mockImplementation(async function (
      this: Collection,
      ...args
    ) {
      most = Math.max(most, ++underWay);
      try {
        return await Reflect.apply(bulkWrite, this, args);
      } finally {
        underWay--;
      }
    });
    try {
      const all = Array.from({ length: 20 }, () => notesView(freshName()));
      const writer = await writerOf();
      const generations = await writer.prepare(all);
      const shares = all.map((view, i) => ({ view, generation: generations[i]!, events: log(put('a')) }));
      for (const one of await writer.applyAll(shares, positionOf(1))) expect(one).not.toBeInstanceOf(FoldFailed);
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(8);
    } finally {
      spy.mockRestore();
    }
  });

  it('removes a collection only when no read of it can be under way', async () => {
    const view = notesView(freshName());
    let now = Date.now();
    const writer = await writerOf(undefined, () => now);
    const old = await begun({ model, writer, dispose: async () => undefined }, view);
    await writer.apply(old, view, log(put('a')), positionOf(1));
    await writer.swap(await writer.begin(view));
    await writer.dropOld();
    expect(await documents(view.name, old.number).countDocuments()).toBe(1);
    now += 61_000;
    await writer.dropOld();
    expect(await documents(view.name, old.number).countDocuments()).toBe(0);
  });

  it('keeps requests for rebuilds, each with a number of its own', async () => {
    const requests = new MongoRebuildRequests({ url: database.url });
    opened.push(requests);
    const added = await Promise.all(['a', undefined, 'c'].map((view) => requests.add(view)));
    expect(added.map(({ id }) => id).sort()).toEqual([1, 2, 3]);
    await requests.update({ ...added[0]!, state: 'done', folded: 5, target: 5 });
    const pending = await requests.pending();
    expect(pending.map(({ id }) => id)).toEqual([1, 2, 3].filter((id) => id !== added[0]!.id));
    expect(await requests.find(added[0]!.id)).toEqual({ ...added[0], state: 'done', folded: 5, target: 5 });
    expect(await requests.find(99)).toBeUndefined();
  });

  describe('leases', () => {
    const leases = (): Leases => {
      const one = openMongoLeases({ url: database.url, ttlMs: 1000 });
      opened.push(one);
      return one;
    };
    const forever = new AbortController().signal;

    it('of many who ask at once one has it; the next one when it is given back', async () => {
      const all = [leases(), leases(), leases()];
      const had: Lease[] = [];
      const asking = all.map(async (one) => {
        const lease = await one.acquire('projector', forever);
        had.push(lease);
        return lease;
      });
      await Promise.race(asking);
      await sleep(1500);
      expect(had.map(({ token }) => token)).toEqual([1]);
      expect(had[0]!.held()).toBe(true);
      await had[0]!.release();
      while (had.length < 2) await sleep(20);
      expect(had.map(({ token }) => token)).toEqual([1, 2]);
      expect(had[0]!.held()).toBe(false);
      await had[1]!.release();
      await Promise.all(asking);
      await had[2]!.release();
    });

    it('is taken over from a holder that is gone, which knows', async () => {
      const first = leases();
      const lease = await first.acquire('projector', forever);
      await first.close();
      const next = await leases().acquire('projector', forever);
      expect(next.token).toBe(2);
      expect([lease.held(), lease.lost.aborted, next.held()]).toEqual([false, true, true]);
      await next.release();
    });

    it('stops asking when it is told to', async () => {
      const lease = await leases().acquire('projector', forever);
      const abort = new AbortController();
      const asking = leases().acquire('projector', abort.signal);
      abort.abort(new Error('enough'));
      await expect(asking).rejects.toThrow('enough');
      await lease.release();
    });
  });
});

describe('views on MongoDB that cannot be reached', () => {
  it('say so in time: nobody listens', async () => {
    const model = await openMongoReadModel({ url: 'mongodb://127.0.0.1:1/x' });
    await expect(model.get(notesView(freshName()), 'a')).rejects.toBeInstanceOf(ViewsUnavailable);
    await expect(openMongoViewWriter({ url: 'mongodb://127.0.0.1:1/x' })).rejects.toBeInstanceOf(ViewsUnavailable);
    await model.close();
    await expect(model.get(notesView(freshName()), 'a')).rejects.toBeInstanceOf(ViewsUnavailable);
  });

  it('say so in time: somebody listens and never answers', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const model = await openMongoReadModel({ url: `mongodb://127.0.0.1:${port}/x` });
    await expect(checkpointOf(model, { name: 'notes' })).rejects.toBeInstanceOf(ViewsUnavailable);
    await model.close();
    silent.close();
  });
});
