/** What access tells the other rooms: names of permissions, how far a permission reaches, and whom to ask. */
export {
  type Action,
  type Area,
  areaOf,
  type AreaOfCatalogue,
  AREAS,
  isPermission,
  isReading,
  type Permission,
  PERMISSION_LABELS,
  PERMISSIONS,
} from './catalogue/permissions.js';
export { BUILT_IN_ROLES, type BuiltInRoleKey, roleOf } from './catalogue/built-in-roles.js';
export { NO_ROLES, type Role, type RoleEdit, type Roles } from './catalogue/roles.js';
export {
  type Grant,
  type GrantedPermission,
  grantOf,
  grantsFrom,
  grantsText,
  grantText,
  type HeldGrant,
  permissionsOf,
  sameGrant,
} from './catalogue/grants.js';
export {
  type Access,
  accessOf,
  bankLimitOf,
  beyond,
  endOf,
  type Holding,
  type Holdings,
  holdingsOf,
  holdsAnything,
  type Membership,
  type Source,
  sourceOf,
  type Wanted,
} from './catalogue/holdings.js';
export { type Extent, type Extents, intersect, isForKeys } from './catalogue/intersection.js';
export { accounts } from './accounts/account.js';
export { inProject, reachTokens } from './authoriser/reach.js';
export { type OrganisationDirectory, ORGANISATIONS } from './organisations/directory.js';
export { PEOPLE, type PeopleDirectory, type PersonName } from './members/people.js';
export { assignPeople, MAX_ASSIGNED, type MembersAmong, requireMembers } from './assignments/assigning.js';
export { assignments, type ProjectAssignmentsChanged } from './assignments/assignments.js';
export { departedIn, type DepartureEvent, DEPARTURES, type Departed } from './assignments/departures.js';
export { type ProjectInBrief, type Projects, PROJECTS } from './assignments/projects.js';
