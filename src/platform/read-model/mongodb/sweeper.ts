import type { Collection } from 'mongodb';
import type { Row } from './bookkeeping.js';
import type { Connection } from './connection.js';
import type { StoredDocument } from './documents.js';

const INTERVAL_MS = 600_000;
/**
 * A tombstone keeps a writer that was paused from bringing its document back. Beyond the checkpoint nobody else needs it, and
 * a writer that goes on after so long asks for its lease first.
 */
const KEPT_MS = 24 * 3_600_000;
const AT_ONCE = 1000;

/** Removes tombstones that the checkpoint has passed and that are a day old, some at a time. */
export class Sweeper {
  private readonly swept = new Map<string, number>();

  constructor(
    private readonly connection: Connection,
    private readonly now: () => number,
  ) {}

  async sweep(generations: readonly (readonly [Row, Collection<StoredDocument>])[]): Promise<void> {
    const now = this.now();
    for (const [{ _id, checkpoint }, documents] of generations) {
      if (checkpoint === null || now - (this.swept.get(_id) ?? -Infinity) < INTERVAL_MS) continue;
      this.swept.set(_id, now);
      const old = { 's.t': { $lt: now - KEPT_MS }, 's.p': { $lte: checkpoint } };
      await this.connection.call(async () => {
        const found = await documents.find(old, { limit: AT_ONCE, projection: { s: 1 } }).toArray();
        if (found.length === 0) return;
        // As it was found: a document that was taken up again stays.
        const deletes = found.map(({ _id: key, s }) => ({
          deleteOne: { filter: { _id: key, 's.p': s.p, 's.t': s.t! } },
        }));
        await documents.bulkWrite(deletes, { ordered: false });
      });
    }
  }
}
