import type { Batch, StoredEvent } from '../event-store/event-store.port.js';
import { leafText } from './canonical.js';
import { checkpoints, originOf } from './checkpoint.js';
import { leafHash } from './merkle.js';
import { type Signer, signerOf } from './note.js';
import type { Head, NewLeaf, SeenCheckpoint, TreeWriter } from './trees.port.js';

/** A checkpoint that is ready to be written into the log. */
export interface SignedHead extends Head {
  readonly note: string;
}

/** How many trees are signed in one go; the rest follows in the next. */
const AT_ONCE = 200;
/** What was handed out and did not come back as an event is signed again after so long, in milliseconds. */
const AGAIN_MS = 2000;

const PREFIX = `${checkpoints.name}-`;

/**
 * Folds the log into the trees and signs their heads. Works in a thread of its own, so neither canonical forms nor hashes nor
 * signatures cost a request anything.
 */
export class Notary {
  private readonly signers = new Map<string, Signer>();
  private readonly offered = new Map<string, { readonly size: number; readonly at: number }>();

  constructor(
    private readonly trees: TreeWriter,
    private seed: Uint8Array,
  ) {}

  /** The next events of the log. */
  take({ events, position }: Pick<Batch, 'events' | 'position'>): void {
    this.trees.append(
      events.flatMap((event) => entryOf(event) ?? []),
      position,
    );
  }

  /** Heads of the trees that want a checkpoint; those handed out a moment ago are not handed out again. */
  due(now: number): readonly SignedHead[] {
    return this.trees.unsigned(AT_ONCE).flatMap((head) => {
      const before = this.offered.get(head.organisation);
      if (before !== undefined && before.size >= head.size && now < before.at + AGAIN_MS) return [];
      this.offered.delete(head.organisation);
      this.offered.set(head.organisation, { size: head.size, at: now });
      if (this.offered.size > 10 * AT_ONCE) this.offered.delete(this.offered.keys().next().value!);
      return [{ ...head, note: this.signer(head.organisation).sign(treeHead(head)) }];
    });
  }

  /** A checkpoint over the first `size` events of an organisation. @throws RangeError where there are not so many */
  at(organisation: string, size: number): SignedHead {
    const head = { organisation, size, root: this.trees.rootAt(organisation, size) };
    return { ...head, note: this.signer(organisation).sign(treeHead(head)) };
  }

  /** Signs with another key from now on. */
  use(seed: Uint8Array): void {
    this.seed = seed;
    this.signers.clear();
  }

  private signer(organisation: string): Signer {
    const known = this.signers.get(organisation);
    if (known !== undefined) return known;
    const signer = signerOf(originOf(organisation), this.seed);
    if (this.signers.size >= AT_ONCE) this.signers.clear();
    this.signers.set(organisation, signer);
    return signer;
  }
}

const treeHead = ({ organisation, size, root }: Head) => ({ origin: originOf(organisation), size, root });

/** The leaf of an event of an organisation, or what a checkpoint says; nothing for what is neither. */
export function entryOf(event: StoredEvent): NewLeaf | SeenCheckpoint | undefined {
  const { organisation } = event.metadata;
  if (organisation !== undefined)
    return { organisation, eventId: event.id, hash: leafHash(Buffer.from(leafText(event))) };
  if (event.type !== 'CheckpointSigned' || !event.stream.startsWith(PREFIX)) return undefined;
  const { size, root } = event.data as { readonly size: number; readonly root: string };
  return { organisation: event.stream.slice(PREFIX.length), size, root: Buffer.from(root, 'base64') };
}
