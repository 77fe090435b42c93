import { setTimeout as sleep } from 'node:timers/promises';

export interface Pauses {
  /** Milliseconds before the second attempt; doubled each time. */
  readonly first: number;
  readonly longest: number;
}

/** Pause after so many failed attempts, in milliseconds. */
export function pauseAfter(failures: number, { first, longest }: Pauses): number {
  return Math.min(longest, first * 2 ** Math.min(failures - 1, 30));
}

/**
 * Attempts until one resolves. `failed` looks at each failure with its number, from 1; what it throws ends the trying.
 * Rejects with `signal.reason` when aborted, be it in a pause or in an attempt.
 */
export async function persist<T>(
  attempt: () => Promise<T>,
  pauses: Pauses,
  signal: AbortSignal,
  failed: (error: unknown, failures: number) => void,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      failed(error, failures);
    }
    await sleep(pauseAfter(failures, pauses), undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
