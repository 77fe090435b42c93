import { parentPort } from 'node:worker_threads';
import type { Printed } from './printed.js';
import { pdfOf } from './printed.layout.js';

export interface Job {
  readonly id: number;
  readonly printed: Printed;
}

export type Drawn = { readonly id: number } & ({ readonly pdf: Uint8Array } | { readonly error: string });

/** The thread that draws: 2,000 lines take half a second, for which no request waits. */
const port = parentPort;
if (port === null) throw new Error('this file runs as a worker');

port.on('message', ({ id, printed }: Job) => {
  void pdfOf(printed).then(
    (pdf) => port.postMessage({ id, pdf } satisfies Drawn),
    // Its message may quote the document.
    (error: unknown) => port.postMessage({ id, error: error instanceof Error ? error.name : 'Error' } satisfies Drawn),
  );
});
