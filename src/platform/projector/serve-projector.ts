import type { MessagePort } from 'node:worker_threads';
import type { RebuildRequests } from '../read-model/read-model.port.js';
import type { FromProjector, ToProjector } from './messages.js';
import { type ProjectorOptions, runProjector } from './projector.js';
import { Rest } from './rest.js';

export type ServedProjector = Omit<ProjectorOptions, 'signal' | 'report' | 'rest'> & {
  readonly requests: RebuildRequests;
};

/**
 * The thread's side of a `ProjectorClient`: runs the projector until the client closes it, then returns; what was opened
 * for it is the caller's to close. Rejects where the projector ends by an error: let the thread die of it, the client
 * starts another one.
 */
export async function serveProjector(port: MessagePort, options: ServedProjector): Promise<void> {
  const closing = new AbortController();
  const rest = new Rest();
  const post = (message: FromProjector): void => port.postMessage(message);
  const accept = async (token: number, view: string | undefined): Promise<void> => {
    try {
      const request = await options.requests.add(view);
      post({ kind: 'accepted', token, request: request.id });
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
      case 'close':
        closing.abort();
        break;
    }
  };
  port.on('message', listen);
  try {
    await runProjector({ ...options, rest, signal: closing.signal, report: post });
  } finally {
    // A port that is listened to keeps its thread alive.
    port.off('message', listen);
  }
}
