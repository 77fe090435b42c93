import type { Feature } from '../../platform/feature.js';
import { InvitationLetters } from './invitation.letters.js';
import { InvitationMails } from './invitation-mails.reactor.js';
import { InvitationTokens } from './invitation.tokens.js';
import {
  AcceptInvitationHandler,
  CancelInvitationHandler,
  InviteUserHandler,
  ListInvitationsHandler,
  ResendInvitationHandler,
} from './invitations.handlers.js';
import { InvitationsController } from './invitations.http.js';
import { MemberKind } from './member.kind.js';
import { InvitedPersons, MemberPersons } from './member.persons.js';
import {
  ChangeRolesHandler,
  DisableUserHandler,
  EnableUserHandler,
  LeaveOrganisationHandler,
  ListMembersHandler,
  RemoveUserHandler,
} from './members.handlers.js';
import { MembershipUpkeep } from './membership-upkeep.reactor.js';
import { MembersController } from './members.http.js';
import { PEOPLE } from './people.js';
import { People } from './people.service.js';

/** For the room's module. */
export const membersFeature: Feature = {
  controllers: [MembersController, InvitationsController],
  providers: [
    People,
    { provide: PEOPLE, useExisting: People },
    MemberKind,
    MemberPersons,
    InvitedPersons,
    InvitationLetters,
    InvitationTokens,
    InvitationMails,
    MembershipUpkeep,
    InviteUserHandler,
    ResendInvitationHandler,
    CancelInvitationHandler,
    AcceptInvitationHandler,
    ListInvitationsHandler,
    ListMembersHandler,
    ChangeRolesHandler,
    DisableUserHandler,
    EnableUserHandler,
    RemoveUserHandler,
    LeaveOrganisationHandler,
  ],
};
