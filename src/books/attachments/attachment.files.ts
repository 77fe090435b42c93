import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileTypeFromBuffer } from 'file-type';
import { conflict, invalid, Refusal } from '../../kernel/refusal.js';
import { StoreUnavailable } from '../../platform/event-store/event-store.port.js';
import { syncFolder } from '../../platform/files.js';
import { readSealed, writeSealed } from '../../platform/sealed-file.js';
import type { Erasure, Vault } from '../../platform/vault/vault.port.js';

export const MAX_ATTACHMENT_BYTES = 10 * 1024 * 1024;

/** Of the data folder. */
export const ATTACHMENTS = 'attachments';

/** As many bytes of the beginning as `file-type` looks at. */
const HEAD_BYTES = 4100;
const UNSETTLED = 'unsettled';
const ENDING = '.sealed';

/** One file, and under whose key it is. */
export interface AttachmentPlace {
  readonly organisation: string;
  readonly purchaseId: string;
  readonly supplierId: string;
  readonly attachmentId: string;
}

export interface Received {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/**
 * Files with purchases, in a folder for each organisation and in it for each supplier, sealed under the `document:` key of the
 * supplier that they came from: with that key they are gone, wherever a copy of them may be.
 *
 * A file that the log may not know of (yet, or any more) is in the folder `unsettled`; what is left there by a crash is
 * settled by the log when the next process starts.
 */
export class AttachmentFiles {
  constructor(
    private readonly folder: string,
    private readonly vault: Pick<Vault, 'subjectKey' | 'subjectKeyForWriting' | 'erasures'>,
  ) {}

  /**
   * Takes an upload, complete and durable, or leaves nothing of it: one that breaks off, is too large, or is not what it
   * says it is. It is unsettled.
   *
   * @throws Refusal too-large, unsupported-media-type, validation-failed; SubjectErased, StoreUnavailable
   */
  async receive(place: AttachmentPlace, upload: Readable, type: string): Promise<Received> {
    const { key } = await this.vault.subjectKeyForWriting(place.organisation, keyName(place));
    const hash = createHash('sha256');
    try {
      const content = checked(upload, type, (chunk) => hash.update(chunk));
      const bytes = await writeSealed(this.unsettled(place), { key, name: sealName(place) }, content);
      return { bytes, sha256: hash.digest('hex') };
    } catch (error) {
      // What is still to come is read and thrown away, so that the refusal reaches whoever is sending.
      upload.resume();
      return unavailable(error);
    }
  }

  /** The log names the file. May be repeated. */
  async settle(place: AttachmentPlace): Promise<void> {
    await this.move(this.unsettled(place), this.settled(place));
  }

  /** The log is about to take the file away. May be repeated. */
  async unsettle(place: AttachmentPlace): Promise<void> {
    await this.move(this.settled(place), this.unsettled(place));
  }

  /** The log does not name the file. May be repeated. */
  async forget(place: AttachmentPlace): Promise<void> {
    await rm(this.unsettled(place), { force: true });
  }

  /** @throws Refusal conflict `erased` where the key is gone, `attachment-elsewhere` where another node has the file */
  async read(place: AttachmentPlace): Promise<AsyncIterable<Buffer>> {
    const found = await this.vault.subjectKey(place.organisation, keyName(place));
    if (found === undefined || found === 'erased') throw conflict('erased', 'The data of this supplier was erased');
    const seal = { key: found.key, name: sealName(place) };
    for (const file of [this.settled(place), this.unsettled(place)]) {
      const pieces = readSealed(file, seal);
      // Opened before the answer begins: what is not there is told, not broken off.
      const first = await pieces.next().catch(missing);
      if (first !== undefined) return withFirst(first, pieces);
    }
    throw conflict('attachment-elsewhere', 'This node does not have the file; ask the one that took it');
  }

  /** What an earlier process left unsettled. Nothing comes in meanwhile. */
  async leftOver(): Promise<readonly AttachmentPlace[]> {
    const folder = join(this.folder, UNSETTLED);
    const names = (await readdir(folder).catch(missing)) ?? [];
    const places: AttachmentPlace[] = [];
    for (const name of names) {
      const [organisation, purchaseId, supplierId, attachmentId] = name.endsWith(ENDING)
        ? name.slice(0, -ENDING.length).split('_')
        : [];
      if (organisation && purchaseId && supplierId && attachmentId)
        places.push({ organisation, purchaseId, supplierId, attachmentId });
      // Half an upload.
      else await rm(join(folder, name), { force: true });
    }
    return places;
  }

  /** Removes settled files whose key is destroyed: nobody can ever read them. May be repeated. */
  async removeErased(): Promise<void> {
    const isErased = erasedIn(await this.vault.erasures());
    for (const organisation of await foldersIn(this.folder)) {
      for (const supplierId of await foldersIn(join(this.folder, organisation))) {
        if (!isErased({ organisation, supplierId })) continue;
        await rm(join(this.folder, organisation, supplierId), { recursive: true, force: true });
      }
    }
  }

  private async move(from: string, to: string): Promise<void> {
    await makeFolder(dirname(to), this.folder);
    await rename(from, to).catch(missing);
    await syncFolder(dirname(to));
  }

  private settled(place: AttachmentPlace): string {
    return join(this.folder, settledName(place));
  }

  private unsettled(place: AttachmentPlace): string {
    return join(this.folder, unsettledName(place));
  }
}

/** Makes a folder within the one of attachments, durably. */
export async function makeFolder(folder: string, attachments: string): Promise<void> {
  if ((await mkdir(folder, { recursive: true, mode: 0o700 })) === undefined) return;
  for (const parent of new Set([dirname(folder), attachments, dirname(attachments)])) await syncFolder(parent);
}

/** Within the folder of attachments. */
export const settledName = ({ organisation, supplierId, attachmentId }: AttachmentPlace): string =>
  join(organisation, supplierId, `${attachmentId}${ENDING}`);
export const unsettledName = ({ organisation, purchaseId, supplierId, attachmentId }: AttachmentPlace): string =>
  join(UNSETTLED, `${[organisation, purchaseId, supplierId, attachmentId].join('_')}${ENDING}`);

type Keyed = Pick<AttachmentPlace, 'organisation' | 'supplierId'>;

/** Whether a register of erasures has the key of a supplier's files. */
export function erasedIn(register: readonly Erasure[]): (of: Keyed) => boolean {
  const nameOf = (organisation: string, subject: string): string => `${organisation}/${subject}`;
  const erased = new Set(register.map(({ organisation, subject }) => nameOf(organisation, subject)));
  return (of) => erased.has(nameOf(of.organisation, keyName(of)));
}

export const keyName = ({ supplierId }: Pick<AttachmentPlace, 'supplierId'>): string => `document:${supplierId}`;
export const sealName = ({ organisation, attachmentId }: AttachmentPlace): string =>
  `attachment|${organisation}|${attachmentId}`;

/**
 * The content as it comes in. Its first bytes are looked at before any of it goes on: who sends a page as a picture is told
 * so.
 */
async function* checked(
  upload: Readable,
  type: string,
  seen: (chunk: Buffer) => void,
): AsyncGenerator<Buffer, void, undefined> {
  let head: Buffer | undefined = Buffer.alloc(0);
  let bytes = 0;
  // The stream is the request itself: breaking it off would break off the answer too.
  for await (const chunk of upload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ATTACHMENT_BYTES)
      throw new Refusal('too-large', `An attachment can have ${MAX_ATTACHMENT_BYTES} bytes at most`);
    seen(chunk);
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < HEAD_BYTES) continue;
    await requireType(head, type);
    yield head;
    head = undefined;
  }
  if (bytes === 0) throw invalid('file', 'is empty');
  if (head === undefined) return;
  await requireType(head, type);
  yield head;
}

/** By its magic number, whatever its name and its sender say. */
async function requireType(head: Buffer, type: string): Promise<void> {
  // What cannot be made out is of no type.
  const found = await fileTypeFromBuffer(head.subarray(0, HEAD_BYTES)).catch(() => undefined);
  if (found?.mime !== type)
    throw new Refusal('unsupported-media-type', `The file is not ${type}, as its Content-Type says`);
}

async function* withFirst(first: IteratorResult<Buffer>, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

const FAILING_DISK: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);

/** What the disk fails at can be asked for again later; every other error is thrown as it is. */
function unavailable(error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  if (!FAILING_DISK.has(code)) throw error;
  throw new StoreUnavailable(`The file could not be kept (${code})`, { cause: error });
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = (await readdir(folder, { withFileTypes: true }).catch(missing)) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function missing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}
