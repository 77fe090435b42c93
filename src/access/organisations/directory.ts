/** What other rooms ask about organisations. Answers have every change that was acknowledged before the question. */
export interface OrganisationDirectory {
  /** ISO 4217 code of the currency in which the organisation keeps its books. @throws Refusal not-found */
  currencyOf(organisation: string): Promise<string>;
  /** What the organisation is called. @throws Refusal not-found */
  nameOf(organisation: string): Promise<string>;
  /** User id of the one Primary. @throws Refusal not-found */
  primaryIn(organisation: string): Promise<string>;
  /** Rule 9: whether one person may not both enter and approve a purchase, nor approve and pay it. */
  hasTwoPairsOfEyes(organisation: string): Promise<boolean>;
  /** Those of the ids that are of somebody here: members, disabled ones included, and invited people. */
  everybodyAmong(organisation: string, userIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Those of them who can be given something to do: all but the disabled. */
  membersAmong(organisation: string, userIds: readonly string[]): Promise<ReadonlySet<string>>;
}

/** Injection token of the `OrganisationDirectory`. */
export const ORGANISATIONS = Symbol('OrganisationDirectory');
