import type { Scope } from '../../kernel/event.js';
import { OneOf } from '../../platform/http/fields.js';
import { type Permission, PERMISSIONS } from '../contract.js';

export const SCOPES = ['all', 'assigned', 'own'] as const satisfies readonly Scope[];

/** A permission with its scope; in a list, a plain text is short for `{permission}`. */
export class ScopedPermissionDto {
  @OneOf(PERMISSIONS)
  permission!: Permission;

  @OneOf(SCOPES, {
    optional: true,
    description:
      'Every record (by default), those of projects and tasks to which one is assigned, or those that one made',
  })
  scope?: Scope;
}
