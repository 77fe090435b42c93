/** Those who wait until a view reflects a position. */
export class CheckpointWaits {
  private readonly waits = new Map<string, Set<Wait>>();

  /** Resolves true when `reached` is called with the position or a later one, false after the time or by `giveUp`. */
  async wait(view: string, position: string, milliseconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const ofView = this.waits.get(view) ?? new Set<Wait>();
      this.waits.set(view, ofView);
      const wait: Wait = {
        position,
        settle: (answer) => {
          clearTimeout(timer);
          ofView.delete(wait);
          resolve(answer);
        },
      };
      const timer = setTimeout(() => wait.settle(false), milliseconds);
      ofView.add(wait);
    });
  }

  reached(view: string, checkpoint: string): void {
    for (const wait of this.waits.get(view) ?? []) if (wait.position <= checkpoint) wait.settle(true);
  }

  /** Answers everybody who waits for the view, or for any view, that it will not come. */
  giveUp(view?: string): void {
    const views = view === undefined ? [...this.waits.keys()] : [view];
    for (const name of views) for (const wait of this.waits.get(name) ?? []) wait.settle(false);
  }
}

interface Wait {
  readonly position: string;
  settle(answer: boolean): void;
}
