import type { DomainEvent, Source } from '../../kernel/event.js';
import type { Vault } from '../vault/vault.port.js';
import type { Codec } from './codec.port.js';
import { EventOpening } from './event-opening.js';
import { eventPlace, keyOf, part, PERSONAL, sealJson, sourceKeyOf, sourcePlace } from './personal.js';
import type { CodedCatalogue } from './registry.js';

/** The codec over a vault and the catalogues of all rooms. */
export class EventCodec extends EventOpening implements Codec {
  constructor(
    private readonly vault: Pick<Vault, 'subjectKey' | 'subjectKeyForWriting'>,
    catalogues: readonly CodedCatalogue[],
  ) {
    super(vault, catalogues);
  }

  async seal(
    id: string,
    event: DomainEvent,
    organisation: string,
  ): Promise<{ readonly schemaVersion: number; readonly data: object }> {
    const { schemaVersion, personal: declared } = this.registry.typeOf(event.type);
    if (Object.hasOwn(event.data, PERSONAL)) throw new Error(`${PERSONAL} is reserved, ${event.type} may not use it`);
    if (declared === undefined) return { schemaVersion, data: event.data };
    const { rest, personal } = part(event.data, declared.fields);
    if (personal === undefined) return { schemaVersion, data: rest };
    // The subject is read from what stays readable: whoever opens the event has no more.
    const place = keyOf(declared, organisation, rest);
    const { key } = await this.vault.subjectKeyForWriting(place.organisation, place.subject);
    return { schemaVersion, data: { ...rest, [PERSONAL]: sealJson(key, eventPlace(id, event.type), personal) } };
  }

  async sealSource(source: Source, organisation: string, userId: string): Promise<string> {
    const place = sourceKeyOf(organisation, userId);
    const { key } = await this.vault.subjectKeyForWriting(place.organisation, place.subject);
    return sealJson(key, sourcePlace(organisation, userId), source);
  }
}
