import type { RecordRef } from '../../platform/commands/evidence.port.js';
import type { EventStore, StoredEvent } from '../../platform/event-store/event-store.port.js';

/** An event as stored, and the record that it was found to be about. */
export interface FoundEvent {
  readonly stored: StoredEvent;
  readonly record: RecordRef;
}

/** Where an event stands, and what it is about. */
export interface EventPlace {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly record: RecordRef;
}

/** In the order of the places. Neighbours in one stream are read together. */
export async function readEvents(
  store: Pick<EventStore, 'readStream'>,
  places: readonly EventPlace[],
): Promise<readonly FoundEvent[]> {
  const events = new Map<string, StoredEvent>();
  await Promise.all(
    runsOf(places).map(async ({ stream, from, limit }) => {
      for await (const event of store.readStream(stream, { from, limit })) events.set(event.id, event);
    }),
  );
  return places.map(({ id, stream, record }) => {
    const stored = events.get(id);
    if (stored === undefined) throw new Error(`Event ${id} of ${stream} is known, and the log does not have it`);
    return { stored, record };
  });
}

interface Run {
  readonly stream: string;
  readonly from: number;
  readonly limit: number;
}

/** Unbroken runs of revisions, each one read. */
function runsOf(places: readonly EventPlace[]): readonly Run[] {
  const byStream = new Map<string, number[]>();
  for (const { stream, revision } of places) byStream.set(stream, [...(byStream.get(stream) ?? []), revision]);
  return [...byStream].flatMap(([stream, revisions]) => {
    const runs: { stream: string; from: number; limit: number }[] = [];
    for (const revision of revisions.sort((a, b) => a - b)) {
      const last = runs.at(-1);
      if (last !== undefined && revision === last.from + last.limit) last.limit += 1;
      else runs.push({ stream, from: revision, limit: 1 });
    }
    return runs;
  });
}
