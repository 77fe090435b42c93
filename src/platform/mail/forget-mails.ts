import { readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../files.js';

/** A name of one syllable stands in half of all mails; nothing shorter is looked for. */
const SHORTEST = 4;

/**
 * Takes the mails out of an outbox that hold one of the texts: those to a person's addresses, and those that name them.
 * Answers how many. A file that somebody else takes away meanwhile is gone as well.
 */
export async function forgetMails(folder: string, texts: readonly string[]): Promise<number> {
  const wanted = texts.map((text) => text.toLowerCase()).filter((text) => text.length >= SHORTEST);
  if (wanted.length === 0) return 0;
  return forget(folder, async (mail) => {
    const text = mail.toLowerCase();
    return wanted.some((one) => text.includes(one));
  });
}

/** Takes the mails to an address out of an outbox; `isTheirs` knows it. Answers how many. */
export function forgetMailsTo(folder: string, isTheirs: (address: string) => Promise<boolean>): Promise<number> {
  return forget(folder, async (mail) => {
    const [, recipient] = /^To: (?:.*<)?([^\s<>]+)>?\r?$/im.exec(mail) ?? [];
    return recipient !== undefined && isTheirs(recipient);
  });
}

async function forget(folder: string, isMeant: (mail: string) => Promise<boolean>): Promise<number> {
  const names = await readdir(folder).catch(ifMissing([] as string[]));
  let forgotten = 0;
  for (const name of names) {
    // Drafts of files begin with a dot, and may have been left by a crash.
    if (!/\.(eml|tmp)$/.test(name)) continue;
    const file = join(folder, name);
    if (!(await isMeant(await readFile(file, 'utf8').catch(ifMissing(''))))) continue;
    await unlink(file).catch(ifMissing(undefined));
    forgotten += 1;
  }
  if (forgotten > 0) await syncFolder(folder);
  return forgotten;
}

const ifMissing =
  <T>(otherwise: T) =>
  (error: unknown): T => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return otherwise;
    throw error;
  };
