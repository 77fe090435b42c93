/** How many callers get their answer in one turn of the event loop: each of them runs the rest of a request at once. */
const SLICE = 16;

/** Runs tasks in order, so many a turn, so that a large commit does not hold up the event loop when it is answered. */
export class Slices {
  readonly #tasks: (() => void)[] = [];
  #scheduled = false;

  /** The first slice runs at once, unless earlier ones are waiting for their turn. */
  add(tasks: readonly (() => void)[]): void {
    this.#tasks.push(...tasks);
    if (!this.#scheduled) this.#run();
  }

  #run(): void {
    for (const task of this.#tasks.splice(0, SLICE)) task();
    this.#scheduled = this.#tasks.length > 0;
    if (this.#scheduled) setImmediate(() => this.#run());
  }
}
