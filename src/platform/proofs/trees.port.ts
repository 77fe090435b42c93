import type { Hash, SubtreeHash } from './merkle.js';

/** A leaf that follows the ones that a tree has. */
export interface NewLeaf {
  readonly organisation: string;
  readonly eventId: string;
  readonly hash: Hash;
}

/** A checkpoint that stands in the log. */
export interface SeenCheckpoint {
  readonly organisation: string;
  readonly size: number;
  readonly root: Hash;
}

/** A tree that has grown beyond its last checkpoint, as it is now. */
export type Head = SeenCheckpoint;

/** Which leaf of which tree an event is. */
export interface KnownLeaf {
  readonly organisation: string;
  readonly index: number;
}

/** What a tree remembers of an event. */
export interface RememberedLeaf {
  readonly eventId: string;
  readonly hash: Hash;
}

/** What the trees remember of single events: enough to find those that were changed in the log since. */
export interface KnownLeaves {
  /** Undefined for an event that is not in (yet). */
  leafOf(eventId: string): KnownLeaf | undefined;
  /** Some of the organisation's leaves, in order, the first at `from`; none where there is none (yet) at `from`. */
  leaves(organisation: string, from: number): readonly RememberedLeaf[];
}

/**
 * The Merkle trees of all organisations, as folded from the log: the hash of each event's leaf and which leaf it is. They hold
 * nothing of their own: without them the log is read again, and the same comes out on every node.
 */
export interface TreeWriter extends KnownLeaves {
  /** Position of the log up to which all events are in. */
  readonly position: string | undefined;
  /** Adds leaves and checkpoints in log order, and that everything up to `position` is in; all of it or nothing. */
  append(entries: readonly (NewLeaf | SeenCheckpoint)[], position: string): void;
  /** The size and root that the organisation's tree has now. */
  head(organisation: string): Head;
  /** The root that the tree had when it was that large. @throws RangeError where it never was */
  rootAt(organisation: string, size: number): Hash;
  /** Trees that have grown beyond their last checkpoint, `limit` at most; those with a checkpoint that disagrees are left out. */
  unsigned(limit: number): readonly Head[];
  /** Organisations whose log has a checkpoint with another root than their tree: what was signed was altered since. */
  broken(): readonly string[];
  /** The organisation's log was found to be altered in another way; no more checkpoints are made for it. */
  markBroken(organisation: string): void;
  /** A position some thousand events back, at most; undefined near the start of the log. */
  recent(): string | undefined;
  close(): void;
}

export interface TreeReader extends KnownLeaves {
  /** Position of the log up to which all events are in. */
  readonly position: string | undefined;
  /** Those that have a tree, in the order in which these began. */
  organisations(): readonly string[];
  /** Number of leaves; 0 for an organisation without a tree. */
  size(organisation: string): number;
  /** Ids of the events that are the leaves from an index on, in order; at most `limit`. */
  events(organisation: string, from: number, limit: number): readonly string[];
  /** The hashes of the organisation's complete subtrees, for roots and proofs of any size up to its own. */
  subtrees(organisation: string): SubtreeHash;
  close(): void;
}
