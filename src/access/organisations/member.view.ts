import { recordIdOf } from '../../kernel/decider.js';
import type { Instant, Recorded } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { Grant } from '../contract.js';
import type { ApiKeyEvent } from './api-keys.js';
import type { CustomRoleEvent } from './custom-roles.js';
import {
  FORMER_PRIMARY,
  type HandoverReverted,
  type HandoverEvent,
  PRIMARY,
  type PrimaryHandedOver,
} from './handover.js';
import type { AccountBillingChanged, OrganisationEdited, OrganisationEvent } from './organisation.js';
import type { TwoPairsOfEyesSwitched } from './two-pairs-of-eyes.js';

/**
 * A person in an organisation, keyed by `memberKey`. What an inviter wrote of somebody stands here until they accept;
 * from then on their name is in their own profile only.
 */
export interface MemberDoc {
  readonly organisation: string;
  readonly userId: string;
  readonly status: 'invited' | 'active' | 'disabled';
  readonly roles: readonly Grant[];
  readonly isPrimary: boolean;
  /** Since when they are in the list, the invitation included. */
  readonly since: Instant;
  readonly invitation?: OpenInvitation;
}

export interface OpenInvitation {
  readonly id: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly sentAt: Instant;
}

type MemberEvent =
  | Exclude<
      OrganisationEvent,
      | OrganisationEdited
      | AccountBillingChanged
      | CustomRoleEvent
      | ApiKeyEvent
      | HandoverEvent
      | TwoPairsOfEyesSwitched
    >
  | PrimaryHandedOver
  | HandoverReverted;

export const memberKey = (organisation: string, userId: string): string => `${organisation}/${userId}`;

/** The people whose documents an event touches. */
function peopleOf(event: Recorded<MemberEvent>): readonly string[] {
  switch (event.type) {
    case 'OrganisationFounded':
      return [event.data.primary];
    case 'InvitationAccepted':
      return [event.data.userId, ...(event.data.invitedAs === undefined ? [] : [event.data.invitedAs])];
    case 'UserDisabled':
    case 'UserRemoved':
    case 'UserLeft':
      return [event.data.userId, ...event.data.ended.map(({ userId }) => userId)];
    case 'OrganisationClosed':
      return event.data.members;
    case 'PrimaryHandedOver':
    case 'HandoverReverted':
      return [event.data.userId, event.data.from];
    case 'UserInvited':
    case 'InvitationResent':
    case 'InvitationChanged':
    case 'InvitationCancelled':
    case 'RoleChanged':
    case 'UserEnabled':
      return [event.data.userId];
  }
}

/** As the API answers them: without the names that own roles had when they were granted. */
const answered = (grants: readonly Grant[]): readonly Grant[] => grants.map(({ roleName: _, ...grant }) => grant);

function fold(doc: MemberDoc | null, event: Recorded<MemberEvent>, key: string): MemberDoc | null {
  const organisation = recordIdOf(event.stream);
  const is = (userId: string): boolean => key === memberKey(organisation, userId);
  switch (event.type) {
    case 'OrganisationFounded': {
      const roles: readonly Grant[] = [{ role: 'primary', readOnly: false, switches: [] }];
      const userId = event.data.primary;
      return { organisation, userId, status: 'active', roles, isPrimary: true, since: event.recordedAt };
    }
    case 'UserInvited': {
      const { userId, invitationId: id, email, firstName, lastName, grants } = event.data;
      const since = event.recordedAt;
      const invitation = { id, email, firstName, lastName, sentAt: since };
      const roles = answered(grants);
      return { organisation, userId, status: 'invited', roles, isPrimary: false, since, invitation };
    }
    case 'InvitationResent':
      return doc?.invitation === undefined
        ? doc
        : { ...doc, invitation: { ...doc.invitation, sentAt: event.recordedAt } };
    case 'InvitationChanged':
    case 'RoleChanged':
      return doc && { ...doc, roles: answered(event.data.to) };
    case 'InvitationCancelled':
      return null;
    case 'InvitationAccepted': {
      const { userId, grants } = event.data;
      if (!is(userId)) return null;
      const roles = answered(grants);
      return { organisation, userId, status: 'active', roles, isPrimary: false, since: doc?.since ?? event.recordedAt };
    }
    case 'UserDisabled':
      return is(event.data.userId) ? doc && { ...doc, status: 'disabled' } : null;
    case 'UserEnabled':
      return doc && { ...doc, status: 'active' };
    case 'PrimaryHandedOver':
    case 'HandoverReverted': {
      const isPrimary = is(event.data.userId);
      return doc && { ...doc, status: 'active', roles: [isPrimary ? PRIMARY : FORMER_PRIMARY], isPrimary };
    }
    case 'UserRemoved':
    case 'UserLeft':
    case 'OrganisationClosed':
      return null;
  }
}

export const membersView: ViewDefinition<MemberDoc, MemberEvent> = {
  name: 'members',
  version: 2,
  events: [
    'OrganisationFounded',
    'UserInvited',
    'InvitationResent',
    'InvitationChanged',
    'InvitationCancelled',
    'InvitationAccepted',
    'RoleChanged',
    'UserDisabled',
    'UserEnabled',
    'UserRemoved',
    'UserLeft',
    'OrganisationClosed',
    'PrimaryHandedOver',
    'HandoverReverted',
  ],
  fields: { organisation: 'symbol', userId: 'text', status: 'text', since: 'text' },
  sorts: { newest: { field: 'since', direction: 'desc' } },
  indexes: [['organisation', 'status'], ['organisation'], ['userId', 'status'], ['userId']],
  keys: (event) => peopleOf(event).map((userId) => memberKey(recordIdOf(event.stream), userId)),
  fold,
};
