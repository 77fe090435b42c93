import type { EventStore, StoredEvent } from '../event-store/event-store.port.js';
import { type CheckpointSigned, originOf, SIGNING_KEYS, type SigningKeyIntroduced, signingKeys } from './checkpoint.js';
import { streamOf } from '../../kernel/decider.js';
import { Comparison } from './comparison.js';
import { LastRevisions } from './last-revisions.js';
import { CompactRange, type Hash, sameHash } from './merkle.js';
import { entryOf } from './notary.js';
import { NoteRejected, notesIn, openByAny, readNote, type TreeHead, type VerifierKey, verifierKeyOf } from './note.js';
import type { NewLeaf, SeenCheckpoint, TreeReader } from './trees.port.js';

export interface StoreOptions {
  /** Raw public keys (32 bytes) that are trusted; without them those that the log lists. */
  readonly keys?: readonly Uint8Array[] | undefined;
  /** Text with the checkpoints that a witness has seen. */
  readonly against?: string | undefined;
  /** What a node remembers of its events, which names the one of many that is wrong. */
  readonly known?: Pick<TreeReader, 'leafOf' | 'leaves' | 'position'> | undefined;
  /** Called after each batch with the number of events so far. */
  readonly progress?: (events: number) => void;
}

export interface VerifiedStore {
  readonly events: number;
  readonly organisations: number;
  readonly checkpoints: number;
  /** Events of organisations that no checkpoint covers yet. */
  readonly unsigned: number;
  /** How many checkpoints of a witness the log goes on from. */
  readonly against: number;
}

/** What is wrong with the log, at the first event that is. */
export class StoreRejected extends Error {
  override readonly name = 'StoreRejected';
}

/**
 * Reads the whole log once: positions and revisions without gaps, and every signed checkpoint over exactly the events that stand
 * before it. Nothing that the node has worked out is believed; it only helps to name an event.
 *
 * @throws StoreRejected; what the store throws for a log that cannot be read
 */
export async function verifyStore(
  log: Pick<EventStore, 'readAll'>,
  options: StoreOptions = {},
): Promise<VerifiedStore> {
  // Before the log: what is folded while it is read may be beyond the end of this reading.
  const folded = options.known?.position;
  const check = new StoreCheck(options);
  let events = 0;
  let last: string | undefined;
  for await (const batch of log.readAll()) {
    for (const event of batch.events) check.take(event);
    events += batch.events.length;
    last = batch.position;
    options.progress?.(events);
  }
  if (folded !== undefined && (last === undefined || last < folded))
    throw new StoreRejected('the log ends before events that this node has folded once: its end was cut off');
  return { events, ...check.end() };
}

/** The tree of one organisation while the log is read. */
interface Tree {
  /** Up to the last checkpoint, or to one of a witness. */
  readonly range: CompactRange;
  /** Leaves since: a checkpoint comes a moment after its last event, and others may come in between. */
  pending: Hash[];
  signed: number;
}

const KEYS_STREAM = streamOf(signingKeys, '', SIGNING_KEYS);

class StoreCheck {
  private position = '';
  private checkpoints = 0;
  private compared = 0;
  private readonly revisions = new LastRevisions();
  private readonly trees = new Map<string, Tree>();
  private readonly listed: Uint8Array[] = [];
  private readonly witnessed: ReadonlyMap<string, ReadonlyMap<number, TreeHead>>;
  private readonly comparison: Comparison | undefined;

  constructor(private readonly options: StoreOptions) {
    const { known, against } = options;
    this.comparison = known === undefined ? undefined : new Comparison(known, true);
    this.witnessed = witnessedIn(against);
  }

  take(event: StoredEvent): void {
    this.requirePlace(event);
    const entry = entryOf(event);
    if (event.stream === KEYS_STREAM)
      this.listed.push(Buffer.from((event.data as SigningKeyIntroduced['data']).publicKey, 'base64'));
    else if (entry === undefined) return;
    else if ('eventId' in entry) this.takeLeaf(entry);
    else this.takeCheckpoint(event, entry);
  }

  end(): Omit<VerifiedStore, 'events'> {
    let unsigned = 0;
    for (const [organisation, tree] of this.trees) {
      const size = tree.range.size + tree.pending.length;
      unsigned += size - tree.signed;
      this.advance(organisation, tree, size);
      // No checkpoint has told yet which of the two is wrong, so what was folded first counts.
      const altered = this.comparison?.of(organisation);
      if (altered !== undefined && altered.index >= tree.signed)
        throw new StoreRejected(`${altered.what} (number ${altered.index + 1} of organisation ${organisation})`);
    }
    for (const [organisation, heads] of this.witnessed) {
      const size = this.trees.get(organisation)?.range.size ?? 0;
      const seen = Math.max(...heads.keys());
      if (seen > size)
        throw new StoreRejected(
          `organisation ${organisation} has ${size} events, a witness has seen ${seen}: the end was cut off`,
        );
    }
    const { checkpoints, compared: against } = this;
    return { organisations: this.trees.size, checkpoints, unsigned, against };
  }

  private requirePlace({ id, stream, revision, position }: StoredEvent): void {
    if (position <= this.position)
      throw new StoreRejected(`event ${id} stands at or before the position of the one before`);
    this.position = position;
    const expected = this.revisions.put(stream, revision) + 1;
    if (revision !== expected)
      throw new StoreRejected(
        `event ${id} has revision ${revision} of its stream where ${expected} should be: ${stream}`,
      );
  }

  private takeLeaf(leaf: NewLeaf): void {
    this.comparison?.take(leaf);
    this.treeOf(leaf.organisation).pending.push(leaf.hash);
  }

  private takeCheckpoint(event: StoredEvent, { organisation, size, root }: SeenCheckpoint): void {
    const tree = this.treeOf(organisation);
    this.requireNote(event, organisation);
    const reached = tree.range.size + tree.pending.length;
    if (size < tree.signed || size < tree.range.size)
      throw new StoreRejected(`checkpoint ${event.id} is over fewer events than the one before`);
    if (size > reached)
      this.reject(organisation, reached, `checkpoint ${event.id} is over ${size} events, ${reached} stand before it`);
    const first = tree.range.size;
    this.advance(organisation, tree, size);
    if (!sameHash(tree.range.root(), root)) {
      const which = size - first === 1 ? `event number ${size}` : `one of the events number ${first + 1} to ${size}`;
      const what = `${which} of organisation ${organisation} is not what was signed (checkpoint ${event.id})`;
      this.reject(organisation, size, `${what}: changed, left out, put in or moved`);
    }
    tree.signed = size;
    this.checkpoints += 1;
  }

  /** Names the event where the node remembers it, of those up to a size. */
  private reject(organisation: string, size: number, otherwise: string): never {
    const altered = this.comparison?.of(organisation);
    throw new StoreRejected(
      altered !== undefined && altered.index <= size
        ? `${altered.what} (number ${altered.index + 1} of organisation ${organisation})`
        : otherwise,
    );
  }

  /** The event says what its signed note says, which is signed by a key of the log, or by one that is trusted. */
  private requireNote({ id, data }: StoredEvent, organisation: string): void {
    const { size, root, note } = data as CheckpointSigned['data'];
    const name = originOf(organisation);
    const keys = (this.options.keys ?? this.listed).map((key): VerifierKey => verifierKeyOf(name, key));
    try {
      const head = openByAny(note, keys);
      if (head.size === size && Buffer.from(head.root).toString('base64') === root) return;
    } catch (error) {
      if (!(error instanceof NoteRejected)) throw error;
      throw new StoreRejected(`checkpoint ${id} ${error.message}`);
    }
    throw new StoreRejected(`checkpoint ${id} says another thing than its note`);
  }

  /** Puts pending leaves into the tree up to a size, comparing with what witnesses have seen on the way. */
  private advance(organisation: string, tree: Tree, size: number): void {
    const heads = this.witnessed.get(organisation);
    const leaves = tree.pending.splice(0, size - tree.range.size);
    for (const leaf of leaves) {
      tree.range.append(leaf);
      const head = heads?.get(tree.range.size);
      if (head !== undefined) this.compare(organisation, tree, head);
    }
  }

  private compare(organisation: string, { range }: Tree, { size, root }: TreeHead): void {
    if (!sameHash(range.root(), root))
      this.reject(
        organisation,
        size,
        `the first ${size} events of organisation ${organisation} are not those that a witness has seen: history was rewritten`,
      );
    this.compared += 1;
  }

  private treeOf(organisation: string): Tree {
    const known = this.trees.get(organisation);
    if (known !== undefined) return known;
    const tree = { range: CompactRange.empty(), pending: [], signed: 0 };
    this.trees.set(organisation, tree);
    return tree;
  }
}

function witnessedIn(text: string | undefined): ReadonlyMap<string, ReadonlyMap<number, TreeHead>> {
  const byOrganisation = new Map<string, Map<number, TreeHead>>();
  for (const note of text === undefined ? [] : notesIn(text)) {
    const head = readNote(note);
    const organisation = head.origin.slice(originOf('').length);
    const heads = byOrganisation.get(organisation) ?? new Map<number, TreeHead>();
    const same = heads.get(head.size);
    if (same !== undefined && !sameHash(same.root, head.root))
      throw new StoreRejected(
        `a witness has seen two histories of ${head.size} events of organisation ${organisation}`,
      );
    byOrganisation.set(organisation, heads.set(head.size, head));
  }
  return byOrganisation;
}
