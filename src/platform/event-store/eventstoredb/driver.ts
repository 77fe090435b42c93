import {
  type AllStreamResolvedEvent,
  type AppendResult,
  type EventData,
  EventStoreDBClient,
  type Filter,
  type ReadPosition,
  type ReadRevision,
  type ResolvedEvent,
} from '@eventstore/db-client';

/** A read as the client hands it out. It emits `error` also when nobody iterates any more. */
export interface Reading<E> extends AsyncIterable<E> {
  on(event: 'error', listener: (error: Error) => void): unknown;
  destroy(): unknown;
  cancel(): Promise<void>;
}

/** A subscription as the client hands it out: a stream of objects, read by `read()`, and events between them. */
export interface Subscribed {
  on(event: 'readable' | 'confirmation' | 'caughtUp' | 'end' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  read(): unknown;
  /** Objects that wait to be read. */
  readonly readableLength: number;
  destroy(): unknown;
  unsubscribe(): Promise<void>;
}

interface ReadOptions {
  readonly direction: 'forwards' | 'backwards';
  readonly maxCount: number;
  readonly requiresLeader: boolean;
}

/** What is used of the client. */
export interface Driver {
  appendToStream(
    stream: string,
    events: EventData[],
    options: { readonly expectedRevision: bigint | 'no_stream' | 'any'; readonly deadline: number },
  ): Promise<AppendResult>;
  readStream(stream: string, options: ReadOptions & { readonly fromRevision: ReadRevision }): Reading<ResolvedEvent>;
  readAll(options: ReadOptions & { readonly fromPosition: ReadPosition }): Reading<AllStreamResolvedEvent>;
  subscribeToAll(options: { readonly fromPosition: ReadPosition; readonly filter: Filter }): Subscribed;
  dispose(): Promise<void>;
}

/**
 * Connects on first use. A cluster's leader is preferred: access is read there, and a client that has to change servers
 * leaves its stream of appends behind on the former one.
 *
 * @param url a connection string, `esdb://…` or `esdb+discover://…`. It may hold a password: no message repeats it.
 * @throws RangeError
 */
export function connect(url: string): Driver {
  const options = new Set((url.split('?')[1] ?? '').toLowerCase().split('&'));
  // What it reports of a wrong revision is not the stream's.
  if (options.has('throwonappendfailure=false'))
    throw new RangeError('The connection string of EventStoreDB says throwOnAppendFailure=false: leave that out');
  const preferring = [...options].some((option) => option.startsWith('nodepreference='))
    ? url
    : `${url.replace(/\/+$/, '')}${url.includes('?') ? '&' : '?'}nodePreference=leader`;
  try {
    return EventStoreDBClient.connectionString(preferring);
  } catch {
    throw new RangeError('This is no connection string of EventStoreDB, or a certificate that it names is missing');
  }
}
