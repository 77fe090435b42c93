import { setImmediate as nextTurn } from 'node:timers/promises';
import { CsvError } from 'csv-parse';
import { streamOf } from '../../kernel/decider.js';
import { type DocumentRow, gatherDocuments, inBlocks, type SourceDocument } from './documents.js';
import { RowSorter } from './import.sorter.js';
import { imports, type ImportEvent, MAX_ERRORS } from './import.js';
import type { Uploads } from './import.upload.js';
import { type ImportOrder, ImportStopped, ImportWriter, type WriterTools } from './import.writer.js';
import { InFlight } from './in-flight.js';
import { type BadRow, type Header, readHeader, readRow, type Row } from './rows.js';
import { Tally } from './tally.js';

export interface ImportTools extends WriterTools {
  readonly uploads: Uploads;
}

/** Blocks whose appends are under way at once; they keep the store's group commits full. */
const BLOCKS_IN_FLIGHT = 3;
const PROGRESS_MS = 1000;

/**
 * One import, from the kept file to its last document. It may be run again from the beginning at any time, and ends the
 * same. The memory it needs does not grow with the file.
 */
export class ImportRun {
  private readonly tally = new Tally();
  private readonly writer: ImportWriter;
  private reportedAt = performance.now();

  constructor(
    private readonly tools: ImportTools,
    private readonly order: ImportOrder,
    private readonly signal: AbortSignal,
  ) {
    this.writer = new ImportWriter(tools, order, this.tally);
  }

  /**
   * Resolves when the end is recorded: done, or failed for good.
   *
   * @throws What the store throws, and `signal.reason`: then a later run goes on.
   */
  async run(): Promise<void> {
    const sorter = new RowSorter(this.tools.uploads.scratch(this.order.id));
    try {
      await this.readRows(sorter);
      await this.writeDocuments(sorter);
    } catch (error) {
      if (!(error instanceof ImportStopped)) throw error;
      const { counts, errors } = this.tally;
      await this.record({ type: 'ImportFailed', data: { counts, errors, reason: error.message } });
      return;
    } finally {
      await sorter.dispose();
    }
    const { counts, errors } = this.tally;
    await this.record({ type: 'ImportFinished', data: { counts, errors } });
  }

  private async readRows(sorter: RowSorter): Promise<void> {
    let header: Header | undefined;
    for await (const records of this.records()) {
      const rows = header === undefined ? records.slice(1) : records;
      header ??= headerOf(records[0]!);
      await sorter.add(this.documentRows(rows, header));
      await this.breathe();
    }
    if (header === undefined) throw new ImportStopped('The file is empty');
  }

  private documentRows(records: readonly (readonly string[])[], header: Header): readonly DocumentRow[] {
    const rows: DocumentRow[] = [];
    for (const cells of records) {
      const row = readRow(this.tally.rowRead(), cells, header);
      if ('code' in row) this.tally.rowsRejected(1, [{ row: row.row, code: row.code, detail: row.detail }]);
      if (belongsToDocument(row)) rows.push(row);
    }
    return rows;
  }

  /** Where a file stops being CSV, nobody knows what the rest means. */
  private async *records(): AsyncGenerator<readonly (readonly string[])[]> {
    try {
      yield* this.tools.uploads.records(this.order.id);
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      throw new ImportStopped(`The file stops being CSV in line ${String(error.lines)}`, { cause: error });
    }
  }

  private async writeDocuments(sorter: RowSorter): Promise<void> {
    const appends = new InFlight(BLOCKS_IN_FLIGHT);
    try {
      for await (const block of inBlocks(this.documents(sorter))) {
        await this.breathe();
        const append = await this.writer.prepare(block);
        await appends.add(append());
      }
      await appends.finish();
    } finally {
      await appends.settle();
    }
  }

  private async *documents(sorter: RowSorter): AsyncGenerator<SourceDocument> {
    for await (const document of gatherDocuments(sorter.sorted(), MAX_ERRORS)) {
      if (document.rejected) this.tally.rowsRejected(document.badRows, document.errors);
      else yield document;
    }
  }

  /** Lets requests be served, tells how far the import is about once a second, and ends when the server does. */
  private async breathe(): Promise<void> {
    await nextTurn();
    this.signal.throwIfAborted();
    if (performance.now() - this.reportedAt < PROGRESS_MS) return;
    this.reportedAt = performance.now();
    await this.record({ type: 'ImportProgressed', data: { counts: this.tally.counts } });
  }

  private async record(event: ImportEvent): Promise<void> {
    const { organisation, id, accepted } = this.order;
    const { idempotency: _, ...rest } = accepted.metadata;
    await this.tools.appender.append(
      { eventIds: [], keyed: undefined },
      {
        stream: streamOf(imports, organisation, id),
        expected: 'any',
        events: [event],
        metadata: { ...rest, command: 'ImportInvoices', causationId: accepted.id },
      },
    );
  }
}

function headerOf(cells: readonly string[]): Header {
  const header = readHeader(cells);
  if ('missing' in header) throw new ImportStopped(`The first line lacks ${header.missing.join(', ')}`);
  return header;
}

const belongsToDocument = (row: Row | BadRow): row is DocumentRow => row.invoiceNo !== undefined;
