import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { StoreUnavailable } from '../../platform/event-store/event-store.port.js';
import { syncFolder } from '../../platform/files.js';
import { randomBytes } from '../../platform/random.js';

/** A quotation mark inside a cell stands for itself; a cell that is never closed is found by the size of its record. */
const CSV = {
  bom: true,
  relaxColumnCount: true,
  relaxQuotes: true,
  maxRecordSize: 64 * 1024,
  skipEmptyLines: true,
} as const;

/** Some hundred rows, which are parsed in one turn of the event loop. */
const READ_BYTES = 64 * 1024;

/** An upload that is safe on disk, and belongs to no import yet. */
export interface Received {
  readonly draft: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/**
 * Uploaded files of imports that have not finished, one per import, in a folder of the data folder. A file is complete and
 * durable once `keep` has resolved; half an upload is never found.
 */
export class Uploads {
  constructor(private readonly folder: string) {}

  /** Streams an upload to disk, fsync included. Rejects when the client breaks off. */
  async receive(upload: Readable): Promise<Received> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 }).catch(unmade);
    const draft = join(this.folder, `${randomBytes(12).toString('hex')}.part`);
    const hash = createHash('sha256');
    const sink = createWriteStream(draft, { mode: 0o600, flush: true });
    try {
      await pipeline(
        upload,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            hash.update(chunk);
            yield chunk;
          }
        },
        sink,
      );
    } catch (error) {
      await rm(draft, { force: true });
      return unavailable(error);
    }
    return { draft, bytes: sink.bytesWritten, sha256: hash.digest('hex') };
  }

  /** Makes what was received the file of an import, in the place of what an attempt that failed left there. May be repeated. */
  async keep(id: string, { draft }: Received): Promise<void> {
    await rename(draft, this.path(id)).catch(ignore('ENOENT')).catch(unavailable);
    await syncFolder(this.folder).catch(unavailable);
  }

  /** Forgets what was received, unless it is kept. */
  async forget({ draft }: Received): Promise<void> {
    await rm(draft, { force: true });
  }

  has(id: string): Promise<boolean> {
    return access(this.path(id)).then(
      () => true,
      () => false,
    );
  }

  /** Removes what an earlier process left behind: files from before `startedAt` (ms since 1970) of no interrupted import. */
  async removeStale(interrupted: ReadonlySet<string>, startedAt: number): Promise<void> {
    const names = await readdir(this.folder).catch(ignore('ENOENT'));
    for (const name of names ?? []) {
      if (name.endsWith('.csv') && interrupted.has(name.slice(0, -'.csv'.length))) continue;
      const file = join(this.folder, name);
      const found = await stat(file).catch(ignore('ENOENT'));
      if (found !== undefined && found.mtimeMs < startedAt) await rm(file, { recursive: true, force: true });
    }
  }

  async remove(id: string): Promise<void> {
    await rm(this.path(id), { force: true });
  }

  /** The kept file of an import. */
  fileOf(id: string): UploadedFile {
    return new UploadedFile(this.path(id), join(this.folder, `${id}.sort`));
  }

  /** A file that is only looked at, until it is forgotten. */
  draftOf({ draft }: Received): UploadedFile {
    return new UploadedFile(draft, `${draft}.sort`);
  }

  private path(id: string): string {
    return join(this.folder, `${id}.csv`);
  }
}

/** An uploaded file, as CSV. */
export class UploadedFile {
  constructor(
    private readonly path: string,
    /** A place for temporary files. */
    readonly scratch: string,
  ) {}

  /**
   * The records of the file, the first line included, or the first `to` ones; as many at a time as one read of the disk
   * gives. @throws CsvError where it stops being CSV
   */
  async *records(to?: number): AsyncGenerator<readonly (readonly string[])[]> {
    const input = createReadStream(this.path, { highWaterMark: READ_BYTES });
    const parser = parse({ ...CSV, ...(to === undefined ? {} : { to }) });
    input.on('error', (error) => parser.destroy(error));
    try {
      for await (const first of input.pipe(parser)) {
        const records = [first as string[]];
        // What has been parsed already comes without waiting.
        for (let next = parser.read() as string[] | null; next !== null; next = parser.read() as string[] | null)
          records.push(next);
        yield records;
      }
    } finally {
      input.destroy();
      parser.destroy();
    }
  }

  /** The first line; undefined where there is none, or it is no CSV. */
  async firstRecord(): Promise<readonly string[] | undefined> {
    try {
      for await (const [record] of this.records(1)) return record;
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
    }
    return undefined;
  }
}

const FAILING_DISK: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);

/** Node answers ENOENT where a disk without room keeps it from making a folder (libuv's ENOSPC is lost on the way). */
function unmade(error: unknown): never {
  throw new StoreUnavailable('The folder of uploads could not be made', { cause: error });
}

/** What the disk fails at can be asked for again later; every other error is thrown as it is. */
function unavailable(error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  if (!FAILING_DISK.has(code)) throw error;
  throw new StoreUnavailable(`The upload could not be kept (${code})`, { cause: error });
}

function ignore(expected: string): (error: unknown) => undefined {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code === expected) return undefined;
    throw error;
  };
}
