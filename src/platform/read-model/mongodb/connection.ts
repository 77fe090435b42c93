import {
  type Db,
  MongoBulkWriteError,
  MongoClient,
  MongoError,
  MongoInvalidArgumentError,
  MongoServerError,
  type WriteError,
} from 'mongodb';

/** How long one call may take, in milliseconds, server selection included. */
const CALL_MS = 5000;
const SELECTION_MS = 2000;
/** The longest that any call is given; behind it a socket is given up. */
export const LONG_CALL_MS = 60_000;
const DUPLICATE_KEY = 11000;

export interface MongoOptions {
  /** `mongodb://...`; its path names the database, `countersign` by default. */
  readonly url: string;
  /** Told when calls succeed again after the server could not be used. */
  readonly reconnected?: (() => void) | undefined;
}

/** The port's own error for a store that cannot be used now. */
export type Unavailable = (message: string, cause?: unknown) => Error;

/**
 * A client whose calls end in time, whatever the server does: the driver's own bound on a call (`timeoutMS`) has no effect in
 * version 7.9, and a server that accepts and never answers would hold it for ever. What ran out of time may have happened.
 * It connects by itself with the first call, and again after a failure.
 */
export class Connection {
  readonly db: Db;
  private readonly client: MongoClient;
  private readonly underWay = new Set<Promise<unknown>>();
  private readonly reconnected: (() => void) | undefined;
  private closing: Promise<void> | undefined;
  private away = false;

  constructor(
    { url, reconnected }: MongoOptions,
    private readonly what: string,
    private readonly unavailable: Unavailable,
  ) {
    this.client = new MongoClient(url, {
      appName: 'countersign',
      serverSelectionTimeoutMS: SELECTION_MS,
      connectTimeoutMS: SELECTION_MS,
      socketTimeoutMS: LONG_CALL_MS,
      waitQueueTimeoutMS: SELECTION_MS,
    });
    this.db = this.client.db(databaseIn(url));
    this.reconnected = reconnected;
  }

  /** One operation of the port, of any number of calls: none begins after `close`, which waits for those under way. */
  async operation<T>(work: () => Promise<T>): Promise<T> {
    if (this.closing !== undefined) throw this.unavailable(`${this.what} is closed`);
    const running = work();
    this.underWay.add(running);
    try {
      return await running;
    } finally {
      this.underWay.delete(running);
    }
  }

  /** One call, bounded in time; errors of the driver and the server come out as the port's. */
  async call<T>(work: () => Promise<T>, milliseconds = CALL_MS): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.away = true;
        reject(this.unavailable(`${this.what} cannot be used now (no answer within ${milliseconds} ms)`));
      }, milliseconds);
    });
    try {
      const answer = await Promise.race([work(), late]);
      if (this.away) this.reconnected?.();
      this.away = false;
      return answer;
    } catch (error) {
      if (!(error instanceof MongoError) || error instanceof MongoInvalidArgumentError) throw error;
      // A refusal by a server that answers is no outage.
      if (!(error instanceof MongoServerError)) this.away = true;
      // Named by its kind: the message may hold addresses and values, and stays in the cause.
      const code = error instanceof MongoServerError && error.code !== undefined ? ` ${error.code}` : '';
      throw this.unavailable(`${this.what} cannot be used now (${error.name}${code})`, error);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.closing ??= (async () => {
      await Promise.allSettled(this.underWay);
      await this.client.close();
    })();
    return this.closing;
  }
}

/** Whether a write met a document of the same `_id`. */
export const isDuplicate = (error: unknown): boolean =>
  error instanceof MongoServerError && error.code === DUPLICATE_KEY;

/** Inserts, true where there was none of this `_id`: the one compare-and-set that every server of the protocol keeps. */
export async function insertedAlone(insert: () => Promise<unknown>): Promise<boolean> {
  try {
    await insert();
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}

/** Which operations met a document of their key. @throws the error where that is not all that went wrong */
export function duplicatesIn(error: unknown): number[] {
  if (!(error instanceof MongoBulkWriteError)) throw error;
  const errors: readonly WriteError[] = [error.writeErrors].flat();
  if (errors.length === 0 || errors.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
  return errors.map(({ index }) => index);
}

/** Lists of hosts make it no URL of the standard's. */
function databaseIn(url: string): string {
  const name = /^mongodb(?:\+srv)?:\/\/[^/?]+\/([^?]*)/.exec(url)?.[1] ?? '';
  return name === '' ? 'countersign' : decodeURIComponent(name);
}
