import { setTimeout as sleep } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import { NotLeading } from '../read-model/lease.port.js';
import type { FromProjector, ToProjector } from './messages.js';
import { type ProjectorOptions, runProjector } from './projector.js';
import { Rest } from './rest.js';
import type { Turn, Turns } from './turns.js';
import { watchViews } from './watch-views.js';

const BETWEEN_TURNS_MS = 100;

export type ServedProjector = Omit<ProjectorOptions, 'signal' | 'report' | 'rest' | 'writer' | 'requests'> & {
  readonly turns: Turns;
};

/**
 * The thread's side of a `ProjectorClient`: runs the projector whenever it is this node's turn, and watches the views that
 * another node writes meanwhile, until the client closes it; then it returns. What was opened for it is the caller's to
 * close. Rejects where the projector ends by an error: let the thread die of it, the client starts another one.
 */
export async function serveProjector(port: MessagePort, options: ServedProjector): Promise<void> {
  const { turns } = options;
  const closing = new AbortController();
  const rest = new Rest();
  const post = (message: FromProjector): void => port.postMessage(message);
  const accept = async (token: number, view: string | undefined): Promise<void> => {
    try {
      const request = await turns.requests.add(view);
      post({ kind: 'accepted', token, request: request.id });
    } catch (error) {
      post({ kind: 'refused', token, reason: error instanceof Error ? error.message : String(error) });
    }
  };
  let writing: Turn | undefined;
  const scrub = async (token: number): Promise<void> => {
    try {
      // Where another node writes the views, they are not in files of ours.
      await writing?.writer.scrub?.();
      post({ kind: 'scrubbed', token });
    } catch (error) {
      post({ kind: 'refused', token, reason: error instanceof Error ? error.message : String(error) });
    }
  };
  const listen = (message: ToProjector): void => {
    switch (message.kind) {
      case 'rebuild':
        void accept(message.token, message.view);
        break;
      case 'wanted':
        rest.want(message.position);
        break;
      case 'scrub':
        void scrub(message.token);
        break;
      case 'close':
        closing.abort();
        break;
    }
  };
  port.on('message', listen);
  try {
    while (!closing.signal.aborted) {
      const turn = await takeTurn({ ...options, rest, signal: closing.signal, report: post });
      if (turn === undefined) return;
      writing = turn;
      await serveTurn(turn, { ...options, requests: turns.requests, rest, signal: closing.signal, report: post });
      writing = undefined;
    }
  } finally {
    // A port that is listened to keeps its thread alive.
    port.off('message', listen);
  }
}

type Waiting = Pick<ProjectorOptions, 'views' | 'signal' | 'report'> & { readonly turns: Turns; readonly rest: Rest };

/** Undefined where the thread is closed before it had a turn. */
async function takeTurn({ turns, signal, ...watching }: Waiting): Promise<Turn | undefined> {
  const { shared } = turns;
  const waiting = new AbortController();
  const both = AbortSignal.any([signal, waiting.signal]);
  const watched = shared === undefined ? Promise.resolve() : watchViews({ ...watching, shared, signal: both });
  const taken = turns.take(both);
  try {
    // What fails of the two ends the other one.
    return await Promise.race([taken, watched.then(() => taken)]);
  } catch (error) {
    waiting.abort();
    await taken.then((turn) => turn.release()).catch(() => undefined);
    if (!signal.aborted) throw error;
    return undefined;
  } finally {
    waiting.abort();
    await watched.catch(() => undefined);
  }
}

async function serveTurn(turn: Turn, options: Omit<ProjectorOptions, 'writer'>): Promise<void> {
  const signal = AbortSignal.any([options.signal, turn.over]);
  try {
    await runProjector({ ...options, writer: turn.writer, signal });
  } catch (error) {
    if (!(error instanceof NotLeading)) throw error;
  } finally {
    await turn.release();
  }
  // Without a pause a turn that is over at once would be taken again and again.
  if (!options.signal.aborted)
    await sleep(BETWEEN_TURNS_MS, undefined, { signal: options.signal }).catch(() => undefined);
}
