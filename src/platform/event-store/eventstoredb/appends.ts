import type { AppendResult } from '@eventstore/db-client';
import {
  type Appended,
  type ExpectedRevision,
  type NewEvent,
  OutcomeUnknown,
  StoreUnavailable,
} from '../event-store.port.js';
import type { Driver } from './driver.js';
import { appendError } from './errors.js';
import { eventData, type Proposal, propose } from './event-data.js';
import { InFlight } from './in-flight.js';
import type { LogReads } from './log-reads.js';
import { positionText } from './positions.js';
import type { Seen } from './seen.js';
import { within } from './timing.js';

/** An append that nobody answers gives its place in flight back after so many times its timeout; measured is 20 s. */
const GIVE_UP_AFTER = 4;

export interface AppendsOptions {
  readonly driver: Driver;
  readonly reads: LogReads;
  readonly seen: Seen;
  readonly timeoutMs: number;
}

export class Appends {
  readonly #options: AppendsOptions;
  readonly #inFlight: InFlight;
  readonly #accepted = new Map<string, Promise<Appended>>();
  #closed = false;

  constructor(options: AppendsOptions) {
    this.#options = options;
    this.#inFlight = new InFlight(options.timeoutMs);
  }

  /**
   * See the port. A repeat of what is under way shares its outcome: the server drops, without an answer, what repeats an
   * append that it has not finished.
   */
  async append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> {
    const proposal = propose(stream, expected, events);
    if (this.#closed) throw new StoreUnavailable('The event store is closed');
    const key = [stream, expected, ...events.map(({ id }) => id)].join('\0');
    const underWay = this.#accepted.get(key);
    if (underWay !== undefined) return underWay;
    const outcome = this.#send(proposal);
    this.#accepted.set(key, outcome);
    try {
      return await outcome;
    } finally {
      this.#accepted.delete(key);
    }
  }

  /** Accepts nothing more; resolves when everything that was accepted has its outcome. */
  async drain(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#accepted.values());
  }

  async #send(proposal: Proposal): Promise<Appended> {
    const leave = await this.#inFlight.enter(proposal.bytes);
    const { driver, seen, timeoutMs } = this.#options;
    const { stream, revision, events } = proposal;
    const { id } = events[0]!;
    const before = seen.position;
    const recordedAt = seen.stamp(id);
    let result: AppendResult;
    try {
      // The server drops what waits longer than its deadline; where the server itself hangs, only our own time counts.
      const call = driver.appendToStream(stream, eventData(events, recordedAt), {
        expectedRevision: revision,
        deadline: timeoutMs,
      });
      leaveAfter(call, timeoutMs * GIVE_UP_AFTER, leave);
      result = await within(
        timeoutMs,
        call,
        () => new OutcomeUnknown(`An append to ${stream} was not answered in time`),
      );
    } catch (thrown) {
      const error = appendError(thrown, proposal);
      if (error instanceof OutcomeUnknown) seen.doubt(id, recordedAt);
      else seen.settle(id);
      throw error;
    }
    seen.settle(id);
    return this.#answer(proposal, result, before, recordedAt);
  }

  /**
   * A position that was there before the append was sent says that the server answered a repeat by what it had answered
   * first. When that was recorded, only the event itself tells.
   */
  async #answer(proposal: Proposal, result: AppendResult, before: string, recordedAt: string): Promise<Appended> {
    const revision = Number(result.nextExpectedRevision);
    const position = result.position === undefined ? undefined : positionText(result.position);
    if (position === undefined || position <= before) return this.#readBack(proposal, revision);
    this.#options.seen.saw({ position, recordedAt });
    return { revision, position, recordedAt };
  }

  async #readBack({ stream, events }: Proposal, revision: number): Promise<Appended> {
    let stored;
    try {
      const page = await this.#options.reads.stream(stream, { from: revision, limit: 1 });
      stored = page.events[0];
    } catch (error) {
      throw new OutcomeUnknown(`An append to ${stream} is stored, but could not be read back`, { cause: error });
    }
    if (stored?.id !== events.at(-1)!.id)
      throw new OutcomeUnknown(`EventStoreDB answered for other events than those that were appended to ${stream}`);
    const { position, recordedAt } = stored;
    return { revision, position, recordedAt };
  }
}

/** Its place is free when the call has settled, however late: until then the client holds it. */
function leaveAfter(call: Promise<unknown>, milliseconds: number, leave: () => void): void {
  const timer = setTimeout(leave, milliseconds).unref();
  const settled = (): void => {
    clearTimeout(timer);
    leave();
  };
  call.then(settled, settled);
}
