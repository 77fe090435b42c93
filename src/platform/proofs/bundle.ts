import { isUtf8 } from 'node:buffer';
import type { Metadata } from '../../kernel/event.js';
import { isCanonical, type Leaf } from './canonical.js';
import { originOf } from './checkpoint.js';
import { CompactRange, type Hash, leafHash, sameHash } from './merkle.js';
import { NoteRejected, notesIn, openByAny, readNote, type TreeHead, type VerifierKey } from './note.js';

export const BUNDLE_FORMAT = 'countersign-bundle/1';

/** The lines of a bundle, in their order: header, perhaps a range, events, checkpoint. Hashes and leaves are base64. */
export type BundleLine =
  | {
      readonly kind: 'header';
      readonly format: typeof BUNDLE_FORMAT;
      readonly organisation: string;
      readonly from: string | null;
      readonly to: string | null;
      readonly publicKey: VerifierKey;
    }
  /** The compact range of what stands before the first event, where there is something. */
  | { readonly kind: 'range'; readonly size: number; readonly hashes: readonly string[] }
  | { readonly kind: 'event'; readonly index: number; readonly leaf: string; readonly event: ShownEvent }
  /** An event whose content the exporter may not see. */
  | { readonly kind: 'event'; readonly index: number; readonly leafHash: string }
  | { readonly kind: 'checkpoint'; readonly note: string };

/** An event as its leaf says it, with personal fields in plain text or `erased` in the place of their ciphertext. */
export type ShownEvent = Omit<Leaf, 'metadata'> & {
  readonly metadata: Omit<Metadata, 'source'> & { source?: unknown };
};

export interface VerifyOptions {
  /** The keys that the reader trusts; without one a bundle can only be found to fit itself. */
  readonly keys?: readonly VerifierKey[] | undefined;
  /** Text with an older signed checkpoint, which the bundle must go on from, or with those that a witness has seen. */
  readonly against?: string | undefined;
  /** The personal fields of a type of event, none for an unknown one. */
  personalFields(type: string): readonly string[];
}

export interface VerifiedBundle {
  readonly organisation: string;
  readonly head: TreeHead;
  /** Events with content, and those of which only the hash is there. */
  readonly events: number;
  readonly hidden: number;
  /** Sizes of the older checkpoints that it goes on from, as far as it was compared. */
  readonly against: readonly number[];
  /** How many of the checkpoints are over more events than there are in the bundle: it was made before them, or cut. */
  readonly beyond: number;
}

/** What is wrong with a bundle, at its first line that is wrong (from 1). */
export class BundleRejected extends Error {
  override readonly name = 'BundleRejected';
  constructor(
    readonly line: number,
    readonly reason: string,
  ) {
    super(`line ${line}: ${reason}`);
  }
}

/** Reads the lines of a bundle once, in order, and holds none of them. @throws BundleRejected */
export async function verifyBundle(
  lines: AsyncIterable<string> | Iterable<string>,
  options: VerifyOptions,
): Promise<VerifiedBundle> {
  const check = new BundleCheck(options);
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line === '') throw new BundleRejected(number, 'is empty');
    try {
      check.take(line);
    } catch (error) {
      if (error instanceof Wrong || error instanceof NoteRejected) throw new BundleRejected(number, error.message);
      throw error;
    }
  }
  return check.end(number);
}

class Wrong extends Error {}

type Line = Readonly<Record<string, unknown>>;

class BundleCheck {
  private header:
    { readonly organisation: string; readonly keys: readonly VerifierKey[]; readonly from: string | null } | undefined;
  private range: CompactRange | undefined;
  private first = 0;
  private shown = 0;
  private hidden = 0;
  private head: TreeHead | undefined;
  /** By their sizes. */
  private readonly older = new Map<number, TreeHead>();
  private readonly olderSeen: number[] = [];

  constructor(private readonly options: VerifyOptions) {}

  take(text: string): void {
    if (this.head !== undefined) throw new Wrong('stands behind the checkpoint');
    const line = parsed(text);
    if (this.header === undefined) this.takeHeader(line);
    else if (line.kind === 'range' && this.range === undefined) this.takeRange(line);
    else if (line.kind === 'event') this.takeEvent(line);
    else if (line.kind === 'checkpoint') this.takeCheckpoint(line);
    else throw new Wrong('is not a line of a bundle at this place');
  }

  end(lines: number): VerifiedBundle {
    if (this.header === undefined || this.head === undefined)
      throw new BundleRejected(lines + 1, 'the checkpoint is missing: the bundle was cut');
    return {
      organisation: this.header.organisation,
      head: this.head,
      events: this.shown,
      hidden: this.hidden,
      against: this.olderSeen,
      beyond: this.older.size - this.olderSeen.length - this.before(),
    };
  }

  private takeHeader({ kind, format, organisation, from, publicKey }: Line): void {
    if (kind !== 'header' || format !== BUNDLE_FORMAT)
      throw new Wrong(`is not the header of a bundle of the format ${BUNDLE_FORMAT}`);
    if (typeof organisation !== 'string' || typeof publicKey !== 'string')
      throw new Wrong('has no organisation or no public key');
    this.header = {
      organisation,
      keys: this.options.keys ?? [publicKey],
      from: typeof from === 'string' ? from : null,
    };
    this.takeOlder(organisation);
  }

  /** A witness may keep checkpoints of many organisations. */
  private takeOlder(organisation: string): void {
    const { against, keys } = this.options;
    if (against === undefined) return;
    const notes = notesIn(against).filter((note) => readNote(note).origin === originOf(organisation));
    if (notes.length === 0) throw new Wrong('is of another organisation than the older checkpoint');
    for (const note of notes) {
      const head = keys === undefined ? readNote(note) : openByAny(note, keys);
      const same = this.older.get(head.size);
      if (same !== undefined && !sameHash(same.root, head.root))
        throw new Wrong(`is of an organisation of which two histories of ${head.size} events were signed`);
      this.older.set(head.size, head);
    }
  }

  /** How many of the older checkpoints end before the first event here, and so cannot be compared. */
  private before(): number {
    return [...this.older.keys()].filter((size) => size < this.first).length;
  }

  private takeRange({ size, hashes }: Line): void {
    if (typeof size !== 'number' || !Array.isArray(hashes)) throw new Wrong('is not a range');
    try {
      this.range = CompactRange.of(size, hashes.map(hashOf));
    } catch (error) {
      if (error instanceof RangeError) throw new Wrong('has a range whose size and hashes do not go together');
      throw error;
    }
    if (this.header!.from === null && size > 0) throw new Wrong('begins later than the header says');
    this.first = size;
    this.compare(this.range);
  }

  private takeEvent({ index, leaf, leafHash: hidden, event }: Line): void {
    const range = (this.range ??= CompactRange.empty());
    if (index !== range.size) throw new Wrong(`has the leaf ${String(index)} where ${range.size} should be`);
    if (leaf === undefined) {
      if (event !== undefined) throw new Wrong('shows an event without its leaf');
      range.append(hashOf(hidden));
      this.hidden += 1;
    } else {
      range.append(this.shownLeaf(leaf, event));
      this.shown += 1;
    }
    this.compare(range);
  }

  private shownLeaf(leaf: unknown, event: unknown): Hash {
    const bytes = bytesOf(leaf);
    const text = bytes.toString('utf8');
    const stored = parsed(text);
    if (!isUtf8(bytes) || !isCanonical(text, stored)) throw new Wrong('has a leaf that is not in canonical form');
    const { organisation } = (stored.metadata ?? {}) as Partial<Metadata>;
    if (organisation !== this.header!.organisation) throw new Wrong('has a leaf of another organisation');
    const difference = differenceOf(stored, event, (type) => this.options.personalFields(type));
    if (difference !== undefined) throw new Wrong(`shows another ${difference} than its leaf says`);
    return leafHash(bytes);
  }

  private takeCheckpoint({ note }: Line): void {
    if (typeof note !== 'string') throw new Wrong('has no note');
    const { organisation, keys } = this.header!;
    const head = openByAny(note, keys);
    const range = this.range ?? CompactRange.empty();
    if (head.origin !== originOf(organisation)) throw new Wrong('is the checkpoint of another organisation');
    if (head.size !== range.size)
      throw new Wrong(`is a checkpoint over ${head.size} events, but the last one is number ${range.size}`);
    if (!sameHash(head.root, range.root()))
      throw new Wrong('has another root than the events: one of them was changed, left out or moved');
    this.requireOlder(head);
    this.head = head;
  }

  private requireOlder(head: TreeHead): void {
    if (this.older.size === 0 || this.olderSeen.length > 0) return;
    const size = Math.max(...this.older.keys());
    throw new Wrong(
      size > head.size
        ? `is over ${head.size} events, the older checkpoint over ${size}: the end was cut off`
        : `cannot be compared: the older checkpoint is over ${size} events, this bundle begins behind ${this.first}`,
    );
  }

  /** An older checkpoint is passed on the way: exactly the same events, or it is another history. */
  private compare(range: CompactRange): void {
    const older = this.older.get(range.size);
    if (older === undefined) return;
    if (!sameHash(older.root, range.root()))
      throw new Wrong('ends what the older checkpoint covers, and has another root: history was rewritten');
    this.olderSeen.push(older.size);
  }
}

/** The first part of an event in which it says something else than its leaf; undefined where they agree. */
function differenceOf(
  leaf: Line,
  event: unknown,
  personalFields: (type: string) => readonly string[],
): string | undefined {
  if (typeof event !== 'object' || event === null) return 'event';
  const shown = event as Line;
  for (const part of Object.keys(leaf)) {
    const same =
      part === 'data'
        ? sameData(leaf, shown, personalFields(String(leaf.type)))
        : agree(leaf[part], shown[part], part === 'metadata' ? SOURCE : NONE);
    if (!same) return part;
  }
  return Object.keys(shown).find((part) => !Object.hasOwn(leaf, part));
}

const PERSONAL = '$personal';
const SOURCE: readonly string[] = ['source'];
const NONE: readonly string[] = [];

/** Data without what the leaf holds as ciphertext; only a leaf with one allows for fields beyond its own. */
function sameData(leaf: Line, shown: Line, personal: readonly string[]): boolean {
  const sealed = typeof leaf.data === 'object' && leaf.data !== null && Object.hasOwn(leaf.data, PERSONAL);
  return agree(leaf.data, shown.data, sealed ? [PERSONAL, ...personal] : NONE);
}

/** Whether two values of JSON are the same, but for members of these names at their top. */
function agree(a: unknown, b: unknown, but: readonly string[] = NONE): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [one, other] = [a as Line, b as Line];
  let members = 0;
  for (const name of Object.keys(one)) {
    if (but.includes(name)) continue;
    if (!Object.hasOwn(other, name) || !agree(one[name], other[name])) return false;
    members += 1;
  }
  const names = Object.keys(other);
  return members === (but.length === 0 ? names.length : names.filter((name) => !but.includes(name)).length);
}

function parsed(text: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Wrong('is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Wrong('is not a JSON object');
  return value as Line;
}

function bytesOf(value: unknown): Buffer {
  // Node passes over what is no base64; only what reads the same again was.
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
  if (bytes === undefined || bytes.toString('base64') !== value) throw new Wrong('has something that is not base64');
  return bytes;
}

function hashOf(value: unknown): Hash {
  const bytes = bytesOf(value);
  if (bytes.length !== 32) throw new Wrong('has a hash that is not 32 bytes');
  return bytes;
}
