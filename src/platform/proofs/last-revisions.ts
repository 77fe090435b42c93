import { hash } from 'node:crypto';

const SMALLEST = 1024;
/** Fuller than this, a table is doubled. */
const FULL = 0.6;

/**
 * The last revision of every stream of a log, in twenty to forty bytes a stream however long its name: a table with open
 * addressing by the first 64 bits of the name's SHA-256. Two names that share these would be taken for one stream; among a
 * thousand million streams that is one chance in forty.
 */
export class LastRevisions {
  private highs = new Uint32Array(SMALLEST);
  private lows = new Uint32Array(SMALLEST);
  /** Each revision and one: 0 is a free place. */
  private counts = new Uint32Array(SMALLEST);
  private streams = 0;

  /** Puts a revision in the place of the one before, and answers that; -1 for a stream that is new. */
  put(stream: string, revision: number): number {
    if (this.streams >= this.counts.length * FULL) this.grow();
    const digest = hash('sha256', stream, 'buffer');
    const place = this.place(digest.readUInt32LE(0), digest.readUInt32LE(4));
    const before = this.counts[place]! - 1;
    if (before === -1) this.streams += 1;
    this.counts[place] = revision + 1;
    return before;
  }

  /** Where a stream stands, or is to stand. */
  private place(high: number, low: number): number {
    const mask = this.counts.length - 1;
    let place = low & mask;
    while (this.counts[place] !== 0 && (this.highs[place] !== high || this.lows[place] !== low))
      place = (place + 1) & mask;
    this.highs[place] = high;
    this.lows[place] = low;
    return place;
  }

  private grow(): void {
    const { highs, lows, counts } = this;
    this.highs = new Uint32Array(counts.length * 2);
    this.lows = new Uint32Array(counts.length * 2);
    this.counts = new Uint32Array(counts.length * 2);
    for (const [i, count] of counts.entries()) {
      if (count > 0) this.counts[this.place(highs[i]!, lows[i]!)] = count;
    }
  }
}
