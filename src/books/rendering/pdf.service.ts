import { Worker } from 'node:worker_threads';
import { type BeforeApplicationShutdown, Injectable, StreamableFile } from '@nestjs/common';
import { Refusal } from '../../kernel/refusal.js';
import type { Drawn, Job } from './pdf.thread.js';
import type { Printed } from './printed.js';

export const PDF_TYPE = 'application/pdf';

/** Documents that are drawn or wait for it; half a second each at most. */
const MAX_WAITING = 100;
/** What takes longer than this (milliseconds) is no document. */
const PATIENCE_MS = 30_000;

interface Waiting {
  readonly resolve: (pdf: Buffer) => void;
  readonly reject: (error: unknown) => void;
  readonly late: NodeJS.Timeout;
}

/** Draws documents and tables of reports as PDFs, in a thread that starts with the first one. */
@Injectable()
export class PdfService implements BeforeApplicationShutdown {
  private readonly waiting = new Map<number, Waiting>();
  private worker: Worker | undefined;
  private last = 0;
  private closed = false;

  /**
   * The same content comes out as the same bytes.
   *
   * @throws Refusal unavailable where too many wait, or the thread died over it
   */
  draw(printed: Printed): Promise<Buffer> {
    if (this.closed || this.waiting.size >= MAX_WAITING) return Promise.reject(busy());
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => void this.worker?.terminate(), PATIENCE_MS);
      this.waiting.set(id, { resolve, reject, late });
      this.worker ??= this.start();
      this.worker.ref();
      this.worker.postMessage({ id, printed } satisfies Job);
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closed = true;
    await this.worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(new URL('./pdf.thread.js', import.meta.url), { name: 'pdf' });
    worker.on('message', (drawn: Drawn) => this.drawn(drawn));
    // An 'error' that nobody hears would end the process.
    worker.on('error', () => undefined);
    worker.once('exit', () => this.lost(worker));
    return worker;
  }

  private drawn({ id, ...drawn }: Drawn): void {
    const job = this.waiting.get(id);
    if (job === undefined) return;
    this.waiting.delete(id);
    clearTimeout(job.late);
    if (this.waiting.size === 0) this.worker?.unref();
    if ('pdf' in drawn) job.resolve(Buffer.from(drawn.pdf.buffer, drawn.pdf.byteOffset, drawn.pdf.byteLength));
    else job.reject(new Error(`A document could not be drawn (${drawn.error})`));
  }

  private lost(worker: Worker): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    for (const { reject, late } of this.waiting.values()) {
      clearTimeout(late);
      reject(busy());
    }
    this.waiting.clear();
  }
}

/** A PDF as an answer: a download, never shown in place. `name` is ours, without the extension. */
export const pdfDownload = (pdf: Buffer, name: string): StreamableFile =>
  new StreamableFile(pdf, { type: PDF_TYPE, length: pdf.length, disposition: `attachment; filename="${name}.pdf"` });

const busy = (): Refusal =>
  new Refusal('unavailable', 'Too many documents are being drawn; try again', { retryAfter: 5 });
