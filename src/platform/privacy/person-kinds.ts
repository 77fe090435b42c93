import { Injectable } from '@nestjs/common';
import type { RecordFacts } from '../../kernel/decider.js';
import type { Metadata, PlainDate } from '../../kernel/event.js';

/** A person of whom an organisation holds data, in brief. */
export interface HeldPerson {
  readonly id: string;
  /** Which `PersonKind` knows them. */
  readonly kind: string;
  /** Their name; `erased` after an erasure. */
  readonly label: string;
  /** `active`, `archived`, `invited`, `erased` ... */
  readonly status: string;
  /** Of their own record: whoever may not open that is not told of them. */
  readonly facts: RecordFacts;
}

/** A document that was issued to a person, and bears who they were then. */
export interface IssuedDocument {
  readonly kind: string;
  readonly id: string;
  readonly label: string;
  /** Book date: it says which accounting period the document is of. */
  readonly date: PlainDate;
}

/** Why something about a person is kept although they are erased, and the last day of that; null where no day is set. */
export interface Kept {
  readonly record: { readonly kind: string; readonly id: string; readonly label: string | null };
  readonly basis: string;
  readonly until: PlainDate | null;
}

/** Everything that an organisation holds of a person in records of their own: plain JSON. */
export interface PersonFile {
  /** Their own record. */
  readonly record: Readonly<Record<string, unknown>>;
  /** The part of it that they gave: what portability hands over. */
  readonly given: Readonly<Record<string, unknown>>;
  /** What was made out to them, by the name of the list. */
  readonly documents: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
}

/** Names of a person's keys in the vault, by when an erasure destroys them. */
export interface PersonKeys {
  readonly atOnce: string;
  /** Once the last issued document needs not be kept any more. */
  readonly documents?: string;
  /** Once nobody can claim anything any more. */
  readonly records?: string;
}

/** Which people are asked for, and where a page of them begins. */
export interface PeopleQuery {
  /** All where there are none. */
  readonly words: string;
  readonly limit: number;
  /** `next` of an earlier page of the same query. */
  readonly after?: string | undefined;
}

export interface PeoplePage {
  readonly people: readonly HeldPerson[];
  readonly next: string | null;
}

/** One kind of people whose data an organisation holds. A feature that brings another kind registers one of these. */
export interface PersonKind {
  readonly kind: string;
  /**
   * A page of the people of this kind of whom the words are a part of the name or address, the newest first. Pages stay where
   * they are, whoever comes in between.
   */
  find(organisation: string, query: PeopleQuery): Promise<PeoplePage>;
  /** With every acknowledged change; undefined where there is nobody of this kind. */
  get(organisation: string, id: string): Promise<HeldPerson | undefined>;
  file(organisation: string, id: string): Promise<PersonFile>;
  /** Names and addresses as they ever were: what files outside of log and views are searched for before the key goes. */
  texts(organisation: string, id: string): Promise<readonly string[]>;
  /** Documents that were issued to them, with everything acknowledged before the call. */
  documents(organisation: string, id: string): Promise<readonly IssuedDocument[]>;

  /** @throws Refusal conflict where the organisation may not erase this person (now), saying what to do instead */
  assertErasable(person: HeldPerson): void;
  /** What else of this person stays. `until` is the last day of what is kept for the records, claims and accountability. */
  keptBeside(person: HeldPerson, until: PlainDate): readonly Kept[];
  /** Writes to their own record that they are erased, once. The keys are destroyed by the caller. */
  erase(organisation: string, id: string, metadata: Metadata): Promise<void>;
  keys(id: string): PersonKeys;
  /** Sets whether their data may only be stored. Absent where nothing else is done with it. */
  restrict?(organisation: string, id: string, restricted: boolean, metadata: Metadata): Promise<void>;
}

/** Features register their kinds of people here when their module starts. */
@Injectable()
export class PersonKinds {
  private readonly kinds = new Map<string, PersonKind>();

  register(kind: PersonKind): void {
    if (this.kinds.has(kind.kind)) throw new Error(`The kind of people "${kind.kind}" is registered twice`);
    this.kinds.set(kind.kind, kind);
  }

  /** @throws Error for a kind that no feature has registered */
  of(kind: string): PersonKind {
    const known = this.kinds.get(kind);
    if (known === undefined) throw new Error(`No feature knows the kind of people "${kind}"`);
    return known;
  }

  all(): readonly PersonKind[] {
    return [...this.kinds.values()];
  }

  /** Who has this id in the organisation; ids are of one kind only. */
  async find(organisation: string, id: string): Promise<HeldPerson | undefined> {
    for (const kind of this.all()) {
      const person = await kind.get(organisation, id);
      if (person !== undefined) return person;
    }
    return undefined;
  }
}
