/** Runs a question so that whoever asks gets an answer that was looked for after they asked, and many share one. */
export class Latest {
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(private readonly ask: () => Promise<void>) {}

  get(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#run();
    const before = this.#running;
    this.#next = before
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#run();
      });
    return this.#next;
  }

  #run(): Promise<void> {
    const running = this.ask().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }
}
