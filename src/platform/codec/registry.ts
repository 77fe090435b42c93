import { EventFromNewerVersion, UnknownEventType } from './codec.port.js';

/** What the codec needs of a kernel `EventType`. */
export interface CodedType {
  readonly schemaVersion: number;
  readonly personal?: PersonalDeclaration;
  readonly upcasters?: Readonly<Record<number, (data: never) => object>>;
}

export interface PersonalDeclaration {
  readonly fields: readonly string[];
  readonly key: 'contact' | 'document' | 'account';
  subject(data: never): string;
}

/** An `EventCatalogue` of any aggregate. */
export type CodedCatalogue = Readonly<Record<string, CodedType>>;

/** Every type of event by its wire name. */
export class EventRegistry {
  readonly #types = new Map<string, CodedType>();

  /** @throws Error for a name that two catalogues use, and for a version that no upcaster leads away from */
  constructor(catalogues: readonly CodedCatalogue[]) {
    for (const [name, type] of catalogues.flatMap((catalogue) => Object.entries(catalogue))) {
      if (this.#types.has(name)) throw new Error(`Two catalogues name an event type ${name}`);
      for (let version = 1; version < type.schemaVersion; version++) {
        if (type.upcasters?.[version] === undefined) throw new Error(`${name} has no upcaster from version ${version}`);
      }
      this.#types.set(name, type);
    }
  }

  /** @throws UnknownEventType */
  typeOf(name: string): CodedType {
    const type = this.#types.get(name);
    if (type === undefined) throw new UnknownEventType(name);
    return type;
  }

  /** Data in the newest shape. @throws EventFromNewerVersion */
  upcast(name: string, type: CodedType, schemaVersion: number, data: object): object {
    if (schemaVersion > type.schemaVersion) {
      throw new EventFromNewerVersion(
        `An event ${name} has version ${schemaVersion}, this version of Countersign knows ${type.schemaVersion}: upgrade it`,
      );
    }
    let shape = data;
    for (let version = schemaVersion; version < type.schemaVersion; version++) {
      shape = type.upcasters![version]!(shape as never);
    }
    return shape;
  }
}
