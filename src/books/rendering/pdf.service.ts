import { Worker } from 'node:worker_threads';
import { type BeforeApplicationShutdown, Injectable, StreamableFile } from '@nestjs/common';
import { Refusal } from '../../kernel/refusal.js';
import type { Drawn, Job } from './pdf.thread.js';
import type { Printed } from './printed.js';

export const PDF_TYPE = 'application/pdf';

/** Documents that are drawn or wait for it; half a second each at most. */
const MAX_WAITING = 100;
/** What takes longer than this to draw (milliseconds) is no document. */
const PATIENCE_MS = 30_000;

interface Waiting {
  readonly job: Job;
  readonly resolve: (pdf: Buffer) => void;
  readonly reject: (error: unknown) => void;
}

/** Draws documents and tables of reports as PDFs, one after another, in a thread that starts with the first one. */
@Injectable()
export class PdfService implements BeforeApplicationShutdown {
  /** The first one is being drawn. */
  private waiting: Waiting[] = [];
  private late: NodeJS.Timeout | undefined;
  private worker: Worker | undefined;
  private last = 0;
  private closed = false;

  /**
   * The same content comes out as the same bytes.
   *
   * @throws Refusal unavailable where too many wait, or the thread died
   */
  draw(printed: Printed): Promise<Buffer> {
    if (this.closed || this.waiting.length >= MAX_WAITING) return Promise.reject(busy());
    return new Promise((resolve, reject) => {
      this.waiting.push({ job: { id: ++this.last, printed }, resolve, reject });
      if (this.waiting.length === 1) this.next();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closed = true;
    await this.worker?.terminate();
  }

  private next(): void {
    clearTimeout(this.late);
    const [first] = this.waiting;
    if (first === undefined) {
      this.worker?.unref();
      return;
    }
    const worker = (this.worker ??= this.start());
    worker.ref();
    this.late = setTimeout(() => void worker.terminate(), PATIENCE_MS);
    worker.postMessage(first.job);
  }

  private start(): Worker {
    const worker = new Worker(new URL('./pdf.thread.js', import.meta.url), { name: 'pdf' });
    worker.on('message', (drawn: Drawn) => this.drawn(drawn));
    // An 'error' that nobody hears would end the process.
    worker.on('error', () => undefined);
    worker.once('exit', () => this.lost());
    return worker;
  }

  private drawn(drawn: Drawn): void {
    const [first] = this.waiting;
    // Nobody waits any more for what was given up.
    if (first?.job.id !== drawn.id) return;
    this.waiting.shift();
    this.next();
    if ('pdf' in drawn) first.resolve(Buffer.from(drawn.pdf.buffer, drawn.pdf.byteOffset, drawn.pdf.byteLength));
    else first.reject(new Error(`A document could not be drawn (${drawn.error})`));
  }

  /** What was being drawn may be why; the others are drawn by another thread. */
  private lost(): void {
    this.worker = undefined;
    const refused = this.closed ? this.waiting.splice(0) : this.waiting.splice(0, 1);
    this.next();
    for (const { reject } of refused) reject(busy());
  }
}

/** A PDF as an answer: a download, never shown in place. `name` is ours, without the extension. */
export const pdfDownload = (pdf: Buffer, name: string): StreamableFile =>
  new StreamableFile(pdf, { type: PDF_TYPE, length: pdf.length, disposition: `attachment; filename="${name}.pdf"` });

const busy = (): Refusal =>
  new Refusal('unavailable', 'Too many documents are being drawn; try again', { retryAfter: 5 });
