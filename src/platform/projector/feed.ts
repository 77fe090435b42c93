import type { DomainEvent, Recorded } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { Codec } from '../codec/codec.port.js';
import { type Batch, StoreUnavailable, type StoredEvent } from '../event-store/event-store.port.js';
import { FoldFailed, type Generation, type ViewWriter } from '../read-model/read-model.port.js';

/** A generation that is being fed. */
export class Member {
  private readonly types: ReadonlySet<string> | undefined;

  constructor(
    readonly view: ViewDefinition,
    public generation: Generation,
  ) {
    this.types = view.events === 'all' ? undefined : new Set(view.events);
  }

  folds(type: string): boolean {
    return this.types?.has(type) ?? true;
  }

  isBefore({ position }: StoredEvent): boolean {
    const { checkpoint } = this.generation;
    return checkpoint === undefined || checkpoint < position;
  }
}

/** A member that could not take an event; it stands where it stood. */
export interface Failure {
  readonly member: Member;
  readonly failed: FoldFailed;
}

/** An event that could not be opened. */
class Unopened {
  constructor(readonly cause: unknown) {}
}

/** Events of the system itself (leases, checkpoints of reactors) are no business of views. */
const isSystem = (event: StoredEvent): boolean => event.stream.startsWith('system-');

/**
 * Gives a batch to the members: every event that some member wants is opened once, and all members move to the batch's
 * position together. Returns the members that failed; the others have moved.
 *
 * @throws whatever the writer throws, and StoreUnavailable of the codec: nothing has moved then.
 */
export async function feed(
  { writer, codec }: { readonly writer: ViewWriter; readonly codec: Pick<Codec, 'open'> },
  members: readonly Member[],
  { events, position }: Pick<Batch, 'events' | 'position'>,
): Promise<readonly Failure[]> {
  // The position of an empty log: there is nothing to move to.
  if (members.length === 0 || position === '') return [];
  const { wanted, byMember } = choose(members, events);
  const opened = await open(codec, wanted);
  const failures: Failure[] = [];
  const able = members.flatMap((member, m) => {
    const own = byMember[m]!.map((i) => opened[i]!);
    const unopened = own.findIndex((event) => event instanceof Unopened);
    if (unopened === -1) return [{ member, events: own as Recorded<DomainEvent>[] }];
    const { cause } = own[unopened] as Unopened;
    const event = wanted[byMember[m]![unopened]!]!;
    failures.push({ member, failed: new FoldFailed(member.view.name, event, cause) });
    return [];
  });
  const shares = able.map(({ member: { generation, view }, events: own }) => ({ generation, view, events: own }));
  const applied = await writer.applyAll(shares, position);
  able.forEach(({ member }, i) => {
    const result = applied[i]!;
    if (result instanceof FoldFailed) failures.push({ member, failed: result });
    else member.generation = result;
  });
  return failures;
}

interface Choice {
  /** Events that some member wants. */
  readonly wanted: readonly StoredEvent[];
  /** For each member, which of them. */
  readonly byMember: readonly (readonly number[])[];
}

function choose(members: readonly Member[], events: readonly StoredEvent[]): Choice {
  const wanted: StoredEvent[] = [];
  const byMember: number[][] = members.map(() => []);
  const places = [...members.keys()];
  /** Places of the members that fold a type: a batch has few types, and most are folded by few. */
  const byType = new Map<string, readonly number[]>();
  for (const event of events) {
    if (isSystem(event)) continue;
    let folding = byType.get(event.type);
    if (folding === undefined) byType.set(event.type, (folding = places.filter((m) => members[m]!.folds(event.type))));
    const next = wanted.length;
    for (const m of folding) {
      if (!members[m]!.isBefore(event)) continue;
      byMember[m]!.push(next);
      if (wanted.length === next) wanted.push(event);
    }
  }
  return { wanted, byMember };
}

/** Opens a batch; where that fails, each event by itself, so that one that cannot be opened stops only who needs it. */
async function open(
  codec: Pick<Codec, 'open'>,
  events: readonly StoredEvent[],
): Promise<readonly (Recorded<DomainEvent> | Unopened)[]> {
  if (events.length === 0) return [];
  try {
    return await codec.open(events);
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
  }
  const opened: (Recorded<DomainEvent> | Unopened)[] = [];
  for (const event of events) {
    try {
      opened.push(...(await codec.open([event])));
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      opened.push(new Unopened(error));
    }
  }
  return opened;
}

/** The types of events that the members want; undefined for all. */
export function typesOf(members: readonly Member[]): readonly string[] | undefined {
  const types = members.map(({ view }) => view.events);
  return types.includes('all') ? undefined : [...new Set(types.flat())];
}

/** The lowest checkpoint of the members, undefined where one has none. */
export function lowest(members: readonly Member[]): string | undefined {
  const checkpoints = members.map(({ generation }) => generation.checkpoint);
  if (checkpoints.some((checkpoint) => checkpoint === undefined)) return undefined;
  return (checkpoints as string[]).reduce((low, next) => (next < low ? next : low));
}
