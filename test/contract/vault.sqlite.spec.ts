import Database from 'better-sqlite3';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteVault } from '../../src/platform/vault/sqlite/sqlite-vault.js';
import { openSqliteVaultReader } from '../../src/platform/vault/sqlite/sqlite-vault-reader.js';
import { itIf } from '../support/available.js';
import { describeVault, type StoredRow, type VaultBed } from './vault.contract.js';

describeVault({ name: 'SQLite', bed: sqliteBed });

async function sqliteBed(): Promise<VaultBed> {
  const folder = await mkdtemp(join(tmpdir(), 'vault-'));
  const file = join(folder, 'vault.db');
  const edit = <T>(run: (db: Database.Database) => T): T => {
    const db = new Database(file);
    try {
      return run(db);
    } finally {
      db.close();
    }
  };
  return {
    open: (masterKey) => openSqliteVault({ folder, masterKey }),
    openReader: (masterKey) => openSqliteVaultReader({ folder, masterKey }),
    wrapped: async (row) => {
      const { table, where, keys } = locate(row);
      return edit((db) =>
        db
          .prepare<string[], Uint8Array>(`SELECT wrapped FROM ${table} WHERE ${where}`)
          .pluck()
          .get(...keys)!,
      );
    },
    overwrite: async (row, wrapped) => {
      const { table, where, keys } = locate(row);
      edit((db) => db.prepare(`UPDATE ${table} SET wrapped = ? WHERE ${where}`).run(wrapped, ...keys));
    },
    markErased: async (organisation, subject) => {
      edit((db) =>
        db
          .prepare('UPDATE subject_keys SET erased = 1 WHERE organisation = ? AND subject = ?')
          .run(organisation, subject),
      );
    },
    atRest: async () => Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name)))),
    destroy: () => rm(folder, { recursive: true }),
  };
}

function locate(row: StoredRow): { readonly table: string; readonly where: string; readonly keys: readonly string[] } {
  switch (row.kind) {
    case 'subject-key':
      return {
        table: 'subject_keys',
        where: 'organisation = ? AND subject = ?',
        keys: [row.organisation, row.subject],
      };
    case 'credential':
      return { table: 'credentials', where: 'account = ? AND version = ?', keys: [row.account, row.version] };
    case 'secret':
      return { table: 'secrets', where: 'name = ?', keys: [row.name] };
  }
}

describe('the SQLite vault alone', () => {
  let folder: string;
  const masterKey = randomBytes(32);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vault-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('its files are for their owner only', async () => {
    const vault = await openSqliteVault({ folder, masterKey });
    await vault.secret('s');
    for (const name of await readdir(folder)) {
      expect([name, (await stat(join(folder, name))).mode & 0o777]).toEqual([name, 0o600]);
    }
    await vault.close();
  });

  it('leaves nothing in the WAL when it is closed', async () => {
    const vault = await openSqliteVault({ folder, masterKey });
    await vault.secret('s');
    await vault.close();
    expect(await readdir(folder)).toEqual(['vault.db']);
  });

  it('says that a file which is no vault is not one', async () => {
    await writeFile(join(folder, 'vault.db'), Buffer.alloc(8192, 'no vault '));
    await expect(openSqliteVault({ folder, masterKey })).rejects.toMatchObject({ name: 'VaultUnreadable' });
  });

  it('refuses a file of a newer version', async () => {
    await (await openSqliteVault({ folder, masterKey })).close();
    const db = new Database(join(folder, 'vault.db'));
    db.pragma('user_version = 99');
    db.close();
    await expect(openSqliteVault({ folder, masterKey })).rejects.toThrow(/newer version/);
  });

  it('a reader where there is no vault yet says that it is not available', async () => {
    await expect(openSqliteVaultReader({ folder, masterKey })).rejects.toMatchObject({ name: 'VaultUnavailable' });
  });

  const strace = spawnSync('strace', ['-f', 'true']).status === 0;
  itIf(
    strace,
    'no strace, or it may not trace here',
    'each key that was waited for was synced to the disk',
    async () => {
      const script = `
      const { openSqliteVault } = await import(process.argv[2]);
      const vault = await openSqliteVault({ folder: process.argv[3], masterKey: new Uint8Array(32) });
      for (let i = 0; i < 50; i++) await vault.subjectKeyForWriting('org', 's' + i);
      await vault.close();`;
      const trace = join(folder, 'trace');
      const module = new URL('../../src/platform/vault/sqlite/sqlite-vault.js', import.meta.url).href;
      await writeFile(join(folder, 'make.mjs'), script);
      const node = [process.execPath, join(folder, 'make.mjs'), module, folder];
      execFileSync('strace', ['-f', '-y', '-o', trace, '-e', 'trace=fsync,fdatasync', ...node]);
      const syncs = (await readFile(trace, 'utf8'))
        .split('\n')
        .filter((line) => /sync\(\d+<[^>]*vault\.db-wal>/.test(line));
      expect(syncs.length).toBeGreaterThanOrEqual(50);
    },
  );

  it('a write that fails is refused, and works when the reason is gone', async () => {
    const vault = await openSqliteVault({ folder, masterKey });
    const other = new Database(join(folder, 'vault.db'), { timeout: 0 });
    other.exec("CREATE TRIGGER full BEFORE INSERT ON subject_keys BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    await expect(vault.subjectKeyForWriting('org', 'ann')).rejects.toMatchObject({ name: 'VaultUnavailable' });
    expect(await vault.subjectKey('org', 'ann')).toBeUndefined();
    other.exec('DROP TRIGGER full');
    other.close();
    expect((await vault.subjectKeyForWriting('org', 'ann')).key).toHaveLength(32);
    await vault.close();
  });
});
