import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import { makePrivateFile } from '../../files.js';
import { CompactRange, compactRangeOf, type Hash, rootOf, sameHash, type SubtreeHash } from '../merkle.js';
import { HASH_BYTES, subtreesIn, type Tile, TILE_HEIGHT, TILE_WIDTH, type TileOf } from '../tiles.js';
import type {
  Head,
  KnownLeaf,
  RememberedLeaf,
  NewLeaf,
  SeenCheckpoint,
  TreeReader,
  TreeWriter,
} from '../trees.port.js';

/** Raised when the tables change; a file of another format is thrown away and folded again. */
const FORMAT = 2;
/** A whole tile is 8 KiB and shall not be spread over two pages. */
const PAGE_BYTES = 16_384;
/** Right edges of trees that stay in memory: a few tiles each. */
const MAX_OPEN_TREES = 500;
/** Entries from one remembered position to the next, and how many positions are remembered. */
const MARK_EVERY = 1000;
const MARKS = 2;
/** Of each connection, in place of the driver's 16,000: what is written is at the right edges, what is read comes from the system's cache. */
const CACHE_KIB = 2 * 1024;

const SCHEMA = `
  CREATE TABLE trees (
    key INTEGER PRIMARY KEY, organisation TEXT NOT NULL UNIQUE, size INTEGER NOT NULL,
    signed INTEGER NOT NULL DEFAULT 0, broken INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX trees_unsigned ON trees (key) WHERE size > signed AND broken = 0;
  CREATE TABLE tiles (
    tree INTEGER NOT NULL, row INTEGER NOT NULL, number INTEGER NOT NULL, hashes BLOB NOT NULL, UNIQUE (tree, row, number)
  ) STRICT;
  CREATE TABLE leaves (
    tree INTEGER NOT NULL, number INTEGER NOT NULL, event TEXT NOT NULL UNIQUE, PRIMARY KEY (tree, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE marks (number INTEGER PRIMARY KEY, position TEXT NOT NULL) STRICT;
  CREATE TABLE progress (only INTEGER PRIMARY KEY CHECK (only = 1), position TEXT NOT NULL) STRICT;
  PRAGMA user_version = ${FORMAT};`;

/** `proofs.db` of a data folder: derived from the log, and made again where it is missing. */
export const treeFile = (folder: string): string => join(folder, 'proofs.db');

/** Opens `proofs.db` for writing, empty where it is missing or of another format. */
export function openTreeWriter(folder: string): TreeWriter {
  mkdirSync(folder, { recursive: true });
  return new SqliteTreeWriter(openForWriting(folder));
}

/** Opens `proofs.db` for reading; it is made where it is missing, so the order of starting does not matter. */
export function openTreeReader(folder: string): TreeReader {
  openForWriting(folder).close();
  return new SqliteTreeReader(openForReading(folder));
}

/** Opens `proofs.db` of a folder for reading as it is; undefined where there is none, or one of another format. */
export function openKnownTrees(folder: string): TreeReader | undefined {
  if (!existsSync(treeFile(folder))) return undefined;
  const db = openForReading(folder);
  if (Number(db.pragma('user_version', { simple: true })) === FORMAT) return new SqliteTreeReader(db);
  db.close();
  return undefined;
}

function openForReading(folder: string): Database.Database {
  const db = new Database(treeFile(folder), { readonly: true, timeout: 5000 });
  db.pragma(`cache_size = -${CACHE_KIB}`);
  return db;
}

function openForWriting(folder: string): Database.Database {
  makePrivateFile(treeFile(folder));
  const db = new Database(treeFile(folder), { timeout: 5000 });
  try {
    db.pragma(`page_size = ${PAGE_BYTES}`);
    db.pragma('journal_mode = WAL');
    // Leaves and progress move in one transaction, so after a power failure the file is an older, whole state.
    db.pragma('synchronous = NORMAL');
    db.pragma(`cache_size = -${CACHE_KIB}`);
    db.transaction(() => {
      if (Number(db.pragma('user_version', { simple: true })) === FORMAT) return;
      for (const table of ['trees', 'tiles', 'leaves', 'marks', 'progress']) db.exec(`DROP TABLE IF EXISTS ${table}`);
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
  private readonly setSigned;
  private readonly setBroken;
  private readonly selectUnsigned;
  private readonly selectBroken;
  private readonly addLeaf;
  private readonly putTile;
  private readonly putProgress;
  private readonly addMark;
  private readonly dropMarks;
  private readonly firstMark;
  private readonly rows: TreeRows;
  private reached: string | undefined;
  private sinceMark = 0;

  constructor(private readonly db: Database.Database) {
    this.rows = new TreeRows(db);
    this.addTree = db.prepare<[string]>('INSERT INTO trees (organisation, size) VALUES (?, 0)');
    this.setSize = db.prepare<[number, number]>('UPDATE trees SET size = ? WHERE key = ?');
    this.setSigned = db.prepare<[number, number]>('UPDATE trees SET signed = max(signed, ?) WHERE key = ?');
    this.setBroken = db.prepare<[number]>('UPDATE trees SET broken = 1 WHERE key = ?');
    this.selectUnsigned = db
      .prepare<[number], string>(
        'SELECT organisation FROM trees WHERE size > signed AND broken = 0 ORDER BY key LIMIT ?',
      )
      .pluck();
    this.selectBroken = db.prepare<[], string>('SELECT organisation FROM trees WHERE broken = 1 ORDER BY key').pluck();
    this.addLeaf = db.prepare<[string, number, number]>('INSERT INTO leaves (event, tree, number) VALUES (?, ?, ?)');
    this.putTile = db.prepare<[number, number, number, Uint8Array]>(
      'INSERT INTO tiles (tree, row, number, hashes) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET hashes = excluded.hashes',
    );
    this.putProgress = db.prepare<[string]>(
      'INSERT INTO progress (only, position) VALUES (1, ?) ON CONFLICT DO UPDATE SET position = excluded.position',
    );
    this.addMark = db.prepare<[string]>('INSERT INTO marks (position) VALUES (?)');
    this.dropMarks = db.prepare<[number]>('DELETE FROM marks WHERE number <= (SELECT max(number) FROM marks) - ?');
    this.firstMark = db.prepare<[], string>('SELECT position FROM marks ORDER BY number LIMIT 1').pluck();
    this.reached = this.rows.position();
  }

  get position(): string | undefined {
    return this.reached;
  }

  append(entries: readonly (NewLeaf | SeenCheckpoint)[], position: string): void {
    try {
      this.db
        .transaction(() => {
          const touched = new Set<OpenTree>();
          const checkpoints: SeenCheckpoint[] = [];
          for (const entry of entries) {
            if ('eventId' in entry) touched.add(this.add(entry));
            else checkpoints.push(entry);
          }
          for (const tree of touched) this.keepEdge(tree);
          for (const checkpoint of checkpoints) this.see(checkpoint);
          this.putProgress.run(position);
          this.mark(entries.length, position);
        })
        .immediate();
      this.reached = position;
    } catch (error) {
      // What is in memory may be ahead of the file now.
      this.open.clear();
      throw error;
    }
  }

  head(organisation: string): Head {
    const { range } = this.treeOf(organisation);
    return { organisation, size: range.size, root: range.root() };
  }

  rootAt(organisation: string, size: number): Hash {
    const { key, range } = this.treeOf(organisation);
    if (size > range.size) throw new RangeError(`The tree has ${range.size} leaves, not ${size}`);
    return rootOf(size, subtreesIn(this.rows.tilesOf(key)));
  }

  unsigned(limit: number): readonly Head[] {
    return this.selectUnsigned.all(limit).map((organisation) => this.head(organisation));
  }

  broken(): readonly string[] {
    return this.selectBroken.all();
  }

  markBroken(organisation: string): void {
    this.setBroken.run(this.treeOf(organisation).key);
  }

  recent(): string | undefined {
    return this.firstMark.get();
  }

  leafOf(eventId: string): KnownLeaf | undefined {
    return this.rows.leaf(eventId);
  }

  leaves(organisation: string, from: number): readonly RememberedLeaf[] {
    return this.rows.leaves(organisation, from);
  }

  close(): void {
    this.db.close();
  }

  /** The oldest of the positions that are kept is at least `MARK_EVERY` entries behind, once there are so many. */
  private mark(entries: number, position: string): void {
    this.sinceMark += entries;
    if (this.sinceMark < MARK_EVERY) return;
    this.addMark.run(position);
    this.dropMarks.run(MARKS);
    this.sinceMark = 0;
  }

  /** A tree that has it has it since before: a checkpoint follows the events that it covers. */
  private see({ organisation, size, root }: SeenCheckpoint): void {
    const { key, range } = this.treeOf(organisation);
    const fits = size <= range.size && sameHash(root, this.rootAt(organisation, size));
    if (fits) this.setSigned.run(size, key);
    else this.setBroken.run(key);
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

  get position(): string | undefined {
    return this.rows.position();
  }

  organisations(): readonly string[] {
    return this.rows.organisations();
  }

  size(organisation: string): number {
    return this.rows.tree(organisation)?.size ?? 0;
  }

  leafOf(eventId: string): KnownLeaf | undefined {
    return this.rows.leaf(eventId);
  }

  leaves(organisation: string, from: number): readonly RememberedLeaf[] {
    return this.rows.leaves(organisation, from);
  }

  events(organisation: string, from: number, limit: number): readonly string[] {
    return this.rows.events(organisation, from, limit);
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
  private readonly selectOrganisations;
  private readonly selectTree;
  private readonly selectTile;
  private readonly selectLeaf;
  private readonly selectEvents;
  private readonly selectPosition;

  constructor(db: Database.Database) {
    this.selectOrganisations = db.prepare<[], string>('SELECT organisation FROM trees ORDER BY key').pluck();
    this.selectTree = db.prepare<[string], TreeRow>('SELECT key, size FROM trees WHERE organisation = ?');
    this.selectTile = db
      .prepare<[number, number, number], Tile>('SELECT hashes FROM tiles WHERE tree = ? AND row = ? AND number = ?')
      .pluck();
    this.selectLeaf = db.prepare<[string], { organisation: string; index: number }>(
      'SELECT organisation, number AS "index" FROM leaves JOIN trees ON tree = key WHERE event = ?',
    );
    this.selectPosition = db.prepare<[], string>('SELECT position FROM progress').pluck();
    this.selectEvents = db
      .prepare<[string, number, number], string>(
        `SELECT event FROM leaves WHERE tree = (SELECT key FROM trees WHERE organisation = ?) AND number >= ?
         ORDER BY number LIMIT ?`,
      )
      .pluck();
  }

  position(): string | undefined {
    return this.selectPosition.get();
  }

  organisations(): readonly string[] {
    return this.selectOrganisations.all();
  }

  tree(organisation: string): TreeRow | undefined {
    return this.selectTree.get(organisation);
  }

  leaf(eventId: string): KnownLeaf | undefined {
    return this.selectLeaf.get(eventId);
  }

  /** As many as stand in one tile. */
  leaves(organisation: string, from: number): readonly RememberedLeaf[] {
    const tree = this.tree(organisation);
    if (tree === undefined || from >= tree.size) return [];
    const first = from % TILE_WIDTH;
    const events = this.events(organisation, from, Math.min(TILE_WIDTH - first, tree.size - from));
    const hashOf = subtreesIn(this.tilesOf(tree.key));
    return events.map((eventId, i) => ({ eventId, hash: hashOf(0, from + i) }));
  }

  events(organisation: string, from: number, limit: number): readonly string[] {
    return this.selectEvents.all(organisation, from, limit);
  }

  tilesOf(tree: number): TileOf {
    return (row, number) => this.selectTile.get(tree, row, number);
  }
}
