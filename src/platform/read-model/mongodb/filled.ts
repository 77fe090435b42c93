import type { Row } from './bookkeeping.js';

/** Keys remembered for one generation: about 20 MiB. */
const MAX_KEYS = 200_000;

/**
 * Which documents a generation has that this writer began and alone has filled: what is not among them need not be looked for,
 * which is most of what a catch-up would read. It holds for the checkpoint that it was made at. Where the row shows
 * another one somebody else wrote, and where a batch did not end well nobody knows: then documents are looked for again.
 */
export class Filled {
  private readonly generations = new Map<string, { checkpoint: string | null; readonly keys: Set<string> }>();

  begin({ _id }: Row): void {
    this.generations.set(_id, { checkpoint: null, keys: new Set() });
  }

  /** Those of the keys that may be there. */
  among({ _id, checkpoint }: Row, keys: readonly string[]): readonly string[] {
    const filled = this.generations.get(_id);
    if (filled === undefined) return keys;
    if (filled.checkpoint === checkpoint) return keys.filter((key) => filled.keys.has(key));
    this.generations.delete(_id);
    return keys;
  }

  /** A batch that touched these documents is written, and the checkpoint has moved. */
  moved({ _id }: Row, checkpoint: string, keys: readonly string[]): void {
    const filled = this.generations.get(_id);
    if (filled === undefined) return;
    for (const key of keys) filled.keys.add(key);
    filled.checkpoint = checkpoint;
    if (filled.keys.size > MAX_KEYS) this.generations.delete(_id);
  }

  forget({ _id }: Pick<Row, '_id'>): void {
    this.generations.delete(_id);
  }
}
