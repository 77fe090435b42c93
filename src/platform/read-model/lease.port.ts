/** Who of several nodes does a piece of work that only one may do. */
export interface Leases {
  /**
   * Waits until the lease of this name is had. One that a crashed node held is taken over when it was not renewed for its
   * time, measured by the waiting node's own monotonic clock: no two clocks are compared.
   *
   * @throws ViewsUnavailable; the signal's reason when aborted
   */
  acquire(name: string, signal: AbortSignal): Promise<Lease>;
  close(): Promise<void>;
}

export interface Lease {
  /** Grows with every holder. Stores remember the highest that wrote to them and refuse lower ones. */
  readonly token: number;
  /** Aborted when it could not be renewed in time, or somebody else has it. */
  readonly lost: AbortSignal;
  /**
   * Whether it is surely held now. False also where the process was stopped for longer than the lease lasts and its timers
   * have not run yet, so ask before writing, not only `lost`.
   */
  held(): boolean;
  /** Gives it back: the next one need not wait. */
  release(): Promise<void>;
}

/** This node does not lead (any more): what it wanted to write was left undone. Start over by acquiring the lease. */
export class NotLeading extends Error {
  override readonly name = 'NotLeading';
}
