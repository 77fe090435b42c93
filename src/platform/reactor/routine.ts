/**
 * What has to happen although nothing does: a mail each week. It runs where the reactors run, so on one node at a time, as soon
 * as they do and then each so often. What was done already is in the log: a restart, or another node, begins with a round.
 */
export interface Routine {
  readonly name: string;
  /** From the end of one round to the next, in milliseconds. */
  readonly everyMs: number;
  /** One round. What it throws is logged, and the next one tries again. */
  run(signal: AbortSignal): Promise<void>;
}
