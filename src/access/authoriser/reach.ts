import type { Reach, RecordFacts } from '../../kernel/decider.js';

/** What a grant asks of a record, or what a record offers, as one text. `''` where a limit does not matter. */
export const reachToken = (people: string, brandId = '', bankAccountId = ''): string =>
  brandId === '' && bankAccountId === '' ? people : `${people}|${brandId}|${bankAccountId}`;

/** Whom a record belongs to, as tokens name it. */
export const EVERYBODY = '*';
export const madeBy = (userId: string): string => `by:${userId}`;
export const assignedTo = (userId: string): string => `to:${userId}`;
export const inProject = (projectId: string): string => `in:${projectId}`;
const isCustomer = (customerId: string): string => `is:${customerId}`;

/**
 * The tokens of a record, for the field `reach` of its document: one for every way in which a limited grant may reach it.
 * A list that a person sees is the documents with any of their tokens. A record with nothing but a maker has one token.
 */
export function reachTokens(facts: RecordFacts): readonly string[] {
  const { createdBy, projectId, customerId, brandId, bankAccountId, assigned = [] } = facts;
  const people = [
    ...(createdBy === undefined ? [] : [madeBy(createdBy)]),
    ...(projectId === undefined ? [] : [inProject(projectId)]),
    ...(customerId === undefined ? [] : [isCustomer(customerId)]),
    ...new Set(assigned.map(assignedTo)),
  ];
  // Everybody without a limit is the reach `all`, which asks for no token.
  if (brandId === undefined && bankAccountId === undefined) return people;
  const brands = brandId === undefined ? [''] : ['', brandId];
  const bankAccounts = bankAccountId === undefined ? [''] : ['', bankAccountId];
  const all = [EVERYBODY, ...people].flatMap((who) =>
    brands.flatMap((brand) => bankAccounts.map((bankAccount) => reachToken(who, brand, bankAccount))),
  );
  return all.filter((token) => token !== EVERYBODY);
}

/** What somebody is assigned to besides single records: projects, and the customers for whom these are. */
export interface Assigned {
  readonly projects: ReadonlySet<string>;
  readonly customers: ReadonlySet<string>;
}

/** A reach in which `assigned` means their projects and customers too, within the limits of each grant. */
export function withAssigned(reach: Reach, userId: string, { projects, customers }: Assigned): Reach {
  if (reach.tokens === 'all' || projects.size === 0) return reach;
  const oneself = assignedTo(userId);
  const names = [...[...projects].map(inProject), ...[...customers].map(isCustomer)];
  const tokens = reach.tokens.flatMap((token) => {
    const limits = token.startsWith(oneself) ? token.slice(oneself.length) : undefined;
    if (limits === undefined || !(limits === '' || limits.startsWith('|'))) return [token];
    return [token, ...names.map((name) => `${name}${limits}`)];
  });
  return { tokens };
}

/** The facts of a record, with the person among the assigned where they are so by its project. */
export function withPerson(facts: RecordFacts, userId: string, { projects, customers }: Assigned): RecordFacts {
  const { projectId, customerId, assigned = [] } = facts;
  const is =
    (projectId !== undefined && projects.has(projectId)) || (customerId !== undefined && customers.has(customerId));
  return is ? { ...facts, assigned: [...assigned, userId] } : facts;
}
