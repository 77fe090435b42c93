import { type Hash, nodeHash, type SubtreeHash } from './merkle.js';

/** Levels of the tree in one tile: it keeps the hashes of its lowest one, the others follow (as in c2sp.org/tlog-tiles). */
export const TILE_HEIGHT = 8;
export const TILE_WIDTH = 2 ** TILE_HEIGHT;
export const HASH_BYTES = 32;

/** The hashes of one tile, from the left, as one text of bytes; a tile at the right edge is shorter. */
export type Tile = Uint8Array;

/** The tile whose lowest level is level `TILE_HEIGHT * row` of the tree. Undefined where there is none yet. */
export type TileOf = (row: number, index: number) => Tile | undefined;

/** Complete subtrees out of tiles. Tiles, and what is worked out of them, are kept as long as the answer is used. */
export function subtreesIn(tileOf: TileOf): SubtreeHash {
  const known = new Map<number, Hash>();
  const tiles = new Map<number, Tile | undefined>();
  const tile = (row: number, index: number): Tile | undefined => {
    const name = nameOf(row, index);
    const before = tiles.get(name);
    if (before !== undefined) return before;
    const read = tileOf(row, index);
    tiles.set(name, read);
    return read;
  };
  const subtree = (level: number, index: number): Hash =>
    level % TILE_HEIGHT === 0 ? kept(level / TILE_HEIGHT, index) : made(level, index);
  const kept = (row: number, index: number): Hash => {
    const at = (index % TILE_WIDTH) * HASH_BYTES;
    const hash = tile(row, Math.floor(index / TILE_WIDTH))?.subarray(at, at + HASH_BYTES);
    if (hash?.length !== HASH_BYTES)
      throw new RangeError(`The tree has no subtree ${index} of level ${row * TILE_HEIGHT}`);
    return hash;
  };
  const made = (level: number, index: number): Hash => {
    const name = nameOf(level, index);
    const before = known.get(name);
    if (before !== undefined) return before;
    const hash = nodeHash(subtree(level - 1, 2 * index), subtree(level - 1, 2 * index + 1));
    known.set(name, hash);
    return hash;
  };
  return subtree;
}

/** One number for both: there are fewer levels than 64, and fewer leaves than 2 to the 47th. */
const nameOf = (level: number, index: number): number => index * 64 + level;
