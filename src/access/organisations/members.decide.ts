import type { Decide } from '../../kernel/decider.js';
import { conflict, notFound } from '../../kernel/refusal.js';
import { type Grant, grantOf, holdsAnything, sameGrant } from '../contract.js';
import { requireMayGrant } from './granting.decide.js';
import { endKeysOf } from './api-keys.js';
import { revertHandover } from './handover.decide.js';
import type { Member, OrganisationEvent, OrganisationState } from './organisation.js';
import { requireApart } from './two-pairs-of-eyes.decide.js';

type Decision = Decide<OrganisationState, OrganisationEvent>;

export interface About {
  readonly userId: string;
  readonly reason?: string;
}

/**
 * Puts these grants in the place of all that a person holds; for an invited person, in their open invitation. What they
 * hold already stays as it was given, and whoever gives the rest must hold it.
 */
export const changeRoles =
  ({ userId, grants }: { readonly userId: string; readonly grants: readonly Grant[] }): Decision =>
  (state, { now, userId: giver }) => {
    const member = memberOf(state, userId);
    requireNotPrimary(state, userId, 'The roles of the Primary cannot be changed');
    const from = member.grants.map(grantOf);
    const added = grants.filter((grant) => !from.some((old) => sameGrant(old, grant)));
    if (added.length === 0 && grants.length === from.length) return [];
    requireMayGrant(state, giver, added, now);
    requireApart(state, grants);
    const { invitationId } = member;
    return invitationId === undefined
      ? [{ type: 'RoleChanged', data: { userId, from, to: grants } }]
      : [{ type: 'InvitationChanged', data: { invitationId, userId, from, to: grants } }];
  };

export const disableUser =
  ({ userId, ...why }: About): Decision =>
  (state, { userId: actor }) => {
    const { status } = memberOf(state, userId);
    requireNotPrimary(state, userId, 'The Primary cannot be disabled');
    if (userId === actor) throw conflict('not-oneself', 'Nobody disables themselves');
    switch (status) {
      case 'invited':
        throw conflict('not-a-member-yet', 'This person has not accepted yet; cancel the invitation');
      case 'disabled':
        return [];
      case 'active':
        return [
          ...endKeysOf(state.apiKeys, userId, 'maker-disabled'),
          { type: 'UserDisabled', data: { userId, ...why, ended: openInvitationsOf(state, userId) } },
        ];
    }
  };

export const enableUser =
  ({ userId, ...why }: About): Decision =>
  (state) => {
    switch (memberOf(state, userId).status) {
      case 'invited':
        throw conflict('not-a-member-yet', 'This person has not accepted yet');
      case 'active':
        return [];
      case 'disabled':
        return [{ type: 'UserEnabled', data: { userId, ...why } }];
    }
  };

/** Whoever has only been invited has their invitation cancelled. */
export const removeUser =
  ({ userId, ...why }: About): Decision =>
  (state, { userId: actor }) => {
    const { invitationId } = memberOf(state, userId);
    requireNotPrimary(state, userId, 'The Primary cannot be removed');
    if (userId === actor) throw conflict('not-oneself', 'Nobody removes themselves; one leaves');
    if (invitationId !== undefined) return [{ type: 'InvitationCancelled', data: { invitationId, userId } }];
    return [
      ...endKeysOf(state.apiKeys, userId, 'maker-gone'),
      { type: 'UserRemoved', data: { userId, ...why, ended: openInvitationsOf(state, userId) } },
    ];
  };

export const leaveOrganisation =
  ({ reason }: { readonly reason?: string }): Decision =>
  (state, { now, userId }) => {
    const { status, grants } = memberOf(state, userId);
    if (status !== 'active' || !holdsAnything(grants, Date.parse(now))) throw notFound();
    requireNotPrimary(state, userId, 'The Primary cannot leave; hand the organisation over first');
    const why = reason === undefined ? {} : { reason };
    return [
      ...endKeysOf(state.apiKeys, userId, 'maker-gone'),
      { type: 'UserLeft', data: { userId, ...why, ended: openInvitationsOf(state, userId) } },
    ];
  };

/** Follows from the erasure of a person's account, also for who is disabled or only invited. */
export const endMembership =
  (userId: string): Decision =>
  (state) => {
    const member = state.members.get(userId);
    if (member === undefined) return [];
    const { invitationId } = member;
    if (invitationId !== undefined) return [{ type: 'InvitationCancelled', data: { invitationId, userId } }];
    const left: OrganisationEvent = { type: 'UserLeft', data: { userId, ended: openInvitationsOf(state, userId) } };
    const keys = endKeysOf(state.apiKeys, userId, 'maker-gone');
    if (userId !== state.primary) return [...keys, left];
    const reverted = revertHandover(state);
    if (reverted.length > 0) return [...reverted, ...keys, left];
    return [...keys, { type: 'OrganisationClosed', data: { primary: userId, members: [...state.members.keys()] } }];
  };

function memberOf(state: OrganisationState, userId: string): Member {
  const member = state.members.get(userId);
  if (member === undefined) throw notFound();
  return member;
}

function requireNotPrimary(state: OrganisationState, userId: string, detail: string): void {
  if (userId === state.primary) throw conflict('primary-stays', detail);
}

const openInvitationsOf = (state: OrganisationState, userId: string): { invitationId: string; userId: string }[] =>
  [...state.invitations.values()]
    .filter((invitation) => invitation.status === 'open' && invitation.invitedBy === userId)
    .map((invitation) => ({ invitationId: invitation.id, userId: invitation.userId }));
