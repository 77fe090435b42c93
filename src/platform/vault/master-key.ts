import { readFile, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from '../files.js';
import { randomBytes } from '../random.js';

export const MASTER_KEY_BYTES = 32;
/** The embedded vault, in the data folder. */
export const VAULT_FILE = 'vault.db';
/** The key of a node that made its own, in the data folder. */
export const MASTER_KEY_FILE = 'master.key';

/** The master key is not usable; the message says why in one sentence and never holds the key. */
export class MasterKeyRefused extends Error {
  override readonly name = 'MasterKeyRefused';
}

/**
 * 32 bytes from 64 hexadecimal digits, base64 or base64url.
 *
 * @throws MasterKeyRefused
 */
export function parseMasterKey(text: string, name = 'MASTER_KEY'): Uint8Array {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, 'hex');
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return Buffer.from(trimmed, 'base64');
  throw new MasterKeyRefused(
    `${name} must be ${MASTER_KEY_BYTES} random bytes as base64 or as 64 hexadecimal digits (openssl rand -base64 32)`,
  );
}

/**
 * The key from outside where one is given, else the one in the data folder's `master.key`, which is made (mode 0600,
 * durable) where there is no vault yet. `made` asks the caller to say so: without a copy of that file the vault is lost.
 *
 * @throws MasterKeyRefused
 */
export async function masterKeyFor(
  folder: string,
  fromOutside: string | undefined,
): Promise<{ readonly key: Uint8Array; readonly made: boolean }> {
  if (fromOutside !== undefined) return { key: parseMasterKey(fromOutside), made: false };
  const file = join(folder, MASTER_KEY_FILE);
  if (!existsSync(file)) {
    if (existsSync(join(folder, VAULT_FILE))) {
      throw new MasterKeyRefused(
        `${VAULT_FILE} in ${folder} needs the MASTER_KEY, or the master.key, that it was made with`,
      );
    }
    const made = await make(file);
    if (made !== undefined) return { key: made, made: true };
  }
  return { key: await read(file), made: false };
}

/** Undefined where another process was faster. */
async function make(file: string): Promise<Uint8Array | undefined> {
  const key = randomBytes(MASTER_KEY_BYTES);
  try {
    await writeDurably(file, `${key.toString('base64')}\n`, { mode: 0o600, exclusive: true });
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

async function read(file: string): Promise<Uint8Array> {
  const mode = (await stat(file)).mode & 0o777;
  // Windows reports no such permissions.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new MasterKeyRefused(
      `${file} may be read by others (mode ${mode.toString(8).padStart(4, '0')}): chmod 600 it`,
    );
  }
  return parseMasterKey(await readFile(file, 'utf8'), file);
}
