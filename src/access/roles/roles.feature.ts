import type { Feature } from '../../platform/feature.js';
import { RoleKind } from './role.kind.js';
import {
  CopyRoleHandler,
  DefineRoleHandler,
  DeleteRoleHandler,
  EditRoleHandler,
  GetRoleHandler,
  ListPermissionsHandler,
  ListRolesHandler,
} from './roles.handlers.js';
import { RolesController } from './roles.http.js';

/** For the room's module. */
export const rolesFeature: Feature = {
  controllers: [RolesController],
  providers: [
    DefineRoleHandler,
    EditRoleHandler,
    DeleteRoleHandler,
    CopyRoleHandler,
    ListRolesHandler,
    GetRoleHandler,
    ListPermissionsHandler,
    RoleKind,
  ],
};
