import {
  AccessDeniedError,
  CancelledError,
  convertToCommandError,
  DeadlineExceededError,
  InvalidArgumentError,
  MaxAppendSizeExceededError,
  NotLeaderError,
  StreamDeletedError,
  StreamNotFoundError,
  TimeoutError,
  UnavailableError,
  UnknownError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { grpcError } from '../../../../test/support/eventstoredb.js';
import { EventTooLarge, OutcomeUnknown, StoreUnavailable, WrongExpectedRevision } from '../event-store.port.js';
import { appendError, isNotLeader, isPassing, LogAltered, readError } from './errors.js';

const ATTEMPT = { stream: 'thing-1', expected: 4, bytes: 1_100_000 } as const;
const wrongVersion = (current: bigint | 'no_stream'): WrongExpectedVersionError =>
  new WrongExpectedVersionError(undefined, { streamName: 'thing-1', expected: 4n, current });

/** What the client makes of a call that gRPC failed. */
const classOf = (code: number, details: string): Error => convertToCommandError(grpcError(code, details));

describe('what an error of the client says of an append', () => {
  it('a wrong revision, whose message is empty: the revision there is, in words of ours', () => {
    expect(wrongVersion(7n).message).toBe('');
    const error = appendError(wrongVersion(7n), ATTEMPT);
    expect(error).toBeInstanceOf(WrongExpectedRevision);
    expect(error).toMatchObject({ stream: 'thing-1', expected: 4, actual: 7 });
    expect(error.message).toBe('Stream thing-1 is at 7, expected 4');
    expect(appendError(wrongVersion('no_stream'), ATTEMPT)).toMatchObject({ actual: 'no-stream' });
  });

  it('too large for this server: what we counted', () => {
    const error = appendError(new MaxAppendSizeExceededError(undefined, 1_048_576), ATTEMPT);
    expect(error).toBeInstanceOf(EventTooLarge);
    expect(error).toMatchObject({ bytes: 1_100_000 });
  });

  it('a tombstone: the log was altered', () => {
    expect(appendError(new StreamDeletedError(undefined, 'thing-1'), ATTEMPT)).toBeInstanceOf(LogAltered);
  });

  it('no rights: nothing was written, and where to look', () => {
    const error = appendError(new AccessDeniedError(), ATTEMPT);
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(error.message).toMatch(/denied.*EVENT_STORE_URL/);
  });

  it('a plain error with code 14, from before it was sent: nothing was written', () => {
    const plain = grpcError(14, 'No connection established');
    expect('type' in plain).toBe(false);
    expect(appendError(plain, ATTEMPT)).toBeInstanceOf(StoreUnavailable);
  });

  it.each([
    ['the connection broke', classOf(14, 'Connection dropped'), UnavailableError],
    ['the server was stopped', classOf(13, 'Received RST_STREAM'), UnknownError],
    ['the server aborted it', classOf(10, 'Timeout'), TimeoutError],
    ['the deadline on the server passed', classOf(4, ''), DeadlineExceededError],
    ['the server cancelled it', classOf(1, 'by the server'), CancelledError],
    ['an error that nobody knows', new Error('Failed to discover after 10 attempts.'), Error],
    ['an error of another code', grpcError(2, 'odd'), Error],
    ['no error at all', 'odd', String],
  ])('%s: the outcome is unknown', (_, thrown, kind) => {
    if (kind !== String) expect(thrown).toBeInstanceOf(kind);
    const error = appendError(thrown, ATTEMPT);
    expect(error).toBeInstanceOf(OutcomeUnknown);
    expect(error.cause).toBe(thrown);
  });

  it('words of ours stay as they are', () => {
    for (const error of [new OutcomeUnknown('late'), new StoreUnavailable('full')])
      expect(appendError(error, ATTEMPT)).toBe(error);
  });
});

describe('what an error of the client says of a read', () => {
  it.each([
    ['away', classOf(14, 'No connection established')],
    ['stopped', classOf(13, 'Received RST_STREAM')],
    ['nowhere to be found', new Error('Failed to discover after 10 attempts.')],
    ['no rights', new AccessDeniedError()],
    ['late', classOf(4, '')],
  ])('%s: the store is unavailable', (_, thrown) => {
    const error = readError(thrown, 'Reading thing-1');
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(error.message).toMatch(/^Reading thing-1 /);
    expect(error.cause).toBe(thrown);
  });

  it('a tombstone: the log was altered', () => {
    expect(readError(new StreamDeletedError(undefined, 'thing-1'), 'Reading', 'thing-1')).toBeInstanceOf(LogAltered);
  });

  it('mistakes of ours are no outage', () => {
    for (const error of [new InvalidArgumentError('fromRevision'), new TypeError('x'), new RangeError('x')])
      expect(readError(error, 'Reading')).toBe(error);
  });
});

describe('what a subscription drops by', () => {
  it.each([
    ['too slow', classOf(10, 'Consumer too slow to handle event while live. Client resubscription required.')],
    ['killed', classOf(14, 'Connection dropped')],
    ['restarted', classOf(13, 'Received RST_STREAM')],
    ['cancelled by the server', classOf(1, 'by the server')],
    ['not found', new StreamNotFoundError(undefined, '$all')],
    ['nowhere to be found', new Error('Failed to discover after 10 attempts.')],
    ['ended', new StoreUnavailable('ended')],
  ])('%s: passing', (_, error) => expect(isPassing(error)).toBe(true));

  it.each([
    ['no rights', new AccessDeniedError()],
    ['a mistake of ours', new InvalidArgumentError('position')],
    ['a bug', new TypeError('x')],
  ])('%s: for good', (_, error) => expect(isPassing(error)).toBe(false));

  it('tells a follower from other failures', () => {
    const metadata = {
      getMap: () => ({ exception: 'not-leader', 'leader-endpoint-host': 'b', 'leader-endpoint-port': '2113' }),
    };
    const error = new NotLeaderError(Object.assign(grpcError(5, ''), { metadata }) as never);
    expect(isNotLeader(error)).toBe(true);
    expect(isNotLeader(classOf(14, ''))).toBe(false);
  });
});
