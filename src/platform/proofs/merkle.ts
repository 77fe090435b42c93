import { hash as digest } from 'node:crypto';

/** SHA-256 of a leaf or of an inner node, 32 bytes. */
export type Hash = Uint8Array;

const LEAF = Uint8Array.of(0);

/** In one call, which takes a third of the time of a `createHash`. */
const sha256 = (bytes: Uint8Array): Hash => digest('sha256', bytes, 'buffer');

/** The root of a tree without leaves: SHA-256 of nothing (RFC 9162 2.1.1). */
export const EMPTY_ROOT: Hash = sha256(new Uint8Array());

/** RFC 9162 2.1.1: the two prefixes keep a leaf from being taken for a node. */
export const leafHash = (leaf: Uint8Array): Hash => sha256(Buffer.concat([LEAF, leaf]));
export function nodeHash(left: Hash, right: Hash): Hash {
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  return sha256(node);
}

const HASH_BYTES = 32;
/** Used again for every node: nothing waits between its filling and its hash. */
const node = Buffer.alloc(1 + 2 * HASH_BYTES, 1);

/** A complete subtree: level 0 is the leaves, and `index` counts the subtrees of its level from the left. */
export interface Subtree {
  readonly level: number;
  readonly index: number;
  readonly hash: Hash;
}

/** How a tree is asked for the complete subtrees that it keeps. @throws where it has not got that far */
export type SubtreeHash = (level: number, index: number) => Hash;

/**
 * The complete subtrees that a tree of some size is made of, from the left: all that it takes to add leaves and to tell the
 * root. There are as many hashes as bits set in the size, the largest first.
 */
export class CompactRange {
  private constructor(
    private count: number,
    private readonly stack: Hash[],
  ) {}

  /** @throws RangeError where size and number of hashes do not go together. */
  static of(size: number, hashes: readonly Hash[]): CompactRange {
    if (!Number.isSafeInteger(size) || size < 0 || hashes.length !== bitsSetIn(size))
      throw new RangeError(`A tree of ${size} leaves is not made of ${hashes.length} complete subtrees`);
    return new CompactRange(size, [...hashes]);
  }

  static empty(): CompactRange {
    return new CompactRange(0, []);
  }

  get size(): number {
    return this.count;
  }

  get hashes(): readonly Hash[] {
    return this.stack;
  }

  /** Adds a leaf at the right. Answers the subtrees that it completes, the leaf itself first. */
  append(hash: Hash): readonly Subtree[] {
    let index = this.count;
    let node = hash;
    const completed: Subtree[] = [{ level: 0, index, hash }];
    for (let level = 1; index % 2 === 1; level++) {
      node = nodeHash(this.stack.pop()!, node);
      index = (index - 1) / 2;
      completed.push({ level, index, hash: node });
    }
    this.stack.push(node);
    this.count += 1;
    return completed;
  }

  root(): Hash {
    return this.stack.length === 0 ? EMPTY_ROOT : this.stack.reduceRight((right, left) => nodeHash(left, right));
  }
}

/** The root of the first `size` leaves. */
export const rootOf = (size: number, subtree: SubtreeHash): Hash =>
  size === 0 ? EMPTY_ROOT : rangeHash(0, size, subtree);

/** The hashes of a compact range of the first `size` leaves. */
export function compactRangeOf(size: number, subtree: SubtreeHash): CompactRange {
  const hashes: Hash[] = [];
  for (let begin = 0; begin < size;) {
    const width = largestPowerIn(size - begin);
    hashes.push(subtree(Math.log2(width), begin / width));
    begin += width;
  }
  return CompactRange.of(size, hashes);
}

/** RFC 9162 2.1.3.1: the hashes that lead from a leaf to the root of the first `size` leaves, the leaf's sibling first. */
export function inclusionProof(index: number, size: number, subtree: SubtreeHash): readonly Hash[] {
  requireSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size)
    throw new RangeError(`There is no leaf ${index} in a tree of ${size}`);
  const path: Hash[] = [];
  let [begin, end] = [0, size];
  while (end - begin > 1) {
    const split = begin + splitOf(end - begin);
    if (index < split) {
      path.push(rangeHash(split, end, subtree));
      end = split;
    } else {
      path.push(rangeHash(begin, split, subtree));
      begin = split;
    }
  }
  return path.reverse();
}

/** RFC 9162 2.1.4.1: the hashes that show that the first `size` leaves begin with the first `older` ones. */
export function consistencyProof(older: number, size: number, subtree: SubtreeHash): readonly Hash[] {
  requireSize(size);
  if (!Number.isSafeInteger(older) || older < 1 || older > size)
    throw new RangeError(`There is no proof from ${older} to ${size} leaves`);
  if (older === size) return [];
  const path: Hash[] = [];
  let [begin, end] = [0, size];
  // Whether the older tree is a complete subtree at the left edge, whose root the verifier knows.
  let known = true;
  while (older !== end) {
    const split = begin + splitOf(end - begin);
    if (older <= split) {
      path.push(rangeHash(split, end, subtree));
      end = split;
    } else {
      path.push(rangeHash(begin, split, subtree));
      begin = split;
      known = false;
    }
  }
  if (!known) path.push(rangeHash(begin, end, subtree));
  return path.reverse();
}

/** RFC 9162 2.1.3.2. */
export function verifyInclusion(leaf: Hash, index: number, size: number, proof: readonly Hash[], root: Hash): boolean {
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  if (![leaf, root, ...proof].every(isHash)) return false;
  let [node, last] = [index, size - 1];
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, half(last)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && sameHash(hash, root);
}

/** RFC 9162 2.1.4.2. An older tree without leaves proves nothing, so it is no proof. */
export function verifyConsistency(
  older: number,
  size: number,
  olderRoot: Hash,
  root: Hash,
  proof: readonly Hash[],
): boolean {
  if (!isCount(older) || !isCount(size) || older < 1 || older > size) return false;
  if (older === size) return proof.length === 0 && sameHash(olderRoot, root);
  if (![olderRoot, root, ...proof].every(isHash)) return false;
  const [first, ...rest] = isPower(older) ? [olderRoot, ...proof] : proof;
  if (first === undefined || proof.length === 0) return false;
  let [node, last] = [older - 1, size - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  let [before, after] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      before = nodeHash(sibling, before);
      after = nodeHash(sibling, after);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, half(last)];
    } else {
      after = nodeHash(after, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && sameHash(before, olderRoot) && sameHash(after, root);
}

/** Nothing here is secret, so a plain comparison does. */
export const sameHash = (a: Hash, b: Hash): boolean => Buffer.compare(a, b) === 0;

/** The hash of the leaves from `begin` up to `end`: a subtree as RFC 9162 splits the tree, complete or at its right edge. */
function rangeHash(begin: number, end: number, subtree: SubtreeHash): Hash {
  const width = end - begin;
  if (isPower(width)) return subtree(Math.log2(width), begin / width);
  const split = begin + splitOf(width);
  return nodeHash(rangeHash(begin, split, subtree), rangeHash(split, end, subtree));
}

function requireSize(size: number): void {
  if (!isCount(size) || size === 0) throw new RangeError(`${size} is no size of a tree`);
}

const isHash = (value: Hash): boolean => value.length === 32;
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const half = (value: number): number => Math.floor(value / 2);
const isPower = (value: number): boolean => largestPowerIn(value) === value;

/** The largest power of two that is smaller than a width of at least 2. */
const splitOf = (width: number): number => largestPowerIn(width - 1);

/** The largest power of two that is not larger than a positive value; sizes may pass 32 bits, so no shifting. */
function largestPowerIn(value: number): number {
  let power = 2 ** Math.floor(Math.log2(value));
  // The logarithm of a large number may be rounded up.
  while (power > value) power /= 2;
  return power;
}

function bitsSetIn(value: number): number {
  let bits = 0;
  for (let rest = value; rest > 0; rest = half(rest)) bits += rest % 2;
  return bits;
}
