import { setTimeout as sleep } from 'node:timers/promises';
import type { ViewDefinition } from '../../kernel/view.js';
import { type ReadModel, ViewsUnavailable } from '../read-model/read-model.port.js';
import type { Rest } from './rest.js';
import { type ProjectorReport, StatusBoard } from './status.js';

/** Between two looks (milliseconds) while somebody waits for what is not there yet, and while nobody does. */
const SOON_MS = 25;
const LATER_MS = 500;

export interface WatchOptions {
  readonly views: readonly Pick<ViewDefinition, 'name'>[];
  readonly shared: Pick<ReadModel, 'checkpoints'>;
  readonly report: (report: ProjectorReport) => void;
  readonly rest: Rest;
  readonly signal: AbortSignal;
}

/**
 * Reports how far the views are while another node writes them, until aborted; then it returns. The database of views may
 * be away meanwhile.
 */
export async function watchViews({ views, shared, report, rest, signal }: WatchOptions): Promise<void> {
  const names = views.map(({ name }) => name);
  const board = new StatusBoard(report);
  let prepared = false;
  let front = '';
  while (!signal.aborted) {
    const found = await lookAt(shared, names);
    if (found !== undefined) {
      for (const name of names) tell(board, name, found.get(name), prepared);
      if (!prepared) report({ kind: 'prepared' });
      prepared = true;
      front = [...found.values()].reduce((high, next) => (next > high ? next : high), '');
    }
    await sleep(SOON_MS, undefined, { signal }).catch(() => undefined);
    await rest.take(LATER_MS, front, signal);
  }
}

function tell(board: StatusBoard, name: string, checkpoint: string | undefined, before: boolean): void {
  const known = board.get(name);
  if (before && known.checkpoint === checkpoint) return;
  if (checkpoint === undefined) board.set(name, { state: 'catching-up', checkpoint });
  else if (known.state === 'live') board.moved([name], checkpoint);
  else board.set(name, { state: 'live', checkpoint });
}

async function lookAt(shared: WatchOptions['shared'], names: readonly string[]) {
  try {
    return await shared.checkpoints(names);
  } catch (error) {
    if (error instanceof ViewsUnavailable) return undefined;
    throw error;
  }
}
