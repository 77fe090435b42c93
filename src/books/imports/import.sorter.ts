import { createReadStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DocumentRow } from './documents.js';

/** About this much text is sorted in memory at a time, so that a file of any size needs no more. */
const RUN_CHARACTERS = 4 * 1024 * 1024;

interface Keyed {
  readonly key: string;
  readonly row: DocumentRow;
}

/**
 * Brings the rows of one document together, wherever they stand in the file: an external merge sort by document number,
 * then row. Documents come out in the order of their numbers, invoices first. Nothing here needs to survive a crash.
 */
export class RowSorter {
  private run: Keyed[] = [];
  private characters = 0;
  private readonly files: string[] = [];

  constructor(
    private readonly folder: string,
    private readonly runCharacters = RUN_CHARACTERS,
  ) {}

  async add(row: DocumentRow): Promise<void> {
    this.run.push({ key: sortKey(row), row });
    this.characters += 200 + ('description' in row ? row.description.length + row.country.length : row.detail.length);
    if (this.characters >= this.runCharacters) await this.spill();
  }

  /** All rows in order; may be called once. */
  async *sorted(): AsyncGenerator<DocumentRow> {
    this.run.sort(byKey);
    const runs: (AsyncIterator<Keyed> | Iterator<Keyed>)[] = [this.run.values(), ...this.files.map(readRun)];
    try {
      const heads: { run: AsyncIterator<Keyed> | Iterator<Keyed>; head: Keyed }[] = [];
      for (const run of runs) {
        const first = await run.next();
        if (first.done !== true) heads.push({ run, head: first.value });
      }
      while (heads.length > 0) {
        let least = 0;
        for (let i = 1; i < heads.length; i++) if (byKey(heads[i]!.head, heads[least]!.head) < 0) least = i;
        const source = heads[least]!;
        yield source.head.row;
        const following = source.run.next();
        const next = following instanceof Promise ? await following : following;
        if (next.done === true) heads.splice(least, 1);
        else source.head = next.value;
      }
    } finally {
      for (const run of runs) await run.return?.();
    }
  }

  async dispose(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private async spill(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const file = join(this.folder, `run-${this.files.length}.jsonl`);
    const lines = this.run.sort(byKey).map((keyed) => `${JSON.stringify(keyed)}\n`);
    await writeFile(file, lines.join(''), { mode: 0o600 });
    this.files.push(file);
    this.run = [];
    this.characters = 0;
  }
}

async function* readRun(file: string): AsyncGenerator<Keyed> {
  const input = createReadStream(file);
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) yield JSON.parse(line) as Keyed;
  } finally {
    input.destroy();
  }
}

/** Sorts as (kind, number by value, row): numbers of one length compare as texts. */
function sortKey({ invoiceNo, row }: DocumentRow): string {
  const kind = invoiceNo.startsWith('C') ? '1' : '0';
  return `${kind}${String(invoiceNo.length).padStart(2, '0')}${invoiceNo} ${String(row).padStart(12, '0')}`;
}

const byKey = (a: Keyed, b: Keyed): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
