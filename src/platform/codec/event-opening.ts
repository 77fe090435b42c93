import { type DomainEvent, personOf, type Recorded, type Source } from '../../kernel/event.js';
import type { StoredEvent } from '../event-store/event-store.port.js';
import type { SubjectKey, VaultReader } from '../vault/vault.port.js';
import { ERASED, type EventOpener, PersonalKeyMissing } from './codec.port.js';
import {
  eventPlace,
  keyOf,
  type KeyPlace as Place,
  openJson,
  PERSONAL,
  sourceKeyOf,
  sourcePlace,
  type StoredData,
} from './personal.js';
import { type CodedCatalogue, type CodedType, EventRegistry } from './registry.js';

type FoundKey = SubjectKey | 'erased';
const NO_KEYS: ReadonlyMap<string, FoundKey> = new Map();

/** Opens stored events; all that a thread or tool needs which writes none. */
export class EventOpening implements EventOpener {
  protected readonly registry: EventRegistry;

  /** @throws Error where two catalogues use one name, or an upcaster is missing */
  constructor(
    private readonly keys: Pick<VaultReader, 'subjectKey'>,
    catalogues: readonly CodedCatalogue[],
  ) {
    this.registry = new EventRegistry(catalogues);
  }

  async open(events: readonly StoredEvent[]): Promise<readonly Recorded<DomainEvent>[]> {
    const places = events.map((event) => this.#placeOf(event));
    const keys = await this.#findKeys(places);
    return events.map((event, i) => this.#opened(event, places[i], keys));
  }

  async openAsStored(events: readonly StoredEvent[]): Promise<readonly object[]> {
    const places = events.map((event) => this.#placeOf(event));
    const keys = await this.#findKeys(places);
    return events.map((event, i) => {
      const place = places[i];
      return place === undefined ? event.data : this.#inPlain(event, keys.get(nameOf(place))!);
    });
  }

  openWithoutPersonal(event: StoredEvent): Recorded<DomainEvent> {
    const type = this.registry.typeOf(event.type);
    return this.#newest(event, type, withoutPersonal(event.data));
  }

  async openSource(event: StoredEvent): Promise<Source | 'erased' | undefined> {
    const { source, actor, organisation = '' } = event.metadata;
    const person = personOf(actor);
    if (source === undefined || person === undefined) return undefined;
    const key = await this.#find(sourceKeyOf(organisation, person));
    return key === 'erased' ? 'erased' : (openJson(key.key, sourcePlace(organisation, person), source) as Source);
  }

  /** Where the key of an event's personal fields is; undefined where the event has none. */
  #placeOf(event: StoredEvent): Place | undefined {
    const { personal } = this.registry.typeOf(event.type);
    if (!(PERSONAL in event.data)) return undefined;
    if (personal === undefined)
      throw new Error(`${event.type} has personal fields in the log, and its catalogue declares none`);
    return keyOf(personal, event.metadata.organisation ?? '', event.data);
  }

  /** The keys of a batch by their places, each asked for once and all at the same time. */
  async #findKeys(places: readonly (Place | undefined)[]): Promise<ReadonlyMap<string, FoundKey>> {
    const asked = new Map<string, Place>();
    for (const place of places) if (place !== undefined) asked.set(nameOf(place), place);
    if (asked.size === 0) return NO_KEYS;
    return new Map(
      await Promise.all([...asked].map(async ([name, place]) => [name, await this.#find(place)] as const)),
    );
  }

  async #find({ organisation, subject }: Place): Promise<FoundKey> {
    const key = await this.keys.subjectKey(organisation, subject);
    if (key !== undefined) return key;
    throw new PersonalKeyMissing(
      `The vault has no key of subject ${subject} in organisation "${organisation}", and no erasure of it`,
    );
  }

  #opened(event: StoredEvent, place: Place | undefined, keys: ReadonlyMap<string, FoundKey>): Recorded<DomainEvent> {
    const type = this.registry.typeOf(event.type);
    if (place === undefined) return this.#newest(event, type, event.data);
    const key = keys.get(nameOf(place))!;
    const newest = this.#newest(event, type, this.#inPlain(event, key));
    // An upcaster may have made something of the word.
    return key !== 'erased' || event.schemaVersion === type.schemaVersion
      ? newest
      : { ...newest, data: { ...newest.data, ...erased(type) } };
  }

  #inPlain(event: StoredEvent, key: FoundKey): object {
    const { [PERSONAL]: sealed, ...rest } = event.data as StoredData;
    const opened =
      key === 'erased'
        ? erased(this.registry.typeOf(event.type))
        : openJson(key.key, eventPlace(event.id, event.type), sealed);
    return Object.assign(rest, opened);
  }

  #newest(event: StoredEvent, type: CodedType, data: object): Recorded<DomainEvent> {
    if (event.schemaVersion === type.schemaVersion) return data === event.data ? event : { ...event, data };
    const newest = this.registry.upcast(event.type, type, event.schemaVersion, data);
    return { ...event, schemaVersion: type.schemaVersion, data: newest };
  }
}

const erased = ({ personal }: CodedType): object =>
  Object.fromEntries(personal!.fields.map((field) => [field, ERASED]));

const nameOf = ({ organisation, subject }: Place): string => `${organisation}\0${subject}`;

function withoutPersonal(data: object): object {
  if (!(PERSONAL in data)) return data;
  const { [PERSONAL]: _, ...rest } = data;
  return rest;
}
