import type { RecordFacts } from '../../kernel/decider.js';

/** What a grant asks of a record, or what a record offers, as one text. `''` where a limit does not matter. */
export const reachToken = (people: string, brandId = '', bankAccountId = ''): string =>
  brandId === '' && bankAccountId === '' ? people : `${people}|${brandId}|${bankAccountId}`;

/** Whom a record belongs to, as tokens name it. */
export const EVERYBODY = '*';
export const madeBy = (userId: string): string => `by:${userId}`;
export const assignedTo = (userId: string): string => `to:${userId}`;

/**
 * The tokens of a record, for the field `reach` of its document: one for every way in which a limited grant may reach it.
 * A list that a person sees is the documents with any of their tokens. Without brand, bank account and assigned people
 * there is one token.
 */
export function reachTokens(facts: RecordFacts): readonly string[] {
  const { createdBy, brandId, bankAccountId, assigned = [] } = facts;
  // Most records, and each of them on its way into a view.
  if (brandId === undefined && bankAccountId === undefined && assigned.length === 0)
    return createdBy === undefined ? [] : [madeBy(createdBy)];
  const people = [
    EVERYBODY,
    ...(createdBy === undefined ? [] : [madeBy(createdBy)]),
    ...new Set(assigned.map(assignedTo)),
  ];
  const brands = brandId === undefined ? [''] : ['', brandId];
  const bankAccounts = bankAccountId === undefined ? [''] : ['', bankAccountId];
  const all = people.flatMap((who) =>
    brands.flatMap((brand) => bankAccounts.map((bankAccount) => reachToken(who, brand, bankAccount))),
  );
  // Everybody without a limit is the reach `all`, which asks for no token.
  return all.filter((token) => token !== EVERYBODY);
}
