import {
  AccessDeniedError,
  InvalidArgumentError,
  isCommandError,
  MaxAppendSizeExceededError,
  NotLeaderError,
  StreamDeletedError,
  UnsupportedError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import {
  EventTooLarge,
  type ExpectedRevision,
  OutcomeUnknown,
  StoreUnavailable,
  WrongExpectedRevision,
} from '../event-store.port.js';

/** What the log holds is not what this program wrote: somebody else works on its streams. No retry helps. */
export class LogAltered extends Error {
  override readonly name = 'LogAltered';
}

/** gRPC's code for a server that cannot be reached. */
const UNAVAILABLE = 14;

export interface Attempt {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly bytes: number;
}

/**
 * What became of an append, by the class of the client's error: its messages may be empty. Whatever does not say that the
 * events were refused leaves their outcome open.
 */
export function appendError(error: unknown, { stream, expected, bytes }: Attempt): Error {
  if (error instanceof OutcomeUnknown || error instanceof StoreUnavailable) return error;
  if (error instanceof WrongExpectedVersionError)
    return new WrongExpectedRevision(stream, expected, revisionOf(error.actualVersion));
  if (error instanceof MaxAppendSizeExceededError) return new EventTooLarge(bytes);
  if (error instanceof StreamDeletedError) return tombstoned(stream, error);
  if (error instanceof AccessDeniedError) return denied(`Appending to ${stream}`, error);
  if (failedBeforeSending(error))
    return new StoreUnavailable(`EventStoreDB is away: ${wordsOf(error)}`, { cause: error });
  return new OutcomeUnknown(`EventStoreDB did not say what became of an append to ${stream}: ${wordsOf(error)}`, {
    cause: error,
  });
}

/**
 * What a failed read means. An append that failed by the same error may have been written: see `appendError`.
 *
 * @param what `Reading x`, for people
 */
export function readError(error: unknown, what: string, stream = '$all'): Error {
  if (error instanceof StoreUnavailable || error instanceof LogAltered) return error;
  if (error instanceof StreamDeletedError) return tombstoned(stream, error);
  if (error instanceof AccessDeniedError) return denied(what, error);
  if (isMistake(error)) return error as Error;
  return new StoreUnavailable(`${what} failed: ${wordsOf(error)}`, { cause: error });
}

/**
 * Whether a subscription that ended by this may be begun again. It drops by itself in all ways of being slow, away or
 * restarted, and also where nobody says why; only what another attempt cannot change ends it for good.
 */
export function isPassing(error: unknown): boolean {
  return !(error instanceof AccessDeniedError || error instanceof LogAltered || isMistake(error));
}

/** The client has turned to the leader by the time that this is seen, so asking again at once is right. */
export function isNotLeader(error: unknown): boolean {
  return error instanceof NotLeaderError;
}

/**
 * The client asks a server for its features before it sends the first append over a connection, and hands out that
 * question's failure as it came from gRPC, a plain Error. What fails an append that was sent comes as one of its classes.
 */
function failedBeforeSending(error: unknown): boolean {
  return error instanceof Error && !isCommandError(error) && (error as { code?: unknown }).code === UNAVAILABLE;
}

function isMistake(error: unknown): boolean {
  return (
    error instanceof InvalidArgumentError ||
    error instanceof UnsupportedError ||
    error instanceof TypeError ||
    error instanceof RangeError
  );
}

function revisionOf(actual: unknown): number | 'no-stream' {
  return typeof actual === 'bigint' ? Number(actual) : 'no-stream';
}

function tombstoned(stream: string, cause: unknown): LogAltered {
  return new LogAltered(`Stream ${stream} was deleted for good, which Countersign never does`, { cause });
}

function denied(what: string, cause: unknown): StoreUnavailable {
  return new StoreUnavailable(
    `${what} was denied: look at the user in EVENT_STORE_URL and its rights in EventStoreDB`,
    {
      cause,
    },
  );
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' ? error.constructor.name : error.message;
}
