import type { Codec } from '../codec/codec.port.js';
import type { Batch, EventStore } from '../event-store/event-store.port.js';
import type { ViewWriter } from '../read-model/read-model.port.js';
import { type Failure, type Member, feed, lowest, typesOf } from './feed.js';

export interface Feeding {
  readonly reader: Pick<EventStore, 'readAll' | 'head'>;
  readonly writer: ViewWriter;
  readonly codec: Pick<Codec, 'open'>;
  readonly signal: AbortSignal;
}

/**
 * Reads the log once for all members, from the lowest of their checkpoints up to a head taken at the start, and moves
 * them there. A member that fails leaves the set. Calls `after` behind every batch. Answers how many batches it took.
 */
export async function readUp(
  { reader, writer, codec, signal }: Feeding,
  members: Set<Member>,
  after: (failures: readonly Failure[]) => Promise<void>,
): Promise<number> {
  const give = async (batch: Pick<Batch, 'events' | 'position'>): Promise<void> => {
    const failures = await feed({ writer, codec }, [...members], batch);
    for (const { member } of failures) members.delete(member);
    await after(failures);
  };
  // Taken before the read, which takes its own: so it has considered everything up to here, whatever it handed out.
  const head = await reader.head();
  const types = typesOf([...members]);
  let batches = 0;
  for await (const batch of reader.readAll({
    after: lowest([...members]),
    signal,
    ...(types === undefined ? {} : { types }),
  })) {
    batches += 1;
    await give(batch);
    if (members.size === 0) return batches;
  }
  if (head !== undefined) await give({ events: [], position: head });
  return batches;
}

/** How far the members are: events folded, and how many there are to fold as far as that is known. */
export function progressOf(members: Iterable<Member>): { readonly folded: number; readonly target: number } {
  let folded = 0;
  let target = 0;
  for (const { generation } of members) {
    target += generation.target;
    folded += Math.min(generation.folded, generation.target);
  }
  return { folded, target };
}
