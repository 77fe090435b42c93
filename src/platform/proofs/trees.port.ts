import type { Hash, SubtreeHash } from './merkle.js';

/** A leaf that follows the ones that a tree has. */
export interface NewLeaf {
  readonly organisation: string;
  readonly eventId: string;
  readonly hash: Hash;
}

/**
 * The Merkle trees of all organisations, as folded from the log: the hash of each event's leaf and which leaf it is. They hold
 * nothing of their own: without them the log is read again, and the same comes out on every node.
 */
export interface TreeWriter {
  /** Position of the log up to which all events are in. */
  readonly position: string | undefined;
  /** Adds leaves in log order, and that everything up to `position` is in; all of it or nothing. */
  append(leaves: readonly NewLeaf[], position: string): void;
  /** The size and root that the organisation's tree has now. */
  head(organisation: string): { readonly size: number; readonly root: Hash };
  close(): void;
}

export interface TreeReader {
  /** Number of leaves; 0 for an organisation without a tree. */
  size(organisation: string): number;
  /** Which leaf of which organisation an event is; undefined for one that is not in (yet). */
  leafOf(eventId: string): { readonly organisation: string; readonly index: number } | undefined;
  /** The hashes of the organisation's complete subtrees, for roots and proofs of any size up to its own. */
  subtrees(organisation: string): SubtreeHash;
  close(): void;
}
