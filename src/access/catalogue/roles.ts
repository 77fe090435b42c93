import type { Instant, Scope } from '../../kernel/event.js';
import type { Permission } from './permissions.js';

/** A role, built in or an organisation's own: which permissions it holds, and how far each reaches. */
export interface Role {
  /** Key of a built-in role; the id of an organisation's own. */
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly permissions: ReadonlyMap<Permission, Scope>;
  /** What each switch of a grant adds. */
  readonly switches: ReadonlyMap<string, ReadonlyMap<Permission, Scope>>;
  /** Whether a grant of it can be read-only. */
  readonly takesReadOnly: boolean;
  /** False for `primary`, which moves by handover only. */
  readonly grantable: boolean;
  /** By which edit a permission came into the role, or became wider in it. Not there: it is as old as the role. */
  readonly edits?: ReadonlyMap<Permission, RoleEdit>;
}

/** An edit of a role, as far as it gave something to those who hold it. */
export interface RoleEdit {
  readonly eventId: string;
  readonly by: string;
  readonly at: Instant;
  /** In the organisation's stream: whether it came before or after a grant. */
  readonly revision: number;
}

/** An organisation's own roles by id; a new map whenever one changes. */
export type Roles = ReadonlyMap<string, Role>;

export const NO_ROLES: Roles = new Map();
