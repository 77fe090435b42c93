import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import { CompactRange, compactRangeOf, type Hash, type SubtreeHash } from '../merkle.js';
import { HASH_BYTES, subtreesIn, type Tile, TILE_HEIGHT, TILE_WIDTH, type TileOf } from '../tiles.js';
import type { NewLeaf, TreeReader, TreeWriter } from '../trees.port.js';

/** Raised when the tables change; a file of another format is thrown away and folded again. */
const FORMAT = 1;
/** A whole tile is 8 KiB and shall not be spread over two pages. */
const PAGE_BYTES = 16_384;
/** Right edges of trees that stay in memory: a few tiles each. */
const MAX_OPEN_TREES = 500;

const SCHEMA = `
  CREATE TABLE trees (key INTEGER PRIMARY KEY, organisation TEXT NOT NULL UNIQUE, size INTEGER NOT NULL) STRICT;
  CREATE TABLE tiles (
    tree INTEGER NOT NULL, row INTEGER NOT NULL, number INTEGER NOT NULL, hashes BLOB NOT NULL, UNIQUE (tree, row, number)
  ) STRICT;
  CREATE TABLE leaves (event TEXT PRIMARY KEY, tree INTEGER NOT NULL, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE progress (only INTEGER PRIMARY KEY CHECK (only = 1), position TEXT NOT NULL) STRICT;
  PRAGMA user_version = ${FORMAT};`;

export const treeFile = (folder: string): string => join(folder, 'proofs.db');

/** Opens `proofs.db` for writing, empty where it is missing or of another format. */
export function openTreeWriter(folder: string): TreeWriter {
  mkdirSync(folder, { recursive: true });
  return new SqliteTreeWriter(openForWriting(folder));
}

/** Opens `proofs.db` for reading; it is made where it is missing, so the order of starting does not matter. */
export function openTreeReader(folder: string): TreeReader {
  openForWriting(folder).close();
  return new SqliteTreeReader(new Database(treeFile(folder), { readonly: true, timeout: 5000 }));
}

function openForWriting(folder: string): Database.Database {
  const db = new Database(treeFile(folder), { timeout: 5000 });
  try {
    db.pragma(`page_size = ${PAGE_BYTES}`);
    db.pragma('journal_mode = WAL');
    // Leaves and progress move in one transaction, so after a power failure the file is an older, whole state.
    db.pragma('synchronous = NORMAL');
    db.pragma('cache_size = -4096');
    db.transaction(() => {
      if (Number(db.pragma('user_version', { simple: true })) === FORMAT) return;
      for (const table of ['trees', 'tiles', 'leaves', 'progress']) db.exec(`DROP TABLE IF EXISTS ${table}`);
      db.exec(SCHEMA);
    }).immediate();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The right edge of a tree: what the next leaf touches. */
interface OpenTree {
  readonly key: number;
  readonly range: CompactRange;
  /** The last tile of each row, with room for the hashes to come. */
  readonly edge: Edge[];
}

interface Edge {
  number: number;
  count: number;
  readonly hashes: Uint8Array;
}

class SqliteTreeWriter implements TreeWriter {
  private readonly open = new LRUCache<string, OpenTree>({ max: MAX_OPEN_TREES });
  private readonly addTree;
  private readonly setSize;
  private readonly addLeaf;
  private readonly putTile;
  private readonly putProgress;
  private readonly rows: TreeRows;
  private reached: string | undefined;

  constructor(private readonly db: Database.Database) {
    this.rows = new TreeRows(db);
    this.addTree = db.prepare<[string]>('INSERT INTO trees (organisation, size) VALUES (?, 0)');
    this.setSize = db.prepare<[number, number]>('UPDATE trees SET size = ? WHERE key = ?');
    this.addLeaf = db.prepare<[string, number, number]>('INSERT INTO leaves (event, tree, number) VALUES (?, ?, ?)');
    this.putTile = db.prepare<[number, number, number, Uint8Array]>(
      'INSERT INTO tiles (tree, row, number, hashes) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET hashes = excluded.hashes',
    );
    this.putProgress = db.prepare<[string]>(
      'INSERT INTO progress (only, position) VALUES (1, ?) ON CONFLICT DO UPDATE SET position = excluded.position',
    );
    this.reached = db.prepare<[], string>('SELECT position FROM progress').pluck().get();
  }

  get position(): string | undefined {
    return this.reached;
  }

  append(leaves: readonly NewLeaf[], position: string): void {
    try {
      this.db
        .transaction(() => {
          const touched = new Set<OpenTree>();
          for (const leaf of leaves) touched.add(this.add(leaf));
          for (const tree of touched) this.keepEdge(tree);
          this.putProgress.run(position);
        })
        .immediate();
      this.reached = position;
    } catch (error) {
      // What is in memory may be ahead of the file now.
      this.open.clear();
      throw error;
    }
  }

  head(organisation: string): { readonly size: number; readonly root: Hash } {
    const { range } = this.treeOf(organisation);
    return { size: range.size, root: range.root() };
  }

  close(): void {
    this.db.close();
  }

  private add({ organisation, eventId, hash }: NewLeaf): OpenTree {
    const tree = this.treeOf(organisation);
    this.addLeaf.run(eventId, tree.key, tree.range.size);
    for (const { level, index, hash: completed } of tree.range.append(hash)) {
      if (level % TILE_HEIGHT === 0) this.put(tree, level / TILE_HEIGHT, index, completed);
    }
    return tree;
  }

  /** The next hash of a row. A tile that is full is written before the next one takes its place. */
  private put(tree: OpenTree, row: number, index: number, hash: Hash): void {
    const number = Math.floor(index / TILE_WIDTH);
    const edge = (tree.edge[row] ??= emptyEdge(number));
    if (edge.number !== number) {
      this.keep(tree, row, edge);
      edge.number = number;
      edge.count = 0;
    }
    edge.hashes.set(hash, (index % TILE_WIDTH) * HASH_BYTES);
    edge.count += 1;
  }

  private keepEdge(tree: OpenTree): void {
    for (const [row, edge] of tree.edge.entries()) this.keep(tree, row, edge);
    this.setSize.run(tree.range.size, tree.key);
  }

  private keep({ key }: OpenTree, row: number, { number, count, hashes }: Edge): void {
    this.putTile.run(key, row, number, hashes.subarray(0, count * HASH_BYTES));
  }

  private treeOf(organisation: string): OpenTree {
    const known = this.open.get(organisation);
    if (known !== undefined) return known;
    const tree = this.rows.tree(organisation);
    const opened =
      tree === undefined
        ? { key: Number(this.addTree.run(organisation).lastInsertRowid), range: CompactRange.empty(), edge: [] }
        : this.reopened(tree);
    this.open.set(organisation, opened);
    return opened;
  }

  private reopened({ key, size }: TreeRow): OpenTree {
    const tileOf = this.rows.tilesOf(key);
    const edge: Edge[] = [];
    for (let row = 0, count = size; count > 0; row++, count = Math.floor(count / TILE_WIDTH)) {
      const number = Math.floor((count - 1) / TILE_WIDTH);
      const opened = emptyEdge(number);
      const tile = tileOf(row, number) ?? new Uint8Array();
      opened.hashes.set(tile);
      opened.count = tile.length / HASH_BYTES;
      edge.push(opened);
    }
    return { key, range: compactRangeOf(size, subtreesIn(tileOf)), edge };
  }
}

const emptyEdge = (number: number): Edge => ({ number, count: 0, hashes: new Uint8Array(TILE_WIDTH * HASH_BYTES) });

class SqliteTreeReader implements TreeReader {
  private readonly rows: TreeRows;

  constructor(private readonly db: Database.Database) {
    this.rows = new TreeRows(db);
  }

  size(organisation: string): number {
    return this.rows.tree(organisation)?.size ?? 0;
  }

  leafOf(eventId: string): { readonly organisation: string; readonly index: number } | undefined {
    return this.rows.leaf(eventId);
  }

  subtrees(organisation: string): SubtreeHash {
    const tree = this.rows.tree(organisation);
    return subtreesIn(tree === undefined ? () => undefined : this.rows.tilesOf(tree.key));
  }

  close(): void {
    this.db.close();
  }
}

interface TreeRow {
  readonly key: number;
  readonly size: number;
}

class TreeRows {
  private readonly selectTree;
  private readonly selectTile;
  private readonly selectLeaf;

  constructor(db: Database.Database) {
    this.selectTree = db.prepare<[string], TreeRow>('SELECT key, size FROM trees WHERE organisation = ?');
    this.selectTile = db
      .prepare<[number, number, number], Tile>('SELECT hashes FROM tiles WHERE tree = ? AND row = ? AND number = ?')
      .pluck();
    this.selectLeaf = db.prepare<[string], { organisation: string; index: number }>(
      'SELECT organisation, number AS "index" FROM leaves JOIN trees ON tree = key WHERE event = ?',
    );
  }

  tree(organisation: string): TreeRow | undefined {
    return this.selectTree.get(organisation);
  }

  leaf(eventId: string): { readonly organisation: string; readonly index: number } | undefined {
    return this.selectLeaf.get(eventId);
  }

  tilesOf(tree: number): TileOf {
    return (row, number) => this.selectTile.get(tree, row, number);
  }
}
