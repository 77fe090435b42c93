import { Global, Module } from '@nestjs/common';
import { AUTHORISER } from '../platform/commands/principal.js';
import { AUTHENTICATOR } from '../platform/http/authenticator.port.js';
import { KNOWN_PERMISSIONS } from '../platform/http/route.js';
import { accountsFeature } from './accounts/accounts.feature.js';
import { PRIMARY_CHECK } from './accounts/primary-check.port.js';
import { AccessMatrixHandler, CheckAccessHandler, WhoCanHandler } from './authoriser/access.handlers.js';
import { AccessController } from './authoriser/access.http.js';
import { AuthoriserService } from './authoriser/authoriser.service.js';
import { PERMISSIONS } from './contract.js';
import { membersFeature } from './members/members.feature.js';
import { PEOPLE } from './members/people.js';
import { People } from './members/people.service.js';
import { ORGANISATIONS } from './organisations/directory.js';
import { DirectoryService } from './organisations/directory.service.js';
import { organisationsFeature } from './organisations/organisations.feature.js';
import { GetRoleHandler, ListRolesHandler } from './roles/roles.handlers.js';
import { RolesController } from './roles/roles.http.js';
import { sessionsFeature } from './sessions/sessions.feature.js';

/** People, organisations, and who may do what: the room that every other one asks. */
@Global()
@Module({
  controllers: [
    ...accountsFeature.controllers,
    ...sessionsFeature.controllers,
    ...organisationsFeature.controllers,
    ...membersFeature.controllers,
    RolesController,
    AccessController,
  ],
  providers: [
    ...accountsFeature.providers,
    ...sessionsFeature.providers,
    ...organisationsFeature.providers,
    ...membersFeature.providers,
    AuthoriserService,
    { provide: AUTHORISER, useExisting: AuthoriserService },
    CheckAccessHandler,
    WhoCanHandler,
    AccessMatrixHandler,
    ListRolesHandler,
    GetRoleHandler,
    { provide: KNOWN_PERMISSIONS, useValue: new Set<string>(PERMISSIONS) },
    { provide: ORGANISATIONS, useExisting: DirectoryService },
    { provide: PRIMARY_CHECK, useExisting: DirectoryService },
    { provide: PEOPLE, useExisting: People },
  ],
  exports: [AUTHORISER, AUTHENTICATOR, KNOWN_PERMISSIONS, ORGANISATIONS, PEOPLE],
})
export class AccessModule {}
