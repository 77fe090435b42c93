import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../files.js';

/** Of this layout of folders and manifests. */
const FORMAT = 1;
const FILE = 'manifest.json';

/** A part of a backup that can be kept by itself. */
export type Part = 'log' | 'vault';

export interface BackedUpFile {
  readonly name: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Stands beside the files of a part, and is written last: without it the backup was not finished. */
export interface Manifest<Facts> {
  readonly kind: `countersign-${Part}`;
  readonly format: number;
  /** Id of the backup, the same in both parts. */
  readonly backup: string;
  readonly takenAt: string;
  /** Version that made it. */
  readonly countersign: string;
  readonly files: readonly BackedUpFile[];
  readonly facts: Facts;
}

/** A backup, or a part of one, cannot be used; one sentence for people. */
export class BackupUnusable extends Error {
  override readonly name = 'BackupUnusable';
}

/** @param progress is told how many bytes were read since it was told last */
export async function describeFile(
  folder: string,
  name: string,
  progress: (bytes: number) => void = () => undefined,
): Promise<BackedUpFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(join(folder, name), { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    progress((chunk as Buffer).length);
  }
  return { name, bytes, sha256: hash.digest('hex') };
}

export async function writeManifest<Facts>(
  folder: string,
  part: Part,
  manifest: Omit<Manifest<Facts>, 'kind' | 'format'>,
): Promise<void> {
  const whole: Manifest<Facts> = { kind: `countersign-${part}`, format: FORMAT, ...manifest };
  await writeDurably(join(folder, FILE), `${JSON.stringify(whole, null, 2)}\n`);
}

/** @throws BackupUnusable */
export async function readManifest<Facts>(folder: string, part: Part): Promise<Manifest<Facts>> {
  const text = await readFile(join(folder, FILE), 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new BackupUnusable(`${folder} holds no finished backup of the ${part}: ${FILE} is missing`);
  });
  let manifest: Partial<Manifest<Facts>>;
  try {
    manifest = JSON.parse(text) as Partial<Manifest<Facts>>;
  } catch {
    throw new BackupUnusable(`${join(folder, FILE)} is damaged`);
  }
  if (!(manifest.files ?? []).every(({ name }) => isWithin(name)))
    throw new BackupUnusable(`${join(folder, FILE)} is damaged`);
  if (manifest.kind !== `countersign-${part}`) throw new BackupUnusable(`${folder} holds no backup of the ${part}`);
  if (manifest.format !== FORMAT)
    throw new BackupUnusable(`The backup in ${folder} was made by another version of Countersign: use that one`);
  return manifest as Manifest<Facts>;
}

/** A name that leads out of the folder is none that we have written. */
const isWithin = (name: string): boolean => !name.split(/[/\\]/).some((part) => ['', '.', '..'].includes(part));

/** The files of a part in a folder are those of its manifest, byte by byte. @throws BackupUnusable */
export async function verifyFiles(
  folder: string,
  { files }: Pick<Manifest<unknown>, 'files'>,
  progress?: (bytes: number) => void,
): Promise<void> {
  for (const expected of files) {
    const file = join(folder, expected.name);
    const found = await stat(file).catch(() => undefined);
    if (found?.size !== expected.bytes)
      throw new BackupUnusable(`${file} should have ${expected.bytes} bytes, it has ${found?.size ?? 'gone'}`);
    const { sha256 } = await describeFile(folder, expected.name, progress);
    if (sha256 !== expected.sha256) throw new BackupUnusable(`${file} is damaged: it is not what was backed up`);
  }
}
