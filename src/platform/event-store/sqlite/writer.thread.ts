import { BroadcastChannel, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { EventLogUnreadable, readError } from './errors.js';
import { CommitFailed, LogWriter } from './log-writer.js';
import type { Grown } from './wake.js';
import { type Report, type Request, unpack, type WireAppend, type WriterData } from './protocol.js';

/** The thread that owns the log's writing connection: group commit, off the thread that answers requests. */
const port = parentPort;
if (port === null) throw new Error('this file runs as a worker');
const { file, channel } = workerData as WriterData;

/** One commit holds at most so many events or bytes; an append that is larger by itself gets a commit of its own. */
const MAX_EVENTS = 256;
const MAX_BYTES = 1024 * 1024;

const waiting: WireAppend[] = [];
const wake = new BroadcastChannel(channel);
wake.unref();
let log: LogWriter | undefined;
let closing = false;

const report = (message: Report): void => port.postMessage(message);
const tell = (position: number, types: Grown['types']): void => wake.postMessage({ position, types } satisfies Grown);

function connect(): LogWriter {
  if (log === undefined) {
    log = new LogWriter(file);
    // Readers look again: the log may hold what an earlier thread committed last and did not live to tell.
    tell(log.position, null);
    report({ kind: 'opened' });
  }
  return log;
}

function disconnect(): void {
  const closed = log;
  log = undefined;
  try {
    closed?.close();
  } catch {
    // Whatever the connection held is found again by the next one.
  }
}

function receive(request: Request): void {
  switch (request.kind) {
    case 'append':
      waiting.push(...unpack(request.packed));
      return;
    case 'close':
      closing = true;
      return;
  }
}

function nextBatch(): WireAppend[] {
  let count = 0;
  let events = 0;
  let bytes = 0;
  for (const append of waiting) {
    events += append.events.length;
    bytes += append.bytes;
    if (count > 0 && (events > MAX_EVENTS || bytes > MAX_BYTES)) break;
    count += 1;
  }
  return waiting.splice(0, count);
}

function commit(batch: readonly WireAppend[]): void {
  try {
    const connected = connect();
    const answers = connected.commit(batch);
    report({ kind: 'committed', answers });
    tell(connected.position, typesOf(batch));
  } catch (error) {
    if (error instanceof CommitFailed && error.reconnect) reconnect();
    const written = error instanceof CommitFailed ? error.written : 'nothing';
    report({ kind: 'failed', count: batch.length, written, reason: (error as Error).message });
  }
}

function typesOf(batch: readonly WireAppend[]): readonly string[] {
  const types = new Set<string>();
  for (const { events } of batch) for (const { type } of events) types.add(type);
  return [...types];
}

/** A connection that failed has a wrong idea of the file. If it cannot be opened now, the next batch tries again. */
function reconnect(): void {
  disconnect();
  try {
    connect();
  } catch {
    disconnect();
  }
}

/** While a commit runs, the next batch gathers in the port: no timer, and no wait for the event loop in between. */
function work(): void {
  for (;;) {
    for (let next = receiveMessageOnPort(port!); next !== undefined; next = receiveMessageOnPort(port!))
      receive(next.message as Request);
    const batch = nextBatch();
    if (batch.length === 0) break;
    commit(batch);
  }
  if (!closing) return;
  disconnect();
  wake.close();
  port!.close();
}

port.on('message', (request: Request) => {
  receive(request);
  work();
});

try {
  connect();
} catch (thrown) {
  const error = readError(file, thrown);
  report({ kind: 'not-opened', unreadable: error instanceof EventLogUnreadable, message: (error as Error).message });
}
