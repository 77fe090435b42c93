import { closeSync, openSync } from 'node:fs';
import { link, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { randomBytes } from './random.js';

export interface WriteOptions {
  /** Permissions of the file; its owner's only by default. */
  readonly mode?: number;
  /** Refuse with EEXIST where the file is there already, instead of replacing it. */
  readonly exclusive?: boolean;
}

/**
 * Writes a whole file so that it is there completely or not at all, also after a power cut: a temporary file beside it
 * (its name starts with a dot), fsync, rename, fsync of the folder. Rejects with the file system's error.
 */
export async function writeDurably(
  file: string,
  content: Uint8Array | string,
  options: WriteOptions = {},
): Promise<void> {
  const draft = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = await open(draft, 'wx', options.mode ?? 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // A rename replaces whatever is there; a link does not.
    if (options.exclusive === true) await link(draft, file);
    else await rename(draft, file);
  } finally {
    await unlink(draft).catch(ignoreMissing);
  }
  await syncFolder(dirname(file));
}

/**
 * Makes an empty file for its owner only, where none is; SQLite gives its WAL the same permissions. A file that is there
 * is not opened: when a process closes a file, POSIX drops all locks that it has on it, SQLite's included.
 */
export function makePrivateFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Makes the content of a file durable that others have written. */
export async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes names that were added to or removed from a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders; NTFS journals names by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
