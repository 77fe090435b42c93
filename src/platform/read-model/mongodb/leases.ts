import type { Collection } from 'mongodb';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lease, Leases } from '../lease.port.js';
import { ViewsUnavailable } from '../read-model.port.js';
import { Connection, insertedAlone, type MongoOptions } from './connection.js';

interface Stored {
  readonly _id: string;
  readonly name: string;
  readonly token: number;
  /** Grows with every renewal: that it stands still is what others see of a holder that is gone. */
  readonly beat: number;
  readonly released: boolean;
}

const SAFE = { writeConcern: { w: 'majority' } } as const;
const ASKS_PER_TTL = 5;

export interface MongoLeaseOptions extends MongoOptions {
  /** Milliseconds without renewal until somebody else takes over; 5000 by default. */
  readonly ttlMs?: number;
}

/**
 * Leases in MongoDB, a document for each holder with the next number as its `_id`: two who take over at once insert the
 * same `_id`, and one of them is refused. An update with a filter would do on MongoDB, but FerretDB reads and writes
 * in two steps, and both would win. The holder of the highest number has the lease.
 */
export function openMongoLeases(options: MongoLeaseOptions): Leases {
  return new MongoLeases(
    new Connection(options, 'The database of views', (message, cause) => new ViewsUnavailable(message, { cause })),
    options.ttlMs ?? 5000,
  );
}

class MongoLeases implements Leases {
  private readonly stored: Collection<Stored>;

  constructor(
    private readonly connection: Connection,
    private readonly ttlMs: number,
  ) {
    this.stored = connection.db.collection('leases');
  }

  async acquire(name: string, signal: AbortSignal): Promise<Lease> {
    let seen: { readonly what: string; readonly since: number } | undefined;
    for (;;) {
      signal.throwIfAborted();
      const asked = performance.now();
      const current = await this.latest(name);
      const what = JSON.stringify([current?.token, current?.beat]);
      if (seen?.what !== what) seen = { what, since: performance.now() };
      const free = current === undefined || current.released || asked - seen.since >= this.ttlMs;
      if (free) {
        const held = await this.take(name, current);
        if (held !== undefined) return held;
        continue;
      }
      await sleep(this.ttlMs / ASKS_PER_TTL, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private async latest(name: string): Promise<Stored | undefined> {
    const [found] = await this.connection.operation(() =>
      this.connection.call(() => this.stored.find({ name }, { sort: { token: -1 }, limit: 1 }).toArray()),
    );
    return found;
  }

  private async take(name: string, before: Stored | undefined): Promise<Lease | undefined> {
    const token = (before?.token ?? 0) + 1;
    const begun = performance.now();
    const mine: Stored = { _id: `${name}.${token}`, name, token, beat: 0, released: false };
    const taken = await this.connection.operation(() =>
      this.connection.call(() => insertedAlone(() => this.stored.insertOne(mine, SAFE))),
    );
    if (!taken) return undefined;
    // The one before stays until here: numbers must not begin anew.
    if (before !== undefined) {
      await this.connection.operation(() => this.connection.call(() => this.stored.deleteOne({ _id: before._id })));
    }
    return new HeldLease(mine, begun, this.ttlMs, {
      renew: (beat) => this.renew(mine, beat),
      release: () => this.set(mine, { released: true }),
    });
  }

  /** False where it is somebody else's. */
  private async renew(mine: Stored, beat: number): Promise<boolean> {
    if (!(await this.set(mine, { beat }))) return false;
    return (await this.latest(mine.name))?.token === mine.token;
  }

  private async set({ _id }: Stored, change: Partial<Stored>): Promise<boolean> {
    const { matchedCount } = await this.connection.operation(() =>
      this.connection.call(() => this.stored.updateOne({ _id }, { $set: change }, SAFE)),
    );
    return matchedCount === 1;
  }
}

/** Renewed in the background; over at the latest when its time has passed since the last renewal that succeeded was begun. */
class HeldLease implements Lease {
  readonly token: number;
  readonly lost: AbortSignal;
  private readonly ending = new AbortController();
  private readonly stopping = new AbortController();
  private readonly renewing: Promise<void>;

  constructor(
    { token }: Stored,
    private since: number,
    private readonly ttlMs: number,
    private readonly store: {
      renew(beat: number): Promise<boolean>;
      release(): Promise<boolean>;
    },
  ) {
    this.token = token;
    this.lost = this.ending.signal;
    this.renewing = this.keep();
  }

  held(): boolean {
    if (performance.now() - this.since >= this.ttlMs) this.ending.abort();
    return !this.lost.aborted;
  }

  async release(): Promise<void> {
    this.stopping.abort();
    await this.renewing;
    const had = this.held();
    this.ending.abort();
    if (had) await this.store.release();
  }

  private async keep(): Promise<void> {
    for (let beat = 1; !this.stopping.signal.aborted; beat++) {
      try {
        await sleep(this.ttlMs / ASKS_PER_TTL, undefined, { signal: this.stopping.signal });
      } catch {
        return;
      }
      const begun = performance.now();
      try {
        if (!(await this.store.renew(beat))) this.ending.abort();
        else if (this.held()) this.since = begun;
      } catch {
        // The server may be back in time.
      }
      if (!this.held()) return;
    }
  }
}
