/** The pause between two batches, which ends as soon as somebody waits for what is not reached yet. */
export class Rest {
  private wanted = '';
  private end: () => void = () => undefined;

  /** Somebody waits for this position: no rest before it is reached. Positions come in any order. */
  want(position: string): void {
    if (position <= this.wanted) return;
    this.wanted = position;
    this.end();
  }

  /** Resolves after the time; at once where more than `reached` is wanted, and when the signal aborts. */
  async take(milliseconds: number, reached: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.wanted > reached) return;
    await new Promise<void>((resolve) => {
      this.end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', this.end);
        resolve();
      };
      const timer = setTimeout(this.end, milliseconds);
      signal.addEventListener('abort', this.end, { once: true });
    });
  }
}
