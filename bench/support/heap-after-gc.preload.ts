import { isMainThread } from 'node:worker_threads';

/** Preloaded into a server with `--expose-gc`: on SIGUSR2 it prints `heap <bytes>`, what its main thread really holds. */
if (isMainThread) {
  process.on('SIGUSR2', () => {
    globalThis.gc?.();
    process.stdout.write(`heap ${process.memoryUsage().heapUsed}\n`);
  });
}
