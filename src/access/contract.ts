/** What access tells the other rooms: names of permissions, how far a permission reaches, and whom to ask. */
export {
  type Action,
  type Area,
  areaOf,
  AREAS,
  isPermission,
  isReading,
  type Permission,
  PERMISSIONS,
} from './catalogue/permissions.js';
export { BUILT_IN_ROLES, type BuiltInRoleKey, type Role } from './catalogue/built-in-roles.js';
export {
  type Grant,
  grantOf,
  grantsFrom,
  grantsText,
  grantText,
  type HeldGrant,
  permissionsOf,
  sameGrant,
} from './catalogue/grants.js';
export { beyond, type Holding, holdingsOf, holdsAnything } from './catalogue/holdings.js';
export { reachTokens } from './authoriser/reach.js';
export { type OrganisationDirectory, ORGANISATIONS } from './organisations/directory.js';
export { PEOPLE, type PeopleDirectory, type PersonName } from './members/people.js';
