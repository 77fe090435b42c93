import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { NotAuthentic, openBox, sealBox } from './aead.js';
import { syncFolder } from './files.js';

/** Content is sealed in pieces of this size, so that neither writing nor reading a large file takes memory. */
const PIECE_BYTES = 64 * 1024;
const LENGTH_BYTES = 4;
/** What a box adds is far less. */
const LONGEST_BOX = PIECE_BYTES + 1024;

/** A piece opens only at its place, and only the last one as the last: a file that was cut short is told. */
const placeOf = (name: string, index: number, last: boolean): string =>
  `file|${name}|${index}|${last ? 'last' : 'more'}`;

/**
 * Writes content into a file that opens under this key and name only: complete and durable, or not there at all. Answers
 * the number of bytes of the content.
 *
 * @param key 32 bytes
 */
export async function writeSealed(
  file: string,
  { key, name }: { readonly key: Uint8Array; readonly name: string },
  content: AsyncIterable<Uint8Array | string>,
): Promise<number> {
  const draft = `${file}.part`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(draft, 'w', 0o600);
  let bytes = 0;
  try {
    let index = 0;
    const put = async (piece: Uint8Array, last: boolean): Promise<void> => {
      const box = sealBox(key, placeOf(name, index++, last), piece);
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32BE(box.length);
      await handle.writeFile(Buffer.concat([length, box]));
    };
    let rest = Buffer.alloc(0);
    for await (const chunk of content) {
      const more = Buffer.from(chunk);
      bytes += more.length;
      rest = Buffer.concat([rest, more]);
      for (; rest.length > PIECE_BYTES; rest = rest.subarray(PIECE_BYTES))
        await put(rest.subarray(0, PIECE_BYTES), false);
    }
    await put(rest, true);
    await handle.sync();
  } catch (error) {
    await handle.close();
    await rm(draft, { force: true });
    throw error;
  }
  await handle.close();
  await rename(draft, file);
  await syncFolder(dirname(file));
  return bytes;
}

/** @throws NotAuthentic for another key or name, and for a file that was altered or cut short; ENOENT */
export async function* readSealed(
  file: string,
  { key, name }: { readonly key: Uint8Array; readonly name: string },
): AsyncGenerator<Buffer> {
  let index = 0;
  let waiting: Buffer | undefined;
  for await (const box of boxesOf(file)) {
    if (waiting !== undefined) yield openBox(key, placeOf(name, index++, false), waiting);
    waiting = box;
  }
  if (waiting === undefined) throw new NotAuthentic('an empty file');
  yield openBox(key, placeOf(name, index, true), waiting);
}

async function* boxesOf(file: string): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(file)) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    while (rest.length >= LENGTH_BYTES) {
      const length = rest.readUInt32BE();
      if (length > LONGEST_BOX) throw new NotAuthentic('a piece that none of ours is as long as');
      if (rest.length < LENGTH_BYTES + length) break;
      yield rest.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
      rest = rest.subarray(LENGTH_BYTES + length);
    }
  }
  if (rest.length > 0) throw new NotAuthentic('cut short');
}
