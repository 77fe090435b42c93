/** A person as their organisation's members see them; an erased field reads `erased`. */
export interface PersonName {
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
}

/** What other rooms ask about the people of an organisation. Names are put together when read, and kept nowhere else. */
export interface PeopleDirectory {
  /**
   * Names by user id, of people who are or were members or are invited; ids of nobody are missing. Former members are
   * known by their own profile, so the trail can name them.
   */
  namesOf(organisation: string, userIds: readonly string[]): Promise<ReadonlyMap<string, PersonName>>;
}

/** Injection token of the `PeopleDirectory`. */
export const PEOPLE = Symbol('PeopleDirectory');
