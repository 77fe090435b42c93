/** What other rooms ask about organisations. Answers have every change that was acknowledged before the question. */
export interface OrganisationDirectory {
  /** ISO 4217 code of the currency in which the organisation keeps its books. @throws Refusal not-found */
  currencyOf(organisation: string): Promise<string>;
}

/** Injection token of the `OrganisationDirectory`. */
export const ORGANISATIONS = Symbol('OrganisationDirectory');
