import { jest } from '@jest/globals';
import Database from 'better-sqlite3';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ViewsUnavailable } from '../../src/platform/read-model/read-model.port.js';
import { SqliteReadModel } from '../../src/platform/read-model/sqlite/read-model.js';
import { freshName, notesView } from './read-model/notes.js';

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
