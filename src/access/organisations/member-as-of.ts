import { grantOf, type PersonName } from '../contract.js';
import type { Member, OrganisationState } from './organisation.js';

/** A member as the list of members answers them, from a state of the organisation. People are named as they are today. */
export const memberAsOf = ({ primary }: OrganisationState, member: Member, name: PersonName | undefined) => ({
  id: member.userId,
  userId: member.userId,
  email: name?.email ?? null,
  firstName: name?.firstName ?? null,
  lastName: name?.lastName ?? null,
  roles: member.grants.map((held) => {
    const { roleName: _, ...grant } = grantOf(held);
    return grant;
  }),
  status: member.status,
  isPrimary: member.userId === primary,
});
