import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  CompactRange,
  consistencyProof,
  inclusionProof,
  leafHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from '../merkle.js';
import type { NewLeaf } from '../trees.port.js';
import { openKnownTrees, openTreeReader, openTreeWriter, treeFile } from './tree-file.js';

const leavesOf = (organisation: string, from: number, to: number): NewLeaf[] =>
  Array.from({ length: to - from }, (_, index) => ({
    organisation,
    eventId: `${organisation} ${from + index}`,
    hash: leafHash(Buffer.from(`${organisation} ${from + index}`)),
  }));

function rootOver(organisation: string, size: number): Uint8Array {
  const range = CompactRange.empty();
  for (const { hash } of leavesOf(organisation, 0, size)) range.append(hash);
  return range.root();
}

describe('the file of trees', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-proofs-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('tells which organisations it has trees of', () => {
    const writer = openTreeWriter(folder);
    const reader = openTreeReader(folder);
    expect(reader.organisations()).toEqual([]);
    writer.append([...leavesOf('second', 0, 2), ...leavesOf('first', 0, 1), ...leavesOf('second', 2, 3)], '4');
    expect(reader.organisations()).toEqual(['second', 'first']);
    reader.close();
    writer.close();
  });

  it('is for its owner only, with its WAL', () => {
    const writer = openTreeWriter(folder);
    const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]);
    writer.close();
    expect(modes).toEqual(['proofs.db', 'proofs.db-shm', 'proofs.db-wal'].map((name) => [name, 0o600]));
  });

  it('has the same roots however the leaves came, and after each reopening', () => {
    // Around the ends of tiles: of the first row at 256, of the second at 65,536.
    for (const steps of [[1, 255, 256, 257, 511, 513], [600], [65_535, 65_536, 65_537, 66_000]]) {
      const organisation = `steps ${steps.join()}`;
      let at = 0;
      for (const to of steps) {
        const writer = openTreeWriter(folder);
        writer.append(leavesOf(organisation, at, to), String(to));
        at = to;
        expect(writer.head(organisation)).toEqual({
          organisation,
          size: to,
          root: Buffer.from(rootOver(organisation, to)),
        });
        writer.close();
        const again = openTreeWriter(folder);
        expect(again.position).toBe(String(to));
        expect(again.head(organisation).root).toEqual(Buffer.from(rootOver(organisation, to)));
        again.close();
      }
    }
  });

  it('proves every leaf and every older tree out of its tiles', () => {
    const writer = openTreeWriter(folder);
    const size = 700;
    const leaves = leavesOf('a', 0, size);
    writer.append([...leaves.slice(0, 300), ...leavesOf('b', 0, 3), ...leaves.slice(300)], '1');
    const reader = openTreeReader(folder);
    expect([reader.size('a'), reader.size('b'), reader.size('c')]).toEqual([700, 3, 0]);
    const subtrees = reader.subtrees('a');
    const root = rootOf(size, subtrees);
    for (const { eventId, hash } of leaves) {
      const { organisation, index } = reader.leafOf(eventId)!;
      expect(organisation).toBe('a');
      expect(verifyInclusion(hash, index, size, inclusionProof(index, size, subtrees), root)).toBe(true);
    }
    for (const older of [1, 2, 255, 256, 257, 512, 600, 699]) {
      const proof = consistencyProof(older, size, subtrees);
      expect(verifyConsistency(older, size, rootOver('a', older), root, proof)).toBe(true);
    }
    expect(reader.leafOf('nothing')).toBeUndefined();
    expect(() => inclusionProof(3, 900, subtrees)).toThrow(RangeError);
    reader.close();
    writer.close();
  });

  it('takes a batch whole or not at all', () => {
    const writer = openTreeWriter(folder);
    writer.append(leavesOf('a', 0, 5), '5');
    const twice = [...leavesOf('a', 5, 8), ...leavesOf('a', 2, 3)];
    expect(() => writer.append(twice, '9')).toThrow(/UNIQUE/);
    expect(writer.position).toBe('5');
    expect(writer.head('a').size).toBe(5);
    writer.append(leavesOf('a', 5, 8), '8');
    expect(writer.head('a').root).toEqual(Buffer.from(rootOver('a', 8)));
    writer.close();
  });

  it('knows which trees want a checkpoint, and which had one that does not fit', () => {
    const writer = openTreeWriter(folder);
    writer.append([...leavesOf('a', 0, 5), ...leavesOf('b', 0, 3)], '8');
    expect(writer.unsigned(9).map(({ organisation, size }) => [organisation, size])).toEqual([
      ['a', 5],
      ['b', 3],
    ]);
    const fitting = { organisation: 'a', size: 4, root: rootOver('a', 4) };
    writer.append([fitting, { organisation: 'b', size: 3, root: rootOver('b', 3) }], '10');
    expect(writer.unsigned(9).map(({ organisation }) => organisation)).toEqual(['a']);
    writer.append([...leavesOf('b', 3, 6), { ...fitting, size: 5, root: rootOver('a', 5) }], '14');
    expect(writer.unsigned(9).map(({ organisation }) => organisation)).toEqual(['b']);
    expect(writer.broken()).toEqual([]);
    writer.append([{ organisation: 'b', size: 2, root: rootOver('a', 2) }], '15');
    writer.append([{ organisation: 'a', size: 6, root: rootOver('a', 6) }], '16');
    expect(writer.broken()).toEqual(['a', 'b']);
    expect(writer.unsigned(9)).toEqual([]);
    writer.close();
  });

  it('begins anew where the file is of another format', () => {
    const before = openTreeWriter(folder);
    before.append(leavesOf('a', 0, 5), '5');
    before.close();
    const db = new Database(treeFile(folder));
    db.pragma('user_version = 99');
    db.close();
    const writer = openTreeWriter(folder);
    expect(writer.position).toBeUndefined();
    expect(writer.head('a').size).toBe(0);
    writer.close();
  });

  it('knows which event each leaf is, as far as it has got', () => {
    const writer = openTreeWriter(folder);
    writer.append([...leavesOf('a', 0, 300), ...leavesOf('b', 0, 2)], '302');
    writer.append(leavesOf('a', 300, 301), '303');
    const reader = openTreeReader(folder);
    expect(reader.position).toBe('303');
    expect(reader.events('a', 298, 10)).toEqual(['a 298', 'a 299', 'a 300']);
    expect(reader.events('a', 0, 2)).toEqual(['a 0', 'a 1']);
    expect(reader.events('nobody', 0, 10)).toEqual([]);
    expect(reader.leaves('b', 1)).toEqual([{ eventId: 'b 1', hash: Buffer.from(leavesOf('b', 1, 2)[0]!.hash) }]);
    expect(writer.leaves('a', 250).map(({ eventId }) => eventId)).toEqual(
      [...Array(6).keys()].map((n) => `a ${250 + n}`),
    );
    expect(reader.leaves('a', 256).at(-1)).toEqual({
      eventId: 'a 300',
      hash: Buffer.from(leavesOf('a', 300, 301)[0]!.hash),
    });
    expect([reader.leaves('b', 2), reader.leaves('nobody', 0)]).toEqual([[], []]);
    expect(openKnownTrees(folder)?.leafOf('a 7')).toEqual({ organisation: 'a', index: 7 });
    writer.markBroken('b');
    expect(writer.broken()).toEqual(['b']);
    expect(writer.unsigned(9).map(({ organisation }) => organisation)).toEqual(['a']);
    reader.close();
    writer.close();
  });

  it('remembers a place in the log that is a thousand entries back, at least', () => {
    const writer = openTreeWriter(folder);
    for (let at = 0; at < 5000; at += 400) {
      writer.append(leavesOf('a', at, at + 400), String(at + 400).padStart(6, '0'));
      const recent = Number(writer.recent() ?? 0);
      expect(at + 400 - recent).toBeLessThanOrEqual(4000);
      if (recent > 0) expect(at + 400 - recent).toBeGreaterThanOrEqual(0);
    }
    expect(Number(writer.recent())).toBeLessThanOrEqual(5200 - 1000);
    writer.close();
  });

  it('is left alone where it is not there', () => {
    expect(openKnownTrees(join(folder, 'nowhere'))).toBeUndefined();
  });
});
