const MAX_BATCH = 500;

interface Waiting<I, O> {
  readonly item: I;
  resolve(answer: O): void;
  reject(error: unknown): void;
}

/** Gathers what is asked for while one batch is under way, and asks for it together. Answers are in the order of the items. */
export class Batched<I, O> {
  #waiting: Waiting<I, O>[] = [];
  #underWay = false;

  constructor(private readonly ask: (items: readonly I[]) => Promise<readonly O[]>) {}

  get(item: I): Promise<O> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#underWay) return;
      this.#underWay = true;
      // A microtask later, what else this turn asks for is here as well.
      void Promise.resolve().then(() => this.#drain());
    });
  }

  /** Never rejects: who waits is told. */
  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH);
      try {
        const answers = await this.ask(batch.map(({ item }) => item));
        batch.forEach((waiting, i) => waiting.resolve(answers[i]!));
      } catch (error) {
        for (const waiting of batch) waiting.reject(error);
      }
    }
    this.#underWay = false;
  }
}
