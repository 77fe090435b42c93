import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf } from '../../../test/support/available.js';
import { hasProofVectors, PROOF_VECTORS, PROOFS_MISSING } from '../../../test/support/shared.js';
import {
  CompactRange,
  compactRangeOf,
  consistencyProof,
  EMPTY_ROOT,
  type Hash,
  inclusionProof,
  leafHash,
  nodeHash,
  rootOf,
  type SubtreeHash,
  verifyConsistency,
  verifyInclusion,
} from './merkle.js';

const leavesOf = (size: number): readonly Hash[] =>
  Array.from({ length: size }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));

/** The definition of RFC 9162 2.1.1, word by word. */
function headOf(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leaves[0]!;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(headOf(leaves.slice(0, split)), headOf(leaves.slice(split)));
}

function treeOf(leaves: readonly Hash[]): { range: CompactRange; subtree: SubtreeHash } {
  const kept = new Map<string, Hash>();
  const range = CompactRange.empty();
  for (const leaf of leaves) {
    for (const { level, index, hash } of range.append(leaf)) kept.set(`${level}/${index}`, hash);
  }
  const subtree = (level: number, index: number): Hash => {
    const hash = kept.get(`${level}/${index}`);
    if (hash === undefined) throw new Error(`no subtree ${level}/${index}`);
    return hash;
  };
  return { range, subtree };
}

const flipped = (hash: Hash): Hash => hash.map((byte, index) => (index === 7 ? byte ^ 1 : byte));

describe('a Merkle tree', () => {
  it('has the roots that RFC 9162 defines', () => {
    for (let size = 0; size <= 70; size++) {
      const leaves = leavesOf(size);
      const { range, subtree } = treeOf(leaves);
      expect(range.root()).toEqual(headOf(leaves));
      expect(rootOf(size, subtree)).toEqual(headOf(leaves));
      expect(compactRangeOf(size, subtree).hashes).toEqual(range.hashes);
    }
  });

  it('knows the root of no leaves and of one', () => {
    expect(Buffer.from(EMPTY_ROOT).toString('hex')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    expect(Buffer.from(leafHash(new Uint8Array())).toString('hex')).toBe(
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    );
  });

  it('goes on from a compact range as if it had never stopped', () => {
    const leaves = leavesOf(50);
    for (let stop = 0; stop <= 50; stop++) {
      const before = treeOf(leaves.slice(0, stop)).range;
      const range = CompactRange.of(before.size, before.hashes);
      for (const leaf of leaves.slice(stop)) range.append(leaf);
      expect(range.root()).toEqual(headOf(leaves));
    }
    expect(() => CompactRange.of(5, leavesOf(3))).toThrow(RangeError);
  });

  it('proves that each leaf is in each tree, and nothing else', () => {
    const leaves = leavesOf(40);
    const { subtree } = treeOf(leaves);
    for (let size = 1; size <= 40; size++) {
      const root = rootOf(size, subtree);
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(index, size, subtree);
        expect(verifyInclusion(leaves[index]!, index, size, proof, root)).toBe(true);
        expect(verifyInclusion(flipped(leaves[index]!), index, size, proof, root)).toBe(false);
        expect(verifyInclusion(leaves[index]!, index, size, [...proof, root], root)).toBe(false);
        expect(verifyInclusion(leaves[index]!, index, size, proof, flipped(root))).toBe(false);
      }
    }
    for (const [index, size] of [
      [3, 3],
      [-1, 3],
      [0.5, 3],
      [0, 0],
    ] as const)
      // prettier-ignore
      expect(() => inclusionProof(index, size, subtree)).toThrow(RangeError);
  });

  it('proves that each tree begins with each older one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }), (a, b) => {
        const [older, size] = [Math.min(a, b), Math.max(a, b)];
        const { subtree } = treeOf(leavesOf(size));
        const [before, now] = [rootOf(older, subtree), rootOf(size, subtree)];
        const proof = consistencyProof(older, size, subtree);
        expect(verifyConsistency(older, size, before, now, proof)).toBe(true);
        expect(verifyConsistency(older, size, flipped(before), now, proof)).toBe(false);
        expect(verifyConsistency(older, size, before, flipped(now), proof)).toBe(false);
        for (const [index] of proof.entries()) {
          const wrong = proof.map((hash, at) => (at === index ? flipped(hash) : hash));
          expect(verifyConsistency(older, size, before, now, wrong)).toBe(false);
        }
      }),
    );
    const { subtree } = treeOf(leavesOf(8));
    expect(() => consistencyProof(0, 8, subtree)).toThrow(RangeError);
    expect(() => consistencyProof(9, 8, subtree)).toThrow(RangeError);
  });
});

interface Inclusion {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string;
  readonly leafHash: string;
  readonly proof: readonly string[] | null;
  readonly desc: string;
  readonly name: string;
  readonly wantErr: boolean;
}

interface Consistency {
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
  readonly proof: readonly string[] | null;
  readonly name: string;
  readonly wantErr: boolean;
}

const vectors = <T>(file: string): readonly T[] =>
  JSON.parse(readFileSync(join(PROOF_VECTORS, file), 'utf8')) as readonly T[];
const bytes = (text: string): Hash => Buffer.from(text, 'base64');

describeIf(hasProofVectors, PROOFS_MISSING, 'the vectors of transparency-dev/merkle', () => {
  it('agrees with all 98 of inclusion', () => {
    const cases = vectors<Inclusion>('inclusion.json');
    expect(cases).toHaveLength(98);
    const wrong = cases.filter(
      ({ leafIdx, treeSize, root, leafHash: leaf, proof, wantErr }) =>
        verifyInclusion(bytes(leaf), leafIdx, treeSize, (proof ?? []).map(bytes), bytes(root)) === wantErr,
    );
    expect(wrong).toEqual([]);
  });

  it('agrees with all 98 of consistency', () => {
    const cases = vectors<Consistency>('consistency.json');
    expect(cases).toHaveLength(98);
    const wrong = cases.filter(
      ({ size1, size2, root1, root2, proof, wantErr }) =>
        verifyConsistency(size1, size2, bytes(root1), bytes(root2), (proof ?? []).map(bytes)) === wantErr,
    );
    expect(wrong).toEqual([]);
  });
});
