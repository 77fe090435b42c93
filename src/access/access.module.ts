import { Global, Module } from '@nestjs/common';
import { AUTHORISER } from '../platform/commands/principal.js';
import { RECORD_ACCESS } from '../platform/commands/record-access.port.js';
import { together } from '../platform/feature.js';
import { AUTHENTICATOR } from '../platform/http/authenticator.port.js';
import { KNOWN_PERMISSIONS } from '../platform/http/route.js';
import { accountsFeature } from './accounts/accounts.feature.js';
import { apiKeysFeature } from './api-keys/api-keys.feature.js';
import { assignmentsFeature } from './assignments/assignments.feature.js';
import { authoriserFeature } from './authoriser/authoriser.feature.js';
import { membersFeature } from './members/members.feature.js';
import { PEOPLE } from './members/people.js';
import { ORGANISATIONS } from './organisations/directory.js';
import { organisationsFeature } from './organisations/organisations.feature.js';
import { primaryFeature } from './primary/primary.feature.js';
import { rolesFeature } from './roles/roles.feature.js';
import { sessionsFeature } from './sessions/sessions.feature.js';

/** People, organisations, and who may do what: the room that every other one asks. */
@Global()
@Module({
  ...together([
    accountsFeature,
    sessionsFeature,
    organisationsFeature,
    membersFeature,
    rolesFeature,
    apiKeysFeature,
    primaryFeature,
    assignmentsFeature,
    authoriserFeature,
  ]),
  exports: [AUTHORISER, AUTHENTICATOR, KNOWN_PERMISSIONS, ORGANISATIONS, PEOPLE, RECORD_ACCESS],
})
export class AccessModule {}
