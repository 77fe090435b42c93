import { constants, PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Gaps that are worth a compaction, in bytes. */
const LARGE = 12 * 1024 * 1024;

/**
 * Has the heap of this thread compacted when it is full of gaps: its next full collection moves together what lives, and
 * the pages that this leaves go back to the system. V8 alone moves little, and where much goes through caches a heap keeps half
 * as much again as what lives. Every collection that moves takes longer (imports lose a tenth), so it is one now and then.
 *
 * @param everyMs milliseconds between looks at the heap
 * @returns what ends it
 */
export function compactNowAndThen(everyMs = 3000): () => void {
  const observer = new PerformanceObserver((list) => {
    if (list.getEntries().some(isFull)) setFlagsFromString('--no-compact-on-every-full-gc');
  });
  observer.observe({ entryTypes: ['gc'] });
  const timer = setInterval(() => {
    if (gapsInHeap() > LARGE) setFlagsFromString('--compact-on-every-full-gc');
  }, everyMs).unref();
  return () => {
    clearInterval(timer);
    observer.disconnect();
    setFlagsFromString('--no-compact-on-every-full-gc');
  };
}

/** Bytes that the system has given for old objects, and that none has. */
export function gapsInHeap(): number {
  const old = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space');
  return old === undefined ? 0 : old.physical_space_size - old.space_used_size;
}

const isFull = (entry: object): boolean =>
  (entry as { readonly detail?: { readonly kind?: number } }).detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
