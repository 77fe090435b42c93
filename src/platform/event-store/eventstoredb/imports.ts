import { setTimeout as sleep } from 'node:timers/promises';
import { OutcomeUnknown, type StoredEvent, StoreUnavailable, WrongExpectedRevision } from '../event-store.port.js';
import { ImportRefused, type LogImport } from '../log-import.port.js';
import type { Driver } from './driver.js';
import { appendError } from './errors.js';
import { eventData, propose, type Proposal } from './event-data.js';
import type { Seen } from './seen.js';
import { within } from './timing.js';

export interface ImportsOptions {
  readonly driver: Driver;
  readonly seen: Seen;
  readonly timeoutMs: number;
  /** Pauses before an append is repeated, in milliseconds. */
  readonly pauses?: readonly number[];
}

const PAUSES = [100, 500, 2000, 5000];
/** Of an append: far below what the server takes, whatever it counts in. */
const MAX_BYTES = 512 * 1024;

/**
 * Writes the events of another log, one append after another, because the order in which appends arrive is the order of the log.
 * Neighbours in one stream go together.
 */
export class Imports implements LogImport {
  constructor(private readonly options: ImportsOptions) {}

  async importEvents(events: readonly StoredEvent[]): Promise<void> {
    for (const run of runsOf(events)) await this.#append(run);
  }

  async #append(run: readonly StoredEvent[]): Promise<void> {
    const { stream, revision } = run[0]!;
    const proposal = propose(stream, revision === 0 ? 'no-stream' : revision - 1, run);
    // The same ids at the same revision: the server writes them once, however often it is asked.
    for (const pause of [...(this.options.pauses ?? PAUSES), undefined]) {
      try {
        await this.#once(proposal, run);
        return;
      } catch (error) {
        if (error instanceof WrongExpectedRevision)
          throw new ImportRefused(`Stream ${stream} has other events than event ${revision} of it before`);
        const passes = error instanceof OutcomeUnknown || error instanceof StoreUnavailable;
        if (!passes || pause === undefined) throw error;
        await sleep(pause);
      }
    }
  }

  async #once(proposal: Proposal, run: readonly StoredEvent[]): Promise<void> {
    const { driver, seen, timeoutMs } = this.options;
    const { stream, revision } = proposal;
    const data = run.flatMap((event) => eventData([event], event.recordedAt));
    const last = run.at(-1)!;
    try {
      const call = driver.appendToStream(stream, data, { expectedRevision: revision, deadline: timeoutMs });
      const late = (): Error => new OutcomeUnknown(`An append to ${stream} was not answered in time`);
      const { nextExpectedRevision } = await within(timeoutMs, call, late);
      if (Number(nextExpectedRevision) !== last.revision)
        throw new ImportRefused(`Event ${last.id} became another event of ${stream} than it was`);
    } catch (error) {
      throw error instanceof ImportRefused ? error : appendError(error, proposal);
    }
    seen.saw({ position: seen.position, recordedAt: last.recordedAt });
  }
}

/** Unbroken runs of one stream, none larger than an append may be. */
function runsOf(events: readonly StoredEvent[]): readonly (readonly StoredEvent[])[] {
  const runs: StoredEvent[][] = [];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(JSON.stringify(event));
    const run = runs.at(-1);
    bytes += size;
    if (run?.[0]!.stream === event.stream && bytes <= MAX_BYTES) run.push(event);
    else {
      runs.push([event]);
      bytes = size;
    }
  }
  return runs;
}
