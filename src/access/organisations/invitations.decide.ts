import type { Decide } from '../../kernel/decider.js';
import type { Instant } from '../../kernel/event.js';
import { conflict, notFound } from '../../kernel/refusal.js';
import { type Grant, grantOf, holdsAnything } from '../contract.js';
import { holdsNow, requireMayGrant, stillGiven } from './granting.decide.js';
import { expiryOf, type Invitation, type OrganisationEvent, type OrganisationState } from './organisation.js';
import { requireApart } from './two-pairs-of-eyes.decide.js';

type Decision<Prepared = undefined> = Decide<OrganisationState, OrganisationEvent, Prepared>;

/** Open invitations of one organisation at a time; they end together with who sent them, in one event. */
export const MAX_OPEN_INVITATIONS = 2000;

export interface InviteBody {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly grants: readonly Grant[];
}

/** Who the address belongs to, as accounts say: a user id in any case, and an id of the address. */
export interface Invitee {
  readonly userId: string;
  readonly address: string;
}

export const inviteUser =
  ({ email, firstName, lastName, grants }: InviteBody): Decision<Invitee> =>
  (state, { now, userId: inviter, newId }, { userId, address }) => {
    const member = state.members.get(userId);
    if (member !== undefined && member.status !== 'invited') {
      throw conflict('already-member', 'Somebody with this address is a member already');
    }
    const open = [...state.invitations.values()].filter((invitation) => invitation.status === 'open');
    if (member !== undefined || open.some((invitation) => invitation.address === address)) {
      throw conflict('already-invited', 'There is an open invitation to this address; send it again or cancel it');
    }
    if (open.length >= MAX_OPEN_INVITATIONS) {
      throw conflict(
        'too-many-open-invitations',
        `There are ${MAX_OPEN_INVITATIONS} open invitations; cancel some first`,
      );
    }
    requireMayGrant(state, inviter, grants, now);
    requireApart(state, grants);
    const data = { invitationId: newId, userId, address, email, firstName, lastName, grants };
    return [{ type: 'UserInvited', data }];
  };

export const resendInvitation =
  (invitationId: string): Decision =>
  (state) => {
    const { userId } = requireOpen(state, invitationId);
    return [{ type: 'InvitationResent', data: { invitationId, userId } }];
  };

export const cancelInvitation =
  (invitationId: string): Decision =>
  (state) => {
    if (state.invitations.get(invitationId)?.status === 'cancelled') return [];
    const { userId } = requireOpen(state, invitationId);
    return [{ type: 'InvitationCancelled', data: { invitationId, userId } }];
  };

/** What the link of a mail says: the invitation, and the event that asked for that mail. */
export interface InvitationLink {
  readonly invitationId: string;
  readonly mailEventId: string;
}

/** `userId` is the account that proved to own the address. */
export const acceptInvitation =
  ({ link, userId }: { readonly link: InvitationLink; readonly userId: string }): Decision =>
  (state, { now }) => {
    const invitation = requireAcceptable(state, link, now);
    const { id: invitationId, userId: invitedAs } = invitation;
    const grants = state.members.get(invitedAs)!.grants.map(grantOf);
    if (userId === invitedAs) return [{ type: 'InvitationAccepted', data: { invitationId, userId, grants } }];

    const member = state.members.get(userId);
    if (member !== undefined && member.status !== 'invited') {
      throw conflict('already-member', 'You are a member of this organisation already');
    }
    const accepted: OrganisationEvent = {
      type: 'InvitationAccepted',
      data: { invitationId, userId, invitedAs, grants },
    };
    // They were invited under their own user id as well: one of the two is enough.
    if (member?.invitationId === undefined) return [accepted];
    return [{ type: 'InvitationCancelled', data: { invitationId: member.invitationId, userId } }, accepted];
  };

/**
 * The invitation that a link opens at an instant. The rights of everybody who gave something in it are checked again.
 *
 * @throws Refusal not-found, conflict: invitation-accepted, -cancelled, -superseded, -expired, inviter-lost-rights
 */
export function requireAcceptable(state: OrganisationState, link: InvitationLink, now: Instant): Invitation {
  const invitation = requireOpen(state, link.invitationId);
  if (invitation.mailEventId !== link.mailEventId) {
    throw conflict('invitation-superseded', 'A newer mail was sent; use the link in that one');
  }
  const { grants } = state.members.get(invitation.userId)!;
  if (expiryOf(invitation) <= Date.parse(now) || !holdsAnything(grants, Date.parse(now))) {
    throw conflict('invitation-expired', 'This invitation has expired; ask for it to be sent again');
  }
  const stands =
    holdsNow(state, invitation.invitedBy, 'members:invite', now) &&
    grants.every((grant) => stillGiven(state, grant, now));
  if (!stands) {
    throw conflict(
      'inviter-lost-rights',
      'Whoever sent this invitation may not give these roles any more; ask for a new one',
    );
  }
  return invitation;
}

function requireOpen(state: OrganisationState, invitationId: string): Invitation {
  const invitation = state.invitations.get(invitationId);
  if (invitation === undefined) throw notFound();
  switch (invitation.status) {
    case 'open':
      return invitation;
    case 'accepted':
      throw conflict('invitation-accepted', 'This invitation has been accepted');
    case 'cancelled':
      throw conflict('invitation-cancelled', 'This invitation has been cancelled');
  }
}
