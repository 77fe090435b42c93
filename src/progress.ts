import { type SingleBar, SingleBar as Bar } from 'cli-progress';

/** Shows how far long work is: a bar on a terminal, a plain line every few seconds otherwise. */
export class Progress {
  private readonly bar: SingleBar | undefined;
  private lineAt = 0;

  constructor(
    private readonly what: string,
    private readonly output: NodeJS.WriteStream = process.stderr,
  ) {
    if (!output.isTTY) return;
    this.bar = new Bar({
      format: `${what} {bar} {value}/{total} {text}`,
      stream: output,
      hideCursor: true,
      clearOnComplete: false,
    });
  }

  /** `total` is 0 where it is not known yet. */
  show(value: number, total: number, text = ''): void {
    if (this.bar !== undefined) {
      if (!this.bar.isActive) this.bar.start(total, value, { text });
      this.bar.setTotal(Math.max(total, value));
      this.bar.update(value, { text });
      return;
    }
    if (performance.now() < this.lineAt) return;
    this.lineAt = performance.now() + 5000;
    this.output.write(`${this.what}: ${value}${total > 0 ? ` of ${total}` : ''} ${text}`.trimEnd() + '\n');
  }

  end(): void {
    this.bar?.stop();
  }
}
