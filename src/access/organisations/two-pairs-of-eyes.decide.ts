import type { Decide } from '../../kernel/decider.js';
import { conflict } from '../../kernel/refusal.js';
import { type Grant, type Permission, permissionsOf, type Roles } from '../contract.js';
import type { OrganisationEvent, OrganisationState } from './organisation.js';

/** What two people do: whoever has entered a purchase does not approve it, whoever has approved it does not pay it. */
const APART: readonly (readonly [Permission, Permission])[] = [
  ['purchases:create', 'purchases:approve'],
  ['purchases:edit', 'purchases:approve'],
  ['purchases:submit', 'purchases:approve'],
  ['purchases:approve', 'purchases:pay'],
];

/** @throws Refusal conflict roles-combined, while people hold such roles already */
export const switchTwoPairsOfEyes =
  (on: boolean): Decide<OrganisationState, OrganisationEvent> =>
  (state) => {
    if (state.twoPairsOfEyes === on) return [];
    const combined = on ? holdersOfCombined(state, state.roles) : 0;
    if (combined > 0)
      throw conflict(
        'roles-combined',
        `${combined} ${combined === 1 ? 'person holds' : 'people hold'} roles of which one enters or pays purchases and another approves them; change these first`,
      );
    return [{ type: 'TwoPairsOfEyesSwitched', data: { on } }];
  };

/**
 * That roles which one person is to hold may be held together. A single role that does everything is one that somebody
 * chose as such; each purchase is still decided on by who has done what with it.
 *
 * @throws Refusal conflict roles-combined
 */
export function requireApart({ twoPairsOfEyes, roles }: OrganisationState, grants: readonly Grant[]): void {
  if (twoPairsOfEyes && areCombined(grants, roles))
    throw conflict(
      'roles-combined',
      'One of these roles approves purchases and another enters or pays them; it takes two people to do both',
    );
}

/** The same for everybody, once own roles are these. */
export function requireAllApart(state: OrganisationState, roles: Roles): void {
  if (state.twoPairsOfEyes && holdersOfCombined(state, roles) > 0)
    throw conflict(
      'roles-combined',
      'Somebody who holds this role has another one with which they would approve what they enter, or pay what they approve',
    );
}

/** Disabled and invited people count: enabling and accepting asks nobody. */
const holdersOfCombined = ({ members }: OrganisationState, roles: Roles): number =>
  [...members.values()].filter(({ grants }) => areCombined(grants, roles)).length;

function areCombined(grants: readonly Grant[], roles: Roles): boolean {
  if (grants.length < 2) return false;
  const held = grants.map((grant) => new Set(permissionsOf(grant, roles).map(({ permission }) => permission)));
  return APART.some(
    ([one, other]) =>
      held.some((has) => has.has(one)) &&
      held.some((has) => has.has(other)) &&
      !held.some((has) => has.has(one) && has.has(other)),
  );
}
