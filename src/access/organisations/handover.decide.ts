import type { Decide } from '../../kernel/decider.js';
import type { Instant } from '../../kernel/event.js';
import { conflict, notFound, Refusal } from '../../kernel/refusal.js';
import { grantOf, holdsAnything } from '../contract.js';
import { type Handover, type HandoverEvent, isOpen, PRIMARY } from './handover.js';
import type { OrganisationEvent, OrganisationState } from './organisation.js';

type Decision<Prepared = undefined> = Decide<OrganisationState, OrganisationEvent, Prepared>;

/** What the accounts of the two people say: they live in streams of their own. */
export interface BothAccounts {
  /** Whether the Primary can sign in. */
  readonly primaryOpen: boolean;
  /** Whether the other can, with an address that is proven to be theirs. */
  readonly otherVerified: boolean;
}

/** The Primary proposes that another member takes over. Their password was asked for again. */
export const proposeHandover =
  (userId: string): Decision<BothAccounts> =>
  (state, { now, userId: from, newId }, { otherVerified }) => {
    requirePrimary(state, from);
    if (userId === from) throw conflict('not-oneself', 'You are the Primary already');
    requireActive(state, userId, now);
    if (!otherVerified) throw unverified();
    if (isOpen(state.handover, Date.parse(now))) {
      throw conflict('handover-open', 'There is an open proposal; cancel it before you make another one');
    }
    return [{ type: 'HandoverProposed', data: { proposalId: newId, userId, from } }];
  };

/** Takes back the newest proposal. */
export const cancelHandover: Decision = (state, { now, userId }) => {
  requirePrimary(state, userId);
  const { handover } = state;
  if (handover?.from !== userId) throw notFound();
  if (handover.status === 'cancelled') return [];
  requireOpen(handover, now);
  return [{ type: 'HandoverCancelled', data: proposed(handover) }];
};

/** Whom it was proposed to is the Primary from here on. Both people are looked at again. */
export const acceptHandover =
  (proposalId: string): Decision<BothAccounts> =>
  (state, { now, userId }, { primaryOpen, otherVerified }) => {
    const handover = requireForOneself(state, proposalId, userId);
    if (handover.status === 'accepted' && state.primary === userId) return [];
    requireOpen(handover, now);
    if (state.primary !== handover.from || !primaryOpen) {
      throw conflict('proposer-not-primary', 'Whoever proposed this is not the Primary any more');
    }
    const { grants } = requireActive(state, userId, now);
    if (!otherVerified) throw unverified();
    return [{ type: 'PrimaryHandedOver', data: { ...proposed(handover), replaced: grants.map(grantOf) } }];
  };

export const declineHandover =
  (proposalId: string): Decision =>
  (state, { now, userId }) => {
    const handover = requireForOneself(state, proposalId, userId);
    if (handover.status === 'declined') return [];
    requireOpen(handover, now);
    return [{ type: 'HandoverDeclined', data: proposed(handover) }];
  };

/** The open proposal, for the two people whom it is about. @throws Refusal not-found */
export function handoverFor({ handover }: OrganisationState, userId: string, now: number): Handover {
  if (handover === undefined || !isOpen(handover, now) || (userId !== handover.from && userId !== handover.to))
    throw notFound();
  return handover;
}

/**
 * The Primary's account is gone. That can be only where it was erased in the very moment of an acceptance, which two
 * streams cannot rule out: then the former Primary is it again. None where nobody is left to whom it could go back.
 */
export function revertHandover({ primary, handover, members }: OrganisationState): readonly HandoverEvent[] {
  if (handover?.status !== 'accepted' || handover.to !== primary || !members.has(handover.from)) return [];
  const replaced = members.get(handover.from)!.grants.map(grantOf);
  const data = { proposalId: handover.id, userId: handover.from, from: primary, replaced };
  return [{ type: 'HandoverReverted', data }];
}

export const startPrimaryRecovery =
  (about: { readonly userId: string; readonly newAddress: boolean; readonly reason?: string }): Decision =>
  (state) => {
    if (state.primary !== about.userId) throw conflict('primary-moved', 'Somebody else is the Primary by now');
    return [{ type: 'PrimaryRecoveryStarted', data: about }];
  };

const proposed = ({ id, from, to }: Handover): { proposalId: string; userId: string; from: string } => ({
  proposalId: id,
  userId: to,
  from,
});

/** The gate has asked before; since then another may have become it. */
function requirePrimary({ primary }: OrganisationState, userId: string): void {
  if (userId === primary) return;
  throw new Refusal('permission-denied', 'Only the Primary may do this', { permission: PRIMARY.role });
}

/** To everybody else a proposal does not exist. */
function requireForOneself({ handover }: OrganisationState, proposalId: string, userId: string): Handover {
  if (handover?.id !== proposalId || handover.to !== userId) throw notFound();
  return handover;
}

function requireOpen(handover: Handover, now: Instant): void {
  if (isOpen(handover, Date.parse(now))) return;
  switch (handover.status) {
    case 'open':
      throw conflict('handover-expired', 'This proposal has expired');
    case 'accepted':
      throw conflict('handover-accepted', 'This proposal has been accepted');
    case 'declined':
      throw conflict('handover-declined', 'This proposal has been declined');
    case 'cancelled':
      throw conflict('handover-cancelled', 'This proposal has been cancelled');
    case 'ended':
      throw conflict('handover-ended', 'This proposal has ended');
  }
}

function requireActive({ members }: OrganisationState, userId: string, now: Instant) {
  const member = members.get(userId);
  if (member === undefined) throw notFound();
  switch (member.status) {
    case 'invited':
      throw conflict('not-a-member-yet', 'This person has not accepted their invitation yet');
    case 'disabled':
      throw conflict('member-disabled', 'This person is disabled; enable them first');
    case 'active':
      if (holdsAnything(member.grants, Date.parse(now))) return member;
      throw conflict('member-expired', "This person's roles have ended; give them one first");
  }
}

const unverified = () => conflict('address-unverified', 'The address of the new Primary has not been verified yet');
