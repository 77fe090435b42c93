import type { Holding, Holdings } from './holdings.js';
import { bankLimitOf, strongestFirst } from './holdings.js';
import { type Area, areaOf, isPermission, type Permission } from './permissions.js';

/** How far something holds a permission, whoever gave it. */
export type Extent = Pick<Holding, 'scope' | 'brands' | 'bankAccounts' | 'namedBankAccounts' | 'until'>;
export type Extents = Pick<ReadonlyMap<string, readonly Extent[]>, 'get'>;

/** Powers over people, their rights and their data, and over who pays: they are used in person. */
const IN_PERSON: ReadonlySet<Area> = new Set<Area>(['members', 'roles', 'api-keys', 'privacy', 'account-billing']);

/** Whether an API key can hold a permission at all. */
export const isForKeys = (permission: Permission): boolean => !IN_PERSON.has(areaOf(permission));

/**
 * What an API key holds: what its own powers and its maker's holdings have in common, the strongest first. The narrower
 * scope, the brands and bank accounts of both, the earlier end; each for the reason for which the maker holds it.
 *
 * Two long lists of grants have a long product, so it is worked out for a permission when that is first asked for.
 */
export function intersect(own: Extents, makers: Holdings): Holdings {
  const known = new Map<string, readonly Holding[] | undefined>();
  const inBoth = limitsInBoth();
  const held = (permission: string): readonly Holding[] | undefined => {
    const extents = own.get(permission) ?? [];
    const holdings = makers.get(permission) ?? [];
    const both = extents.flatMap((extent) => holdings.flatMap((holding) => common(extent, holding, inBoth) ?? []));
    return both.length === 0 ? undefined : distinct(both.sort(strongestFirst));
  };
  return {
    get(permission) {
      if (!isPermission(permission) || !isForKeys(permission)) return undefined;
      if (!known.has(permission)) known.set(permission, held(permission));
      return known.get(permission);
    },
  };
}

/** Undefined where there is nothing: also where one is about what is assigned and the other about what is one's own. */
function common(extent: Extent, holding: Holding, inBoth: InBoth): Holding | undefined {
  const scope = narrower(extent.scope, holding.scope);
  const brands = inBoth(extent.brands, holding.brands);
  const bankAccounts = inBoth(extent.bankAccounts, holding.bankAccounts);
  if (scope === undefined || brands?.size === 0 || bankAccounts?.size === 0) return undefined;
  const namedBankAccounts = inBoth(extent.namedBankAccounts, holding.namedBankAccounts);
  const until = Math.min(extent.until, holding.until);
  return { ...holding, scope, brands, bankAccounts, ...(namedBankAccounts && { namedBankAccounts }), until };
}

type Scope = Extent['scope'];

function narrower(a: Scope, b: Scope): Scope | undefined {
  if (a === b || b === 'all') return a;
  return a === 'all' ? b : undefined;
}

type Limit = ReadonlySet<string> | undefined;

type InBoth = (a: Limit, b: Limit) => Limit;

/** What two limits leave; all permissions of two grants have the same two, so they share what is left, too. */
function limitsInBoth(): InBoth {
  const known = new Map<Limit, Map<Limit, Limit>>();
  return (a, b) => {
    if (a === undefined || b === undefined) return a ?? b;
    const ofA = known.get(a) ?? new Map<Limit, Limit>();
    known.set(a, ofA);
    const both = ofA.get(b) ?? new Set([...a].filter((id) => b.has(id)));
    ofA.set(b, both);
    return both;
  };
}

/** Without those that an earlier one covers: two long lists of grants have a product, most of which says nothing new. */
function distinct(holdings: readonly Holding[]): readonly Holding[] {
  const kept: Holding[] = [];
  for (const holding of holdings) if (!kept.some((other) => covers(other, holding))) kept.push(holding);
  return kept;
}

const covers = (a: Extent, b: Extent): boolean =>
  (a.scope === 'all' || a.scope === b.scope) &&
  a.until >= b.until &&
  includes(a.brands, b.brands) &&
  includes(bankLimitOf(a), bankLimitOf(b));

function includes(a: Limit, b: Limit): boolean {
  if (a === undefined || a === b) return true;
  if (b === undefined || b.size > a.size) return false;
  for (const id of b) if (!a.has(id)) return false;
  return true;
}
