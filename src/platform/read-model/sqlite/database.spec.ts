import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openForReading, openForWriting } from './database.js';
import { requestRebuild } from './rebuild-requests.js';

describe('views.db', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-views-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is a WAL whose commits are not synced one by one, and says so itself', () => {
    const writer = openForWriting(join(folder, 'data'));
    const reader = openForReading(join(folder, 'data'));
    expect(writer.pragma('journal_mode', { simple: true })).toBe('wal');
    expect([writer, reader].map((db) => db.pragma('synchronous', { simple: true }))).toEqual([1, 1]);
    reader.close();
    writer.close();
  });

  it('is for its owner only, with its WAL and its folder', () => {
    const data = join(folder, 'data');
    const writer = openForWriting(data);
    writer.exec("INSERT INTO rebuild_requests (state) VALUES ('requested')");
    const modes = readdirSync(data).map((name) => [name, statSync(join(data, name)).mode & 0o777]);
    writer.close();
    expect(modes).toEqual(['views.db', 'views.db-shm', 'views.db-wal'].map((name) => [name, 0o600]));
    expect(statSync(data).mode & 0o777).toBe(0o700);
  });

  it('can be opened by readers first, who cannot write', () => {
    const reader = openForReading(folder);
    expect(() => reader.exec("INSERT INTO rebuild_requests (state) VALUES ('requested')")).toThrow(/readonly/);
    reader.close();
  });

  it('says what to do with a file of another format', () => {
    const writer = openForWriting(folder);
    writer.pragma('user_version = 7');
    writer.close();
    expect(() => openForWriting(folder)).toThrow(/views\.db has format 7, this program knows 3: delete it/);
  });

  it.each([1, 2])(
    'empties a file of format %d: its views are folded again, and the program before refuses it',
    (format) => {
      const older = openForWriting(folder);
      older.exec('CREATE TABLE "notes#1" (id INTEGER PRIMARY KEY); CREATE TABLE "notes#1#tags" (doc INTEGER)');
      older.exec("INSERT INTO generations (view, version, declaration, state) VALUES ('notes', 1, '{}', 'live')");
      older.exec('DROP TABLE symbols');
      older.pragma(`user_version = ${format}`);
      older.close();
      const writer = openForWriting(folder);
      expect(writer.pragma('user_version', { simple: true })).toBe(3);
      expect(writer.prepare('SELECT count(*) FROM generations').pluck().get()).toBe(0);
      const tables = writer.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'notes%'");
      expect(tables.all()).toHaveLength(0);
      writer.close();
    },
  );

  it.each([1, 2])('leaves a file of format %d to the older version that runs on it, and says so', async (format) => {
    const older = openForWriting(folder);
    older.exec('CREATE TABLE "notes#1" (id INTEGER PRIMARY KEY)');
    older.pragma(`user_version = ${format}`);
    await expect(requestRebuild(folder)).rejects.toThrow(/an older version runs on this folder\. Stop it/);
    expect(older.prepare('SELECT count(*) FROM "notes#1"').pluck().get()).toBe(0);
    older.close();
  });
});
