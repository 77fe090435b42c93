import { type DocumentRow, gatherDocuments, inBlocks, type SourceDocument } from './documents.js';
import type { Breathe, ImportWork } from './import.run.js';
import { RowSorter } from './import.sorter.js';
import { MAX_ERRORS } from './import.js';
import { ImportStopped } from './import.order.js';
import { InFlight } from './in-flight.js';
import type { BadRow, Row } from './rows.js';
import type { DocumentTally } from './tally.js';

/** Reads the rows of one kind of file. */
export interface RowReader {
  /** The first line. Answers what it lacks. */
  begin(cells: readonly string[]): string | undefined;
  row(number: number, cells: readonly string[]): Row | BadRow;
}

/** Takes documents a block at a time; what it answers is done beside the blocks that follow. */
export interface DocumentWriter {
  prepare(documents: readonly SourceDocument[]): Promise<() => Promise<void>>;
}

/** Blocks whose appends are under way at once; they keep the store's group commits full. */
const BLOCKS_IN_FLIGHT = 3;

/** Invoices and credit notes, whose rows may stand anywhere in the file. */
export class DocumentImport implements ImportWork {
  private readonly sorter: RowSorter;

  constructor(
    readonly tally: DocumentTally,
    private readonly reader: RowReader,
    private readonly writer: DocumentWriter,
    scratch: string,
    private readonly breathe: Breathe,
  ) {
    this.sorter = new RowSorter(scratch);
  }

  begin(cells: readonly string[]): void {
    const problem = this.reader.begin(cells);
    if (problem !== undefined) throw new ImportStopped(problem);
  }

  async take(records: readonly (readonly string[])[]): Promise<void> {
    const rows: DocumentRow[] = [];
    for (const cells of records) {
      const row = this.reader.row(this.tally.rowRead(), cells);
      if ('code' in row) this.tally.rowsRejected(1, [{ row: row.row, code: row.code, detail: row.detail }]);
      if (belongsToDocument(row)) rows.push(row);
    }
    await this.sorter.add(rows);
  }

  async finish(): Promise<void> {
    const appends = new InFlight(BLOCKS_IN_FLIGHT);
    try {
      for await (const block of inBlocks(this.documents())) {
        await this.breathe();
        const append = await this.writer.prepare(block);
        await appends.add(append());
      }
      await appends.finish();
    } finally {
      await appends.settle();
    }
  }

  dispose(): Promise<void> {
    return this.sorter.dispose();
  }

  private async *documents(): AsyncGenerator<SourceDocument> {
    for await (const document of gatherDocuments(this.sorter.sorted(), MAX_ERRORS)) {
      if (document.rejected) this.tally.rowsRejected(document.badRows, document.errors);
      else yield document;
    }
  }
}

const belongsToDocument = (row: Row | BadRow): row is DocumentRow => row.invoiceNo !== undefined;
