import { LRUCache } from 'lru-cache';
import { sameHash } from './merkle.js';
import type { KnownLeaves, NewLeaf, RememberedLeaf } from './trees.port.js';

/** Of so many organisations, those read last, the leaves that come next are at hand: some tens of kilobytes each. */
const MAX_AT_HAND = 200;

/** Where the log says something else than the trees remember of it. */
export interface Altered {
  readonly organisation: string;
  /** Which leaf. */
  readonly index: number;
  /** A sentence that names the event. */
  readonly what: string;
}

/** Compares the log, read in order, with the leaves that were folded from it once. Each organisation counts to its first difference. */
export class Comparison {
  private readonly next = new Map<string, number>();
  private readonly altered = new Map<string, Altered>();
  private readonly atHand = new LRUCache<string, { readonly from: number; readonly leaves: readonly RememberedLeaf[] }>(
    {
      max: MAX_AT_HAND,
    },
  );

  /** @param fromStart whether the log is read from its start; otherwise an organisation begins where its first event was */
  constructor(
    private readonly known: KnownLeaves,
    private readonly fromStart: boolean,
  ) {}

  /** The first difference of an organisation, if the event that comes next is it. Events newer than the trees are passed over. */
  take({ organisation, eventId, hash }: NewLeaf): Altered | undefined {
    if (this.altered.has(organisation)) return undefined;
    const index = this.next.get(organisation) ?? (this.fromStart ? 0 : this.known.leafOf(eventId)?.index);
    if (index === undefined) return this.found(organisation, -1, `event ${eventId} was put in`);
    this.next.set(organisation, index + 1);
    const before = this.leaf(organisation, index);
    if (before === undefined || (before.eventId === eventId && sameHash(before.hash, hash))) return undefined;
    return this.found(
      organisation,
      index,
      before.eventId === eventId
        ? `event ${eventId} was changed`
        : `event ${before.eventId} is gone from its place, where event ${eventId} stands now`,
    );
  }

  /** The first difference of an organisation so far. */
  of(organisation: string): Altered | undefined {
    return this.altered.get(organisation);
  }

  private leaf(organisation: string, index: number): RememberedLeaf | undefined {
    const { from, leaves } = this.atHand.get(organisation) ?? { from: 0, leaves: [] };
    const leaf = leaves[index - from];
    if (leaf !== undefined) return leaf;
    const next = this.known.leaves(organisation, index);
    this.atHand.set(organisation, { from: index, leaves: next });
    return next[0];
  }

  private found(organisation: string, index: number, what: string): Altered {
    const altered = { organisation, index, what };
    this.altered.set(organisation, altered);
    return altered;
  }
}
