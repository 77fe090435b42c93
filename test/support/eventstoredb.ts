import type { AllStreamResolvedEvent, AppendResult, Position } from '@eventstore/db-client';
import { Subscription } from '@eventstore/db-client/dist/streams/utils/Subscription.js';
import { PassThrough, Readable } from 'node:stream';
import type { Driver, Reading, Subscribed } from '../../src/platform/event-store/eventstoredb/driver.js';
import { positionText } from '../../src/platform/event-store/eventstoredb/positions.js';

/** Hand-made answers in the shape of EventStoreDB's client, for specs of what is made of them. No server is played. */

export const at = (n: number): Position => ({ commit: BigInt(n), prepare: BigInt(n) });
export const text = (n: number): string => positionText(at(n));
export const RECORDED_AT = '2026-03-01T12:00:00.000Z';
export const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** An event of ours at a position. */
export function resolved(n: number, type = 'Done', over: Record<string, unknown> = {}): AllStreamResolvedEvent {
  const event = {
    streamId: 'thing-1',
    id: uuid(n),
    isJson: true,
    revision: BigInt(n),
    type,
    created: new Date(0),
    data: { n },
    metadata: { recordedAt: RECORDED_AT, schemaVersion: 1, metadata: { command: 'Do' } },
    position: at(n),
    ...over,
  };
  return { event, commitPosition: BigInt(n) } as unknown as AllStreamResolvedEvent;
}

/** An event that the server wrote for itself. */
export const system = (n: number): AllStreamResolvedEvent =>
  resolved(n, '$metadata', { streamId: '$$thing-1', metadata: undefined });

/** What gRPC fails a call with; the client makes one of its classes of it. */
export function grpcError(code: number, details: string): Error {
  return Object.assign(new Error(`${code} ${details}`), { code, details, metadata: undefined });
}

/** A read that yields and then ends, fails, or says nothing more. */
export function reading<E>(events: readonly E[], then: Error | 'end' | 'silence' = 'end'): Reading<E> & Cancelled {
  const stream = new Readable({ objectMode: true, read: () => undefined });
  for (const event of events) stream.push(event);
  if (then === 'end') stream.push(null);
  else if (then !== 'silence') setImmediate(() => stream.emit('error', then));
  const cancelled: Cancelled = { cancelled: false };
  const cancel = async (): Promise<void> => void (cancelled.cancelled = true);
  return Object.assign(stream as Readable & AsyncIterable<E>, cancelled, {
    cancel(this: Cancelled) {
      this.cancelled = true;
      return cancel();
    },
  });
}

export interface Cancelled {
  cancelled: boolean;
}

/** The client's own class of subscriptions over a hand-made call. */
export class Call extends PassThrough {
  readonly subscription: Subscribed;
  cancelled = false;

  constructor(checkpointReached?: (position: Position) => void) {
    super({ objectMode: true });
    const stream = new Subscription<AllStreamResolvedEvent>(
      async () => this as never,
      (event) => event as never,
      {},
      (_, position) => checkpointReached?.(position),
    );
    this.subscription = stream;
  }

  confirm(): this {
    return this.tell({ hasConfirmation: () => true, getConfirmation: () => ({ getSubscriptionId: () => 'id' }) });
  }

  event(...events: AllStreamResolvedEvent[]): this {
    for (const event of events) this.tell({ hasEvent: () => true, getEvent: () => event });
    return this;
  }

  caughtUp(): this {
    return this.tell({ hasCaughtUp: () => true });
  }

  checkpoint(n: number): this {
    const checkpoint = { getCommitPosition: () => String(n), getPreparePosition: () => String(n) };
    return this.tell({ hasCheckpoint: () => true, getCheckpoint: () => checkpoint });
  }

  fail(code: number, details: string): void {
    this.emit('error', grpcError(code, details));
  }

  cancel(): void {
    this.cancelled = true;
    this.emit('error', grpcError(1, 'Cancelled on client'));
  }

  private tell(response: object): this {
    this.write(response);
    return this;
  }
}

/** Fails what a spec did not expect to be called. */
export function driver(over: Partial<Driver>): Driver {
  const unexpected = (what: string) => (): never => {
    throw new Error(`${what} was not expected`);
  };
  return {
    appendToStream: unexpected('an append'),
    readStream: unexpected('a read of a stream'),
    readAll: unexpected('a read of the log'),
    subscribeToAll: unexpected('a subscription'),
    dispose: async () => undefined,
    ...over,
  };
}

/** `readAll` of these events, in order of their positions. */
export function readAllOf(log: readonly AllStreamResolvedEvent[]): Driver['readAll'] {
  return ({ fromPosition, direction, maxCount }) => {
    const position = ({ event }: AllStreamResolvedEvent): bigint => event!.position.commit;
    const from = typeof fromPosition === 'object' ? fromPosition.commit : undefined;
    const found =
      direction === 'forwards'
        ? log.filter((one) => from === undefined || position(one) >= from)
        : log.toReversed().filter((one) => from === undefined || position(one) <= from);
    return reading(found.slice(0, maxCount));
  };
}

export const appended = (revision: number, position?: number): AppendResult => ({
  success: true,
  nextExpectedRevision: BigInt(revision),
  ...(position === undefined ? {} : { position: at(position) }),
});
