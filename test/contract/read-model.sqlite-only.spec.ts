import { jest } from '@jest/globals';
import Database from 'better-sqlite3';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ViewsUnavailable } from '../../src/platform/read-model/read-model.port.js';
import { SqliteReadModel } from '../../src/platform/read-model/sqlite/read-model.js';
import { SqliteViewWriter } from '../../src/platform/read-model/sqlite/view-writer.js';
import { begun, freshName, keysOf, log, notesView, positionOf, put } from './read-model/notes.js';

describe('views.db that cannot be read', () => {
  const view = notesView(freshName());
  let folder: string;
  let model: SqliteReadModel;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-views-'));
    model = new SqliteReadModel(folder);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await model.close();
    await rm(folder, { recursive: true });
  });

  const reads = (): readonly Promise<unknown>[] => [
    model.get(view, 'a'),
    model.getMany(view, ['a']),
    model.find(view, { where: [], sort: 'newest', limit: 5 }),
  ];
  const failWith = (code: string): void => {
    jest.spyOn(Database.prototype, 'transaction').mockImplementation(() => {
      throw new Database.SqliteError('what the driver says', code);
    });
  };

  it.each(['SQLITE_IOERR_READ', 'SQLITE_FULL', 'SQLITE_CANTOPEN', 'SQLITE_BUSY'])(
    'now is away, after %s',
    async (code) => {
      failWith(code);
      for (const read of reads()) {
        await expect(read).rejects.toBeInstanceOf(ViewsUnavailable);
        await expect(read).rejects.toThrow(`The views cannot be read now (${code})`);
      }
    },
  );

  it.each(['SQLITE_CORRUPT', 'SQLITE_NOTADB', 'SQLITE_ERROR'])('ever is a fault of ours, after %s', async (code) => {
    failWith(code);
    for (const read of reads()) await expect(read).rejects.toMatchObject({ code });
  });
});

describe('views.db with two who write', () => {
  let folder: string;
  let model: SqliteReadModel;
  let writers: SqliteViewWriter[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-views-'));
    model = new SqliteReadModel(folder);
    writers = [new SqliteViewWriter(folder), new SqliteViewWriter(folder)];
  });
  afterEach(async () => {
    for (const one of [...writers, model]) await one.close();
    await rm(folder, { recursive: true });
  });

  /** A server on a log elsewhere, and `countersign rebuild` beside it: both are handed the generation that is being built. */
  it('finds what one fed after the other had made the indexes', async () => {
    const view = notesView(freshName());
    const [server, command] = writers as [SqliteViewWriter, SqliteViewWriter];
    const events = log(...['a', 'b', 'c'].map((key) => put(key, { tags: ['red'] })));
    const [generation] = await server.prepare([view]);
    await server.apply(generation!, view, events.slice(0, 1), positionOf(1));
    const same = await command.begin(view);
    await command.swap(await command.apply(same, view, events.slice(1, 2), positionOf(2)));
    await server.apply({ ...same, live: true }, view, events.slice(2), positionOf(3));
    const red = [{ field: 'tags', has: 'red' }];
    expect(await keysOf(model, view, { where: red, sort: 'title' })).toEqual(['a', 'b', 'c']);
  });
});

describe('a document that one event makes', () => {
  it('is taken over where the log holds that event twice, as one without unique ids may', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-views-'));
    const pair = {
      model: new SqliteReadModel(folder),
      writer: new SqliteViewWriter(folder),
      dispose: async () => undefined,
    };
    const view = notesView(freshName(), { madeOnce: true });
    const generation = await begun(pair, view);
    const events = log(put('a', { at: 1, tags: ['red'] }), put('a', { at: 2, tags: ['blue'] }), put('b', { at: 3 }));
    await pair.writer.apply(generation, view, events.slice(0, 1), positionOf(1));
    await pair.writer.apply(generation, view, events.slice(1), positionOf(3));
    const having = (has: string) => keysOf(pair.model, view, { where: [{ field: 'tags', has }], sort: 'newest' });
    expect(await keysOf(pair.model, view, { where: [], sort: 'newest' })).toEqual(['b', 'a']);
    expect([await having('red'), await having('blue')]).toEqual([[], ['a']]);
    await pair.writer.close();
    await pair.model.close();
    await rm(folder, { recursive: true });
  });
});
