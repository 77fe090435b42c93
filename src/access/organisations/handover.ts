import { type EventCatalogue, type EventType, type FieldChange, given } from '../../kernel/catalogue.js';
import type { DomainEvent, Instant, Recorded } from '../../kernel/event.js';
import { type Grant, grantsText, type HeldGrant } from '../contract.js';

/** A proposal that somebody becomes the Primary: by `from`, who is it, to `userId`. */
interface Proposed {
  readonly proposalId: string;
  readonly userId: string;
  readonly from: string;
}

export type HandoverProposed = DomainEvent<'HandoverProposed', Proposed>;
export type HandoverCancelled = DomainEvent<'HandoverCancelled', Proposed>;
export type HandoverDeclined = DomainEvent<'HandoverDeclined', Proposed>;
/** The other person accepted: the Primary from now on, and nothing besides; the former one is an admin. */
export type PrimaryHandedOver = DomainEvent<
  'PrimaryHandedOver',
  Proposed & {
    /** What the new Primary held until now. */
    readonly replaced: readonly Grant[];
  }
>;
/** The new Primary erased their account in the moment in which they accepted: the former one is it again. */
export type HandoverReverted = DomainEvent<'HandoverReverted', Proposed & { readonly replaced: readonly Grant[] }>;
/** An operator helps a Primary who lost everything: their account gets a new way in, see `recovery.ts` of the accounts. */
export type PrimaryRecoveryStarted = DomainEvent<
  'PrimaryRecoveryStarted',
  {
    readonly userId: string;
    /** Whether they sign in with another address from now on. */
    readonly newAddress: boolean;
    readonly reason?: string;
  }
>;

export type HandoverEvent =
  | HandoverProposed
  | HandoverCancelled
  | HandoverDeclined
  | PrimaryHandedOver
  | HandoverReverted
  | PrimaryRecoveryStarted;

/** The newest proposal. It is remembered after its end, so that whoever comes late is told what became of it. */
export interface Handover {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly proposedAt: Instant;
  /** `ended`: with the membership of the other, or because the Primary's account had to be recovered. */
  readonly status: 'open' | 'accepted' | 'declined' | 'cancelled' | 'ended';
}

export const HANDOVER_HOURS = 72;

/** The first instant at which a proposal cannot be accepted any more, in milliseconds since 1970. */
export const handoverEndOf = ({ proposedAt }: Pick<Handover, 'proposedAt'>): number =>
  Date.parse(proposedAt) + HANDOVER_HOURS * 60 * 60 * 1000;

/** Whether a proposal waits for its answer at an instant (milliseconds since 1970). */
export const isOpen = (handover: Handover | undefined, now: number): boolean =>
  handover?.status === 'open' && now < handoverEndOf(handover);

export const PRIMARY: Grant = { role: 'primary', readOnly: false, switches: [] };
/** What the former Primary holds after a handover. */
export const FORMER_PRIMARY: Grant = { role: 'admin', readOnly: false, switches: [] };

const member = ({
  data: { userId },
}: {
  readonly data: { readonly userId: string };
}): { kind: string; id: string } => ({
  kind: 'member',
  id: userId,
});
const both = ({ userId, from }: Proposed): readonly string[] => [userId, from];
const proposal = (from: string | null, to: string): readonly FieldChange[] => [{ field: 'handover', from, to }];

const conclusion = (did: string, to: string): EventType<HandoverCancelled | HandoverDeclined> => ({
  schemaVersion: 1,
  summary: () => did,
  changes: () => proposal('proposed', to),
  record: member,
  subjects: both,
});

export const handoverEvents: EventCatalogue<HandoverEvent> = {
  HandoverProposed: {
    schemaVersion: 1,
    summary: () => 'proposed a member as the Primary',
    changes: () => proposal(null, 'proposed'),
    record: member,
    subjects: both,
  },
  HandoverCancelled: conclusion('took back the proposal of a member as the Primary', 'cancelled'),
  HandoverDeclined: conclusion('declined to become the Primary', 'declined'),
  PrimaryHandedOver: {
    schemaVersion: 1,
    summary: () => 'accepted to be the Primary; the former one is an admin now',
    changes: ({ replaced }) => [
      ...proposal('proposed', 'accepted'),
      { field: 'roles', from: grantsText(replaced), to: grantsText([PRIMARY]) },
      { field: 'rolesOfFormerPrimary', from: grantsText([PRIMARY]), to: grantsText([FORMER_PRIMARY]) },
    ],
    record: member,
    subjects: both,
  },
  HandoverReverted: {
    schemaVersion: 1,
    summary: () => 'made the former Primary the Primary again, because the new one has erased their account',
    changes: ({ replaced }) => [{ field: 'roles', from: grantsText(replaced), to: grantsText([PRIMARY]) }],
    record: member,
    subjects: both,
  },
  PrimaryRecoveryStarted: {
    schemaVersion: 1,
    personal: { fields: ['reason'], subject: ({ userId }) => userId, key: 'contact' },
    summary: ({ newAddress }) =>
      `let an operator start the recovery of the Primary's account${newAddress ? ', with another email address' : ''}`,
    changes: ({ reason }) => given('reason', reason),
    record: member,
    subjects: ({ userId }) => [userId],
  },
};

/** The part of an organisation's state that a handover is about. */
interface Part<M> {
  readonly primary: string;
  readonly members: Map<string, M>;
  readonly handover?: Handover;
}

interface Holder {
  readonly grants: readonly HeldGrant[];
  readonly status: 'invited' | 'active' | 'disabled';
}

type Held = (grants: readonly Grant[], event: Recorded<HandoverEvent>) => readonly HeldGrant[];

/** `held` makes grants of an event those that its actor gave. */
export function evolveHandover<M extends Holder, S extends Part<M>>(
  state: S,
  event: Recorded<HandoverEvent>,
  held: Held,
): S {
  switch (event.type) {
    case 'HandoverProposed': {
      const { proposalId: id, userId: to, from } = event.data;
      return { ...state, handover: { id, from, to, proposedAt: event.recordedAt, status: 'open' } };
    }
    case 'HandoverCancelled':
      return concluded(state, 'cancelled');
    case 'HandoverDeclined':
      return concluded(state, 'declined');
    case 'PrimaryHandedOver': {
      const { userId, from } = event.data;
      // Each of the two gave the other what they have now.
      give(state.members, userId, givenBy(held([PRIMARY], event), from));
      give(state.members, from, givenBy(held([FORMER_PRIMARY], event), userId));
      return { ...concluded(state, 'accepted'), primary: userId };
    }
    case 'HandoverReverted': {
      const { userId, from } = event.data;
      give(state.members, userId, givenBy(held([PRIMARY], event), from));
      give(state.members, from, givenBy(held([FORMER_PRIMARY], event), userId));
      return { ...concluded(state, 'ended'), primary: userId };
    }
    case 'PrimaryRecoveryStarted':
      // Whoever had got into the account may have proposed it.
      return state.handover?.status === 'open' ? concluded(state, 'ended') : state;
  }
}

/** A proposal ends with the membership of the person whom it is for. */
export const withoutProposalTo = <S extends { readonly handover?: Handover }>(state: S, userId: string): S =>
  state.handover?.status === 'open' && state.handover.to === userId ? concluded(state, 'ended') : state;

const concluded = <S extends { readonly handover?: Handover }>(state: S, status: Handover['status']): S =>
  state.handover === undefined ? state : { ...state, handover: { ...state.handover, status } };

const givenBy = (grants: readonly HeldGrant[], grantedBy: string): readonly HeldGrant[] =>
  grants.map((grant) => ({ ...grant, grantedBy }));

function give<M extends Holder>(members: Map<string, M>, userId: string, grants: readonly HeldGrant[]): void {
  members.set(userId, { ...members.get(userId)!, status: 'active', grants });
}
