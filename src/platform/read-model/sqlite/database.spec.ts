import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openForReading, openForWriting } from './database.js';

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
    expect(() => openForWriting(folder)).toThrow(/views\.db has format 7, this program knows 2: delete it/);
  });

  it('takes over a file of format 1, and the program before does not open it any more', () => {
    const older = openForWriting(folder);
    older.pragma('user_version = 1');
    older.close();
    const writer = openForWriting(folder);
    expect(writer.pragma('user_version', { simple: true })).toBe(2);
    writer.close();
  });
});
