import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { masterKeyFor, MasterKeyRefused, parseMasterKey } from './master-key.js';

describe('the master key', () => {
  const key = randomBytes(32);

  it.each([
    ['hexadecimal', key.toString('hex')],
    ['upper case hexadecimal', key.toString('hex').toUpperCase()],
    ['base64', key.toString('base64')],
    ['base64url', key.toString('base64url')],
    ['white space around', ` ${key.toString('base64')}\n`],
  ])('is read from %s', (_form, text) => {
    expect(Buffer.from(parseMasterKey(text)).equals(key)).toBe(true);
  });

  it.each([
    '',
    'secret',
    key.toString('hex').slice(2),
    `${key.toString('base64')}A`,
    randomBytes(16).toString('base64'),
    '!'.repeat(44),
  ])('is refused when it is not 32 bytes, without being repeated: %j', (text) => {
    expect(() => parseMasterKey(text)).toThrow(MasterKeyRefused);
    expect(() => parseMasterKey(text)).toThrow(
      /^MASTER_KEY must be 32 random bytes as base64 or as 64 hexadecimal digits/,
    );
    if (text.length > 10) expect(() => parseMasterKey(text)).not.toThrow(text);
  });

  describe('in the data folder', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'key-'));
    });
    afterEach(() => rm(folder, { recursive: true }));

    it('is made once, for its owner only, and told', async () => {
      const first = await masterKeyFor(folder, undefined);
      const second = await masterKeyFor(folder, undefined);
      expect(first.made).toBe(true);
      expect(first.key).toHaveLength(32);
      expect((await stat(join(folder, 'master.key'))).mode & 0o777).toBe(0o600);
      expect(second.made).toBe(false);
      expect(second.key).toEqual(first.key);
    });

    it('of several that start at once all get the same', async () => {
      const keys = await Promise.all(Array.from({ length: 8 }, () => masterKeyFor(folder, undefined)));
      expect(new Set(keys.map(({ key: one }) => Buffer.from(one).toString('hex'))).size).toBe(1);
      expect(keys.filter(({ made }) => made)).toHaveLength(1);
    });

    it('from outside wins, and makes no file', async () => {
      const { key: found, made } = await masterKeyFor(folder, key.toString('base64'));
      expect([Buffer.from(found).equals(key), made]).toEqual([true, false]);
      await expect(readFile(join(folder, 'master.key'))).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('that others may read is refused', async () => {
      await masterKeyFor(folder, undefined);
      await chmod(join(folder, 'master.key'), 0o640);
      await expect(masterKeyFor(folder, undefined)).rejects.toThrow(/may be read by others \(mode 0640\): chmod 600/);
    });

    it('that is damaged is refused by the name of its file', async () => {
      await writeFile(join(folder, 'master.key'), 'half a k', { mode: 0o600 });
      await expect(masterKeyFor(folder, undefined)).rejects.toThrow(/master\.key must be 32 random bytes/);
    });

    it('is not made anew beside a vault that needs its own', async () => {
      await writeFile(join(folder, 'vault.db'), '');
      await expect(masterKeyFor(folder, undefined)).rejects.toThrow(/needs the MASTER_KEY/);
    });
  });
});
