import type { DomainEvent, Recorded, Source } from '../../kernel/event.js';
import type { StoredEvent } from '../event-store/event-store.port.js';

/** What an erased personal field reads as. */
export const ERASED = 'erased';

/** Between events as deciders know them and events as stored: personal fields, schema versions. */
export interface Codec {
  /**
   * The stored form of an event that is about to be appended: current schema version, personal fields encrypted under
   * the subject's key in `organisation` (made durable in the vault first), bound to this event's id.
   *
   * @throws UnknownEventType, SubjectErased (of the vault)
   */
  seal(
    id: string,
    event: DomainEvent,
    organisation: string,
  ): Promise<{ readonly schemaVersion: number; readonly data: object }>;
  /** Ciphertext of where a command came from, under the actor's own key in the organisation. */
  sealSource(source: Source, organisation: string, userId: string): Promise<string>;

  /**
   * Newest shape, personal fields in plain text; where they are erased, each declared field reads `erased`. An event that is
   * in its newest shape and holds nothing personal is handed out as it is.
   *
   * @throws UnknownEventType, EventFromNewerVersion, PersonalDataUnreadable, PersonalKeyMissing
   */
  open(events: readonly StoredEvent[]): Promise<readonly Recorded<DomainEvent>[]>;
  /** Newest shape with personal fields left out: for states that never need them (access). No I/O. */
  openWithoutPersonal(event: StoredEvent): Recorded<DomainEvent>;
  openSource(event: StoredEvent): Promise<Source | 'erased' | undefined>;
  /**
   * Data in the shape that it was stored in, personal fields in plain text in the place of their ciphertext; where they are
   * erased, each declared field reads `erased`.
   *
   * @throws UnknownEventType, PersonalDataUnreadable, PersonalKeyMissing
   */
  openAsStored(events: readonly StoredEvent[]): Promise<readonly object[]>;
}

/** The half of the codec that a reader needs: a thread or tool that writes nothing. */
export type EventOpener = Pick<Codec, 'open' | 'openWithoutPersonal' | 'openSource' | 'openAsStored'>;

/** No catalogue knows this type: a room was left out, or a newer version of Countersign wrote it. */
export class UnknownEventType extends Error {
  override readonly name = 'UnknownEventType';
  constructor(readonly type: string) {
    super(
      `No catalogue knows events of type ${type}: it was written by a newer version of Countersign, or its room is missing`,
    );
  }
}

/** The event's shape is newer than this version of Countersign: upgrade it. */
export class EventFromNewerVersion extends Error {
  override readonly name = 'EventFromNewerVersion';
}

/** The ciphertext was altered, or stands at another event than the one it was made for. */
export class PersonalDataUnreadable extends Error {
  override readonly name = 'PersonalDataUnreadable';
}

/** The key of the personal fields is not in the vault, and no erasure tells why: the vault is not the log's own, or is older. */
export class PersonalKeyMissing extends Error {
  override readonly name = 'PersonalKeyMissing';
}
