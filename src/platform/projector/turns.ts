import type { ReadModel, RebuildRequests, ViewWriter } from '../read-model/read-model.port.js';

/** The right to write the views: of one node at a time. */
export interface Turns {
  /**
   * Resolves when this node may write: at once where it is alone, otherwise when nobody else leads.
   *
   * @throws the signal's reason; ViewsUnavailable
   */
  take(signal: AbortSignal): Promise<Turn>;
  /** Where another node may lead: how far its views are meanwhile. */
  readonly shared?: Pick<ReadModel, 'checkpoints'>;
  readonly requests: RebuildRequests;
  close(): Promise<void>;
}

export interface Turn {
  /** Its methods reject with `NotLeading` once the turn is over. */
  readonly writer: ViewWriter;
  /** Aborted when somebody else may write. */
  readonly over: AbortSignal;
  /** Lets the next one in. */
  release(): Promise<void>;
}

/** For stores that no other node can reach: the turn begins at once and never ends by itself. */
export function alone(writer: ViewWriter, requests: RebuildRequests & { close?(): Promise<void> }): Turns {
  const over = new AbortController().signal;
  return {
    requests,
    take: () => Promise.resolve({ writer, over, release: () => Promise.resolve() }),
    async close() {
      await requests.close?.();
      await writer.close();
    },
  };
}
