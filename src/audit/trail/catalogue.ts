import type { EventType } from '../../kernel/catalogue.js';
import type { DomainEvent } from '../../kernel/event.js';

/** What the trail tells of one type of event. */
export type TrailEventType = Pick<EventType<DomainEvent>, 'summary' | 'changes' | 'record' | 'subjects'>;

/** Every type of event that can be in the log, by its wire name. */
export type TrailCatalogue = Readonly<Record<string, TrailEventType>>;

/** The catalogues of all rooms as one. @throws Error where two of them use one name. */
export function merged(catalogues: readonly TrailCatalogue[]): TrailCatalogue {
  const types = new Map<string, TrailEventType>();
  for (const [name, type] of catalogues.flatMap((catalogue) => Object.entries(catalogue))) {
    if (types.has(name)) throw new Error(`Two catalogues name an event type ${name}`);
    types.set(name, type);
  }
  return Object.fromEntries(types);
}

/** @throws Error for a type that no room has declared. */
export function typeOf(catalogue: TrailCatalogue, name: string): TrailEventType {
  const type = Object.hasOwn(catalogue, name) ? catalogue[name] : undefined;
  if (type === undefined) throw new Error(`The trail does not know the type of event ${name}`);
  return type;
}
