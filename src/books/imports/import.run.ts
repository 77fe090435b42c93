import { setImmediate as nextTurn } from 'node:timers/promises';
import { CsvError } from 'csv-parse';
import { streamOf } from '../../kernel/decider.js';
import type { Appender } from '../../platform/commands/appender.js';
import { imports, type ImportEvent } from './import.js';
import { type ImportOrder, ImportStopped } from './import.order.js';
import type { Tally } from './tally.js';

/** What an import makes of its file. */
export interface ImportWork {
  readonly tally: Tally;
  /** The first line. @throws ImportStopped where it cannot be such a file */
  begin(cells: readonly string[]): void;
  /** Rows in the order of the file. */
  take(records: readonly (readonly string[])[]): Promise<void>;
  /** After the last row. */
  finish(): Promise<void>;
  /** Leaves nothing behind that is of no use any more. Called once, whatever came before. */
  dispose(): Promise<void>;
}

/** Lets requests be served between two pieces of work, and rejects when the work is to stop. */
export type Breathe = () => Promise<void>;

type Records = AsyncIterable<readonly (readonly string[])[]>;

const PROGRESS_MS = 1000;

/**
 * One import, from the kept file to its last record. It may be run again from the beginning at any time, and ends the
 * same. The memory it needs does not grow with the file.
 */
export class ImportRun {
  private reportedAt = performance.now();
  private work: ImportWork | undefined;

  constructor(
    private readonly appender: Appender,
    private readonly order: ImportOrder,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Resolves when the end is recorded: done, or failed for good.
   *
   * @throws What the store throws, and `signal.reason`: then a later run goes on.
   */
  async run(records: Records, workFor: (breathe: Breathe) => Promise<ImportWork>): Promise<void> {
    const breathe = (): Promise<void> => this.breathe();
    const work = await workFor(breathe);
    this.work = work;
    const { kind } = this.order;
    const reason = await read(records, work, breathe);
    const { counts, errors } = work.tally;
    await this.record(
      reason === undefined
        ? { type: 'ImportFinished', data: { kind, counts, errors } }
        : { type: 'ImportFailed', data: { kind, counts, errors, reason } },
    );
  }

  /** Lets requests be served, tells how far the import is about once a second, and ends when the server does. */
  private async breathe(): Promise<void> {
    await nextTurn();
    this.signal.throwIfAborted();
    if (this.work === undefined || performance.now() - this.reportedAt < PROGRESS_MS) return;
    this.reportedAt = performance.now();
    const { kind } = this.order;
    await this.record({ type: 'ImportProgressed', data: { kind, counts: this.work.tally.counts } });
  }

  private async record(event: ImportEvent): Promise<void> {
    const { organisation, id, accepted } = this.order;
    const { idempotency: _, ...rest } = accepted.metadata;
    await this.appender.append(
      { eventIds: [], keyed: undefined },
      {
        stream: streamOf(imports, organisation, id),
        expected: 'any',
        events: [event],
        metadata: { ...rest, causationId: accepted.id },
      },
    );
  }
}

/** Works through a file; answers why it could not be worked through, undefined where it was. */
export async function read(records: Records, work: ImportWork, breathe: Breathe): Promise<string | undefined> {
  let begun = false;
  try {
    for await (const rows of asCsv(records)) {
      if (!begun) work.begin(rows[0]!);
      await work.take(begun ? rows : rows.slice(1));
      begun = true;
      await breathe();
    }
    if (!begun) throw new ImportStopped('The file is empty');
    await work.finish();
    return undefined;
  } catch (error) {
    if (!(error instanceof ImportStopped)) throw error;
    return error.message;
  } finally {
    await work.dispose();
  }
}

/** Where a file stops being CSV, nobody knows what the rest means. */
async function* asCsv(records: Records): Records {
  try {
    yield* records;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new ImportStopped(`The file stops being CSV in line ${String(error.lines)}`, { cause: error });
  }
}
