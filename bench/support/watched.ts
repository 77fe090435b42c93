import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOKS_MS = 20;

/** Mebibytes that a process holds; undefined where the system does not tell, or it has ended. */
async function held(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
}

export interface Watched<T> {
  readonly value: T;
  readonly seconds: number;
  /** Mebibytes that the process held when the work began, and the most while it went on: looked at 50 times a second. */
  readonly before: number | undefined;
  readonly peak: number | undefined;
}

/** Does work that keeps a process busy, and looks on. */
export async function watched<T>(pid: number | undefined, work: () => Promise<T>): Promise<Watched<T>> {
  const look = async (): Promise<number | undefined> => (pid === undefined ? undefined : held(pid));
  const before = await look();
  let peak = before;
  const ended = new AbortController();
  const watching = (async () => {
    while (!ended.signal.aborted) {
      const now = await look();
      if (now !== undefined) peak = Math.max(peak ?? 0, now);
      await sleep(LOOKS_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  })();
  const begun = performance.now();
  try {
    const value = await work();
    return { value, seconds: (performance.now() - begun) / 1000, before, peak };
  } finally {
    ended.abort();
    await watching;
  }
}
