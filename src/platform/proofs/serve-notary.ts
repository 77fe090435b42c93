import type { MessagePort } from 'node:worker_threads';
import type { EventStore } from '../event-store/event-store.port.js';
import type { Altered } from './comparison.js';
import type { FromNotary, ToNotary } from './messages.js';
import { Notary } from './notary.js';
import { recheck } from './recheck.js';
import { SIGNING_KEYS_STREAM } from './signing-key.js';
import type { TreeWriter } from './trees.port.js';

/** Checkpoints are at most a second behind: the log is looked at, and heads are signed, several times in one. */
const PACE_MS = 100;
const SIGN_EVERY_MS = 250;

/** What was folded before is compared with the log again in the background, for a fifth of a core's time. */
const REST = 4;

export interface ServedNotary {
  readonly reader: Pick<EventStore, 'subscribeToAll' | 'readAll' | 'head'>;
  readonly trees: TreeWriter;
  readonly seed: Uint8Array;
  readonly now: () => number;
}

/** The thread's side of a `NotaryClient`; returns when the client closes it. What was opened for it is the caller's to close. */
export async function serveNotary(port: MessagePort, { reader, trees, seed, now }: ServedNotary): Promise<void> {
  const notary = new Notary(trees, seed);
  const closing = new AbortController();
  const post = (message: FromNotary): void => port.postMessage(message);
  let leading = false;
  let caughtUp = false;
  const listen = (message: ToNotary): void => {
    switch (message.kind) {
      case 'lead':
        leading = message.leading;
        break;
      case 'sign':
        post({ kind: 'checkpoint', token: message.token, head: signed(notary, trees, message) });
        break;
      case 'use':
        notary.use(message.seed);
        break;
      case 'close':
        closing.abort();
        break;
    }
  };
  port.on('message', listen);
  const signing = setInterval(() => {
    if (!leading || !caughtUp) return;
    const heads = notary.due(now());
    if (heads.length > 0) post({ kind: 'due', heads });
  }, SIGN_EVERY_MS);
  let rechecked: Promise<void> | undefined;
  try {
    if (await isCut(reader, trees)) {
      post({ kind: 'cut' });
      await aborted(closing.signal);
      return;
    }
    rechecked = recheckFolded(reader, trees, closing.signal, post);
    const following = { after: trees.position, signal: closing.signal, paceMs: PACE_MS };
    for await (const batch of reader.subscribeToAll(following)) {
      if (batch.events.length > 0) notary.take(batch);
      if (batch.events.some(({ stream }) => stream === SIGNING_KEYS_STREAM)) post({ kind: 'key-introduced' });
      caughtUp = batch.caughtUp;
      post({ kind: 'progress', position: batch.position, broken: trees.broken() });
    }
  } finally {
    clearInterval(signing);
    closing.abort();
    await rechecked;
    // A port that is listened to keeps its thread alive.
    port.off('message', listen);
  }
}

/**
 * Whether the log ends before what was folded from it: then what is new would stand at positions that count as done. Nothing is
 * folded or signed until somebody has looked into it, and has deleted `proofs.db`.
 */
async function isCut(reader: Pick<EventStore, 'head'>, { position }: TreeWriter): Promise<boolean> {
  if (position === undefined) return false;
  const head = await reader.head();
  return head === undefined || head < position;
}

/** The newest events first, at full speed, then all. */
async function recheckFolded(
  reader: Pick<EventStore, 'readAll'>,
  trees: TreeWriter,
  signal: AbortSignal,
  post: (message: FromNotary) => void,
): Promise<void> {
  const { position: upTo } = trees;
  if (upTo === undefined) return;
  const tell = (altered: Altered): void => {
    trees.markBroken(altered.organisation);
    post({ kind: 'altered', altered });
  };
  const recent = trees.recent();
  try {
    await recheck(reader, trees, { after: recent, upTo, rest: 0, signal }, tell);
    if (recent !== undefined)
      await recheck(reader, trees, { after: undefined, upTo: recent, rest: REST, signal }, tell);
  } catch (error) {
    // A log that cannot be read ends the following of it too, and that tells.
    if (!signal.aborted) post({ kind: 'unchecked', why: error instanceof Error ? error.message : String(error) });
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Nothing for a tree that does not fit what was signed of it before. */
function signed(
  notary: Notary,
  trees: TreeWriter,
  { organisation, size }: { readonly organisation: string; readonly size: number },
): ReturnType<Notary['at']> | undefined {
  if (trees.broken().includes(organisation)) return undefined;
  try {
    return notary.at(organisation, size);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
