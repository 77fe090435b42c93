import { createReadStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DocumentRow } from './documents.js';

/**
 * About this much text is sorted in memory at a time, so that a file of any size needs no more. Rows that are written out
 * soon are young garbage; with four times as much they grew old first, and the heap with them.
 */
const RUN_CHARACTERS = 1024 * 1024;
/** So many runs are merged at once, each with a buffer of its own; more are merged in several passes. */
const FAN_IN = 64;
const READ_BYTES = 32 * 1024;
/** Text is written in parts of about this size, with a turn of the event loop after each. */
const WRITE_CHARACTERS = 64 * 1024;
/** A longer document is kept in several pieces. */
const PIECE_ROWS = 250;

/** Rows of one document that stand together in the file. */
type Piece = DocumentRow[];

/** `<key>\t<JSON of a piece>`: runs are merged by their keys, and what is in them is parsed once, when it comes out. */
type Line = string;

/**
 * Brings the rows of one document together, wherever they stand in the file: an external merge sort by document number,
 * then row. Documents come out in the order of their numbers, invoices first. Nothing here needs to survive a crash.
 */
export class RowSorter {
  private run: Piece[] = [];
  private characters = 0;
  private files: string[] = [];
  private written = 0;

  constructor(
    private readonly folder: string,
    private readonly runCharacters = RUN_CHARACTERS,
    private readonly fanIn = FAN_IN,
  ) {}

  /** Rows in the order of the file; the next call gives those that follow. */
  async add(rows: readonly DocumentRow[]): Promise<void> {
    for (const row of rows) {
      const piece = this.run.at(-1);
      if (piece !== undefined && piece.length < PIECE_ROWS && piece[0]!.invoiceNo === row.invoiceNo) piece.push(row);
      else this.run.push([row]);
      this.characters += 200 + ('description' in row ? row.description.length + row.country.length : row.detail.length);
    }
    if (this.characters >= this.runCharacters) await this.spill();
  }

  /** All rows in order, some of one document at a time; may be called once. */
  async *sorted(): AsyncGenerator<readonly DocumentRow[]> {
    if (this.run.length > 0) await this.spill();
    while (this.files.length > this.fanIn) {
      const merged = this.files.splice(0, this.fanIn);
      await this.write(merge(merged));
      for (const file of merged) await rm(file);
    }
    for await (const line of merge(this.files)) {
      yield JSON.parse(line.slice(line.indexOf('\t') + 1)) as Piece;
    }
  }

  async dispose(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private async spill(): Promise<void> {
    const pieces = this.run.map((piece) => ({ key: sortKey(piece[0]!), piece }));
    this.run = [];
    this.characters = 0;
    pieces.sort((a, b) => (a.key < b.key ? -1 : 1));
    await this.write(linesOf(pieces));
  }

  private async write(lines: Iterable<Line> | AsyncIterable<Line>): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const file = join(this.folder, `run-${this.written++}`);
    await writeFile(file, inParts(lines), { mode: 0o600 });
    this.files.push(file);
  }
}

/** Sorts as (kind, number by value, row): numbers of one length compare as texts. No key begins with another. */
function sortKey({ invoiceNo, row }: DocumentRow): string {
  const kind = invoiceNo.startsWith('C') ? '1' : '0';
  return `${kind}${String(invoiceNo.length).padStart(2, '0')}${invoiceNo} ${String(row).padStart(12, '0')}`;
}

function* linesOf(pieces: readonly { readonly key: string; readonly piece: Piece }[]): Generator<Line> {
  for (const { key, piece } of pieces) yield `${key}\t${JSON.stringify(piece)}`;
}

async function* inParts(lines: Iterable<Line> | AsyncIterable<Line>): AsyncGenerator<string> {
  let part = '';
  for await (const line of lines) {
    part += `${line}\n`;
    if (part.length < WRITE_CHARACTERS) continue;
    yield part;
    part = '';
  }
  if (part !== '') yield part;
}

/** A run that is being merged, and the line that it stands at. */
interface Head {
  line: Line;
  readonly rest: AsyncGenerator<Line>;
}

/** The lines of sorted runs in order. Rows of a document mostly come from one run, which then stays the first of the heads. */
async function* merge(files: readonly string[]): AsyncGenerator<Line> {
  const runs = files.map(readLines);
  try {
    const heads: Head[] = [];
    for (const rest of runs) {
      const first = await rest.next();
      if (first.done !== true) insert(heads, { line: first.value, rest });
    }
    for (let least = heads.shift(); least !== undefined; least = heads.shift()) {
      yield least.line;
      const next = await least.rest.next();
      if (next.done !== true) insert(heads, { line: next.value, rest: least.rest });
    }
  } finally {
    for (const run of runs) await run.return(undefined);
  }
}

/** Keeps the heads sorted by their lines. */
function insert(heads: Head[], head: Head): void {
  const place = heads.findIndex(({ line }) => head.line < line);
  heads.splice(place === -1 ? heads.length : place, 0, head);
}

async function* readLines(file: string): AsyncGenerator<Line> {
  let begun = '';
  for await (const text of createReadStream(file, { encoding: 'utf8', highWaterMark: READ_BYTES })) {
    const lines = (begun + (text as string)).split('\n');
    begun = lines.pop()!;
    yield* lines;
  }
}
