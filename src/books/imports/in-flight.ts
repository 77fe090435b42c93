/** Work that goes on side by side. What fails stays here until somebody waits, so a failure between two waits is not lost. */
export class InFlight {
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(private readonly limit: number) {}

  /** Resolves when there is room for more. Rejects where some of it has failed. */
  async add(work: Promise<void>): Promise<void> {
    const done: Promise<unknown> = work.then(() => this.underWay.delete(done));
    // Whoever waits hears of it; until then it must not count as unhandled.
    done.catch(() => undefined);
    this.underWay.add(done);
    if (this.underWay.size >= this.limit) await Promise.race(this.underWay);
  }

  /** Resolves when all of it is done. Rejects where some of it has failed. */
  async finish(): Promise<void> {
    await Promise.all(this.underWay);
  }

  /** Resolves when nothing goes on any more, well or not. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }
}
