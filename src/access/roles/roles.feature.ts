import type { Feature } from '../../platform/feature.js';
import { GetRoleHandler, ListRolesHandler } from './roles.handlers.js';
import { RolesController } from './roles.http.js';

/** For the room's module. */
export const rolesFeature: Feature = {
  controllers: [RolesController],
  providers: [ListRolesHandler, GetRoleHandler],
};
