import { changesOf, type EventCatalogue, type EventType, type FieldChange, given } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import { type Changes, type DomainEvent, type Instant, personOf, type Recorded } from '../../kernel/event.js';
import { type Grant, grantsText, type HeldGrant, sameGrant } from '../contract.js';
import {
  type ApiKeyEvent,
  apiKeyEvents,
  type ApiKeys,
  evolveApiKeys,
  initialApiKeys,
  withoutKeysOf,
} from './api-keys.js';
import { type CustomRoleEvent, customRoleEvents, evolveRoles, initialRoles, type OwnRoles } from './custom-roles.js';
import { evolveHandover, type Handover, type HandoverEvent, handoverEvents, withoutProposalTo } from './handover.js';
import { type TwoPairsOfEyesSwitched, twoPairsOfEyesEvents } from './two-pairs-of-eyes.js';

/** What an invitation names: the person has their user id already, whether or not there is an account. */
interface Invited {
  readonly invitationId: string;
  readonly userId: string;
}

/** An end of a membership, with the open invitations that the person had sent, which end with it. */
interface Departure {
  readonly userId: string;
  readonly reason?: string;
  readonly ended: readonly Invited[];
}

export interface AccountBilling {
  readonly plan: string;
  readonly billingEmail: string;
}

export type OrganisationFounded = DomainEvent<
  'OrganisationFounded',
  { readonly name: string; readonly currency: string; readonly primary: string }
>;
export type OrganisationEdited = DomainEvent<
  'OrganisationEdited',
  { readonly changes: Changes<{ readonly name: string }> }
>;
export type AccountBillingChanged = DomainEvent<'AccountBillingChanged', AccountBilling & { readonly by: string }>;
export type UserInvited = DomainEvent<
  'UserInvited',
  Invited & {
    /** Id of the email address, an HMAC: two invitations to one address are known without it. */
    readonly address: string;
    readonly email: string;
    readonly firstName: string;
    readonly lastName: string;
    readonly grants: readonly Grant[];
  }
>;
/** A new mail with a new link was asked for; the old link is void, the seven days begin again. */
export type InvitationResent = DomainEvent<'InvitationResent', Invited>;
export type InvitationChanged = DomainEvent<
  'InvitationChanged',
  Invited & { readonly from: readonly Grant[]; readonly to: readonly Grant[] }
>;
export type InvitationCancelled = DomainEvent<'InvitationCancelled', Invited>;
/** `invitedAs` where the owner of the address turned out to have another user id than the invitation named. */
export type InvitationAccepted = DomainEvent<
  'InvitationAccepted',
  Invited & { readonly invitedAs?: string; readonly grants: readonly Grant[] }
>;
export type RoleChanged = DomainEvent<
  'RoleChanged',
  { readonly userId: string; readonly from: readonly Grant[]; readonly to: readonly Grant[] }
>;
export type UserDisabled = DomainEvent<'UserDisabled', Departure>;
export type UserEnabled = DomainEvent<'UserEnabled', { readonly userId: string; readonly reason?: string }>;
export type UserRemoved = DomainEvent<'UserRemoved', Departure>;
export type UserLeft = DomainEvent<'UserLeft', Departure>;
/** Its Primary erased their account in the moment in which they founded it: nobody could ever lead it. It is gone. */
export type OrganisationClosed = DomainEvent<
  'OrganisationClosed',
  { readonly primary: string; readonly members: readonly string[] }
>;

export type OrganisationEvent =
  | OrganisationFounded
  | OrganisationEdited
  | AccountBillingChanged
  | UserInvited
  | InvitationResent
  | InvitationChanged
  | InvitationCancelled
  | InvitationAccepted
  | RoleChanged
  | UserDisabled
  | UserEnabled
  | UserRemoved
  | UserLeft
  | OrganisationClosed
  | CustomRoleEvent
  | ApiKeyEvent
  | HandoverEvent
  | TwoPairsOfEyesSwitched;

export interface Member {
  readonly userId: string;
  readonly status: 'invited' | 'active' | 'disabled';
  /** A new list whenever it changes. */
  readonly grants: readonly HeldGrant[];
  /** The open invitation of an invited person. */
  readonly invitationId?: string;
}

/** Every invitation ever sent is known, so that an old link is told what became of it. */
export interface Invitation {
  readonly id: string;
  readonly userId: string;
  readonly address: string;
  readonly status: 'open' | 'accepted' | 'cancelled';
  readonly invitedBy: string;
  /** Revision of the event with the name and the address. */
  readonly revision: number;
  /** The event whose mail holds the valid link, and when the seven days began. */
  readonly mailEventId: string;
  readonly sentAt: Instant;
}

export interface OrganisationState {
  readonly founded: boolean;
  readonly name: string;
  readonly currency: string;
  readonly foundedAt: Instant;
  /** User id of the one Primary. */
  readonly primary: string;
  /** Revision of the event with the account's billing; undefined until it was first set. */
  readonly billingRevision?: number;
  /** By user id: active, disabled and invited people. Whoever was removed or has left is not in here. */
  readonly members: ReadonlyMap<string, Member>;
  readonly invitations: ReadonlyMap<string, Invitation>;
  readonly roles: OwnRoles;
  readonly apiKeys: ApiKeys;
  readonly handover?: Handover;
  readonly twoPairsOfEyes: boolean;
}

export const INVITATION_DAYS = 7;

/** The first instant at which the newest link of an invitation is not valid any more, in milliseconds since 1970. */
export const expiryOf = ({ sentAt }: Pick<Invitation, 'sentAt'>): number =>
  Date.parse(sentAt) + INVITATION_DAYS * 24 * 60 * 60 * 1000;

/** A removal, a leave and a change of role of the same person are events of one record: the member. */
const member = ({
  data: { userId },
}: {
  readonly data: { readonly userId: string };
}): { kind: string; id: string } => ({
  kind: 'member',
  id: userId,
});
const organisation = ({ stream }: { readonly stream: string }): { kind: string; id: string } => ({
  kind: 'organisation',
  id: recordIdOf(stream),
});
const concerned = ({ userId }: { readonly userId: string }): readonly string[] => [userId];

const roles = (from: readonly Grant[] | null, to: readonly Grant[] | null): FieldChange => ({
  field: 'roles',
  from: from && grantsText(from),
  to: to && grantsText(to),
});
const status = (from: string, to: string): FieldChange => ({ field: 'status', from, to });
/** A reason is a text about the person, so it is as personal as their name. */
const reason: {
  readonly fields: readonly ['reason'];
  subject(data: { userId: string }): string;
  readonly key: 'contact';
} = {
  fields: ['reason'],
  subject: ({ userId }) => userId,
  key: 'contact',
};

const departure = (did: string, to: string): EventType<UserDisabled | UserRemoved | UserLeft> => ({
  schemaVersion: 1,
  personal: reason,
  summary: ({ ended }) =>
    `${did}${ended.length === 0 ? '' : `, which ended ${ended.length} open ${ended.length === 1 ? 'invitation' : 'invitations'}`}`,
  changes: (data) => [status('active', to), ...given('reason', data.reason)],
  record: member,
  subjects: ({ userId, ended }) => [userId, ...ended.map((invited) => invited.userId)],
});

const events: EventCatalogue<OrganisationEvent> = {
  OrganisationFounded: {
    schemaVersion: 1,
    summary: ({ name }) => `founded the organisation ${name}`,
    changes: ({ name, currency }) => [...given('name', name), ...given('currency', currency)],
    record: organisation,
    subjects: ({ primary }) => [primary],
  },
  OrganisationEdited: {
    schemaVersion: 1,
    summary: ({ changes: { name } }) =>
      name === undefined ? 'edited the organisation' : `renamed the organisation to ${name.to}`,
    changes: changesOf,
    record: organisation,
  },
  AccountBillingChanged: {
    schemaVersion: 1,
    personal: { fields: ['billingEmail'], subject: ({ by }) => by, key: 'contact' },
    summary: ({ plan }) => `set the account's billing to the plan ${plan}`,
    changes: ({ plan, billingEmail }) => [...given('plan', plan), ...given('billingEmail', billingEmail)],
    // A record of its own, because not everybody who reads the organisation may read it.
    record: ({ stream }) => ({ kind: 'account-billing', id: recordIdOf(stream) }),
    subjects: ({ by }) => [by],
  },
  UserInvited: {
    schemaVersion: 1,
    personal: { fields: ['email', 'firstName', 'lastName'], subject: ({ userId }) => userId, key: 'contact' },
    summary: ({ grants }) => `invited a person as ${grantsText(grants)}`,
    changes: ({ email, firstName, lastName, grants }) => [
      ...given('email', email),
      ...given('firstName', firstName),
      ...given('lastName', lastName),
      roles(null, grants),
    ],
    record: member,
    subjects: concerned,
  },
  InvitationResent: {
    schemaVersion: 1,
    summary: () => 'sent an invitation again',
    changes: () => [],
    record: member,
    subjects: concerned,
  },
  InvitationChanged: {
    schemaVersion: 1,
    summary: ({ from, to }) => `changed the roles of an invitation: ${grantsText(from)} -> ${grantsText(to)}`,
    changes: ({ from, to }) => [roles(from, to)],
    record: member,
    subjects: concerned,
  },
  InvitationCancelled: {
    schemaVersion: 1,
    summary: () => 'cancelled an invitation',
    changes: () => [{ field: 'status', from: 'invited', to: null }],
    record: member,
    subjects: concerned,
  },
  InvitationAccepted: {
    schemaVersion: 1,
    summary: ({ grants }) => `accepted an invitation as ${grantsText(grants)}`,
    changes: ({ grants }) => [status('invited', 'active'), roles(null, grants)],
    record: member,
    subjects: ({ userId, invitedAs }) => (invitedAs === undefined ? [userId] : [userId, invitedAs]),
  },
  RoleChanged: {
    schemaVersion: 1,
    summary: ({ from, to }) => `changed the roles of a member: ${grantsText(from)} -> ${grantsText(to)}`,
    changes: ({ from, to }) => [roles(from, to)],
    record: member,
    subjects: concerned,
  },
  UserDisabled: departure('disabled a member', 'disabled'),
  UserEnabled: {
    schemaVersion: 1,
    personal: reason,
    summary: () => 'enabled a member again',
    changes: (data) => [status('disabled', 'active'), ...given('reason', data.reason)],
    record: member,
    subjects: concerned,
  },
  UserRemoved: departure('removed a member', 'removed'),
  UserLeft: departure('left the organisation', 'left'),
  OrganisationClosed: {
    schemaVersion: 1,
    summary: () => 'closed the organisation, because its Primary erased their account',
    changes: () => [],
    record: organisation,
    subjects: ({ members }) => members,
  },
  ...customRoleEvents,
  ...apiKeyEvents,
  ...handoverEvents,
  ...twoPairsOfEyesEvents,
};

/** The maps of a state belong to `evolve`, which changes them in place; everything in them is replaced, never changed. */
interface Folding extends OrganisationState {
  readonly members: Map<string, Member>;
  readonly invitations: Map<string, Invitation>;
}

const held = (grants: readonly Grant[], event: Recorded<OrganisationEvent>): readonly HeldGrant[] =>
  grants.map((grant) => heldBy(grant, event));

const heldBy = (grant: Grant, event: Recorded<OrganisationEvent>): HeldGrant => ({
  ...grant,
  grantEventId: event.id,
  grantedBy: personOf(event.metadata.actor) ?? '',
  grantedAt: event.recordedAt,
  grantRevision: event.revision,
});

/** A grant that stays as it was is still the one that was given then, by whoever gave it. */
const regranted = (before: readonly HeldGrant[], to: readonly Grant[], event: Recorded<OrganisationEvent>) =>
  to.map((grant) => before.find((old) => sameGrant(old, grant)) ?? heldBy(grant, event));

function evolve(state: OrganisationState, event: Recorded<OrganisationEvent>): OrganisationState {
  const { members, invitations } = state as Folding;
  switch (event.type) {
    case 'OrganisationFounded': {
      const { name, currency, primary } = event.data;
      members.set(primary, {
        userId: primary,
        status: 'active',
        grants: held([{ role: 'primary', readOnly: false, switches: [] }], event),
      });
      return { ...state, founded: true, name, currency, foundedAt: event.recordedAt, primary };
    }
    case 'OrganisationEdited':
      return { ...state, name: event.data.changes.name?.to ?? state.name };
    case 'AccountBillingChanged':
      return { ...state, billingRevision: event.revision };
    case 'UserInvited':
    case 'InvitationResent':
    case 'InvitationCancelled':
    case 'InvitationAccepted':
      evolveInvitation(state as Folding, event);
      return state;
    case 'InvitationChanged':
    case 'RoleChanged': {
      const { userId, to } = event.data;
      const before = members.get(userId)!;
      members.set(userId, { ...before, grants: regranted(before.grants, to, event) });
      return state;
    }
    case 'UserDisabled': {
      const { userId, ended } = event.data;
      members.set(userId, { ...members.get(userId)!, status: 'disabled' });
      for (const invited of ended) endInvitation(state as Folding, invited);
      return { ...withoutProposalTo(state, userId), apiKeys: withoutKeysOf(state.apiKeys, userId) };
    }
    case 'UserEnabled':
      members.set(event.data.userId, { ...members.get(event.data.userId)!, status: 'active' });
      return state;
    case 'UserRemoved':
    case 'UserLeft': {
      const { userId, ended } = event.data;
      members.delete(userId);
      for (const invited of ended) endInvitation(state as Folding, invited);
      return { ...withoutProposalTo(state, userId), apiKeys: withoutKeysOf(state.apiKeys, userId) };
    }
    case 'OrganisationClosed':
      members.clear();
      invitations.clear();
      return { ...state, founded: false, apiKeys: initialApiKeys };
    case 'RoleDefined':
    case 'RoleEdited':
    case 'RoleDeleted':
      return { ...state, roles: evolveRoles(state.roles, event) };
    case 'ApiKeyCreated':
    case 'ApiKeyDeleted':
      return { ...state, apiKeys: evolveApiKeys(state.apiKeys, event) };
    case 'HandoverProposed':
    case 'HandoverCancelled':
    case 'HandoverDeclined':
    case 'PrimaryHandedOver':
    case 'HandoverReverted':
    case 'PrimaryRecoveryStarted':
      return evolveHandover(state as Folding, event, held);
    case 'TwoPairsOfEyesSwitched':
      return { ...state, twoPairsOfEyes: event.data.on };
  }
}

type InvitationEvent = UserInvited | InvitationResent | InvitationCancelled | InvitationAccepted;

function evolveInvitation(folding: Folding, event: Recorded<InvitationEvent>): void {
  const { members, invitations } = folding;
  switch (event.type) {
    case 'UserInvited': {
      const { userId, invitationId, address, grants } = event.data;
      members.set(userId, { userId, status: 'invited', grants: held(grants, event), invitationId });
      invitations.set(invitationId, {
        id: invitationId,
        userId,
        address,
        status: 'open',
        invitedBy: personOf(event.metadata.actor) ?? '',
        revision: event.revision,
        mailEventId: event.id,
        sentAt: event.recordedAt,
      });
      return;
    }
    case 'InvitationResent': {
      const { invitationId } = event.data;
      invitations.set(invitationId, {
        ...invitations.get(invitationId)!,
        mailEventId: event.id,
        sentAt: event.recordedAt,
      });
      return;
    }
    case 'InvitationCancelled':
      endInvitation(folding, event.data);
      return;
    case 'InvitationAccepted': {
      const { invitationId, userId, invitedAs } = event.data;
      const { grants } = members.get(invitedAs ?? userId)!;
      if (invitedAs !== undefined) members.delete(invitedAs);
      members.set(userId, { userId, status: 'active', grants });
      invitations.set(invitationId, { ...invitations.get(invitationId)!, userId, status: 'accepted' });
      return;
    }
  }
}

function endInvitation({ members, invitations }: Folding, { invitationId, userId }: Invited): void {
  invitations.set(invitationId, { ...invitations.get(invitationId)!, status: 'cancelled' });
  members.delete(userId);
}

/**
 * An organisation with its people and what they were granted: everything that decides who may do what. Stream
 * `organisation-<id>`.
 */
export const organisations: Aggregate<OrganisationState, OrganisationEvent> = {
  name: 'organisation',
  within: 'itself',
  events,
  readsPersonalFields: false,
  initial: () => ({
    founded: false,
    name: '',
    currency: '',
    foundedAt: '',
    primary: '',
    members: new Map(),
    invitations: new Map(),
    roles: initialRoles,
    apiKeys: initialApiKeys,
    twoPairsOfEyes: false,
  }),
  evolve,
  exists: (state) => state.founded,
  facts: () => ({}),
};
