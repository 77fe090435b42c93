import { changesOf, type EventCatalogue, type PersonalFields } from '../../kernel/catalogue.js';
import type { Aggregate } from '../../kernel/decider.js';
import { recordIdOf } from '../../kernel/decider.js';
import type { Changes, DomainEvent, Instant, Recorded } from '../../kernel/event.js';
import { type AccountRecovered, recovered, recoveryEvents } from './recovery.js';
import {
  evolveSecondFactor,
  NO_SECOND_FACTOR,
  type SecondFactorEvent,
  secondFactorEvents,
  type SecondFactorState,
} from './second-factor.js';

/** What a person says of themselves; the only record of it outside of organisations. */
export interface Profile {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly phone: string | null;
}

/** The fields that their owner edits; the address moves by verification only. */
export type EditableProfile = Omit<Profile, 'email'>;

export type SessionEnd = 'signed-out' | 'ended' | 'reuse' | 'crowded-out';

interface Identity {
  /** The account's own id: the data subject of the personal fields. */
  readonly accountId: string;
  /** Id of the address in the stream `email-<address>`: an HMAC, nothing personal. */
  readonly address: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  /** Version of the password in the vault. */
  readonly credential: string;
}

/** Made by signing up (a mail with a link follows), or by accepting an invitation (the address is proven by its token). */
export type AccountRegistered = DomainEvent<
  'AccountRegistered',
  Identity & { readonly origin: 'sign-up' | 'invitation' }
>;
export type EmailVerified = DomainEvent<'EmailVerified', { readonly address: string }>;
/** The holder of the mailbox took an unverified account that somebody made with the address: its password and sessions die. */
export type AccountTakenOver = DomainEvent<'AccountTakenOver', Identity>;
/** Another account proved the address: this unverified one cannot sign in any more, its sessions die. */
export type SignInClosed = DomainEvent<'SignInClosed', { readonly reason: 'address-verified-by-another' }>;
export type ProfileEdited = DomainEvent<
  'ProfileEdited',
  { readonly accountId: string; readonly changes: Changes<EditableProfile> }
>;
/** Its id is in the link that sets a new password, to the mailbox or in the hand of an operator. A later one voids it. */
export type PasswordResetRequested = DomainEvent<
  'PasswordResetRequested',
  /** `asked`: revision of the request in the stream of the address. */
  { readonly via: 'mail'; readonly asked: number } | { readonly via: 'operator' }
>;
/** Ends every session but the one that asked, if any. `drops` names versions in the vault that are of no use any more. */
export type CredentialReplaced = DomainEvent<
  'CredentialReplaced',
  {
    readonly credential: string;
    readonly reason: 'changed' | 'reset';
    readonly keeps?: string;
    readonly drops?: readonly string[];
  }
>;
export type SignedIn = DomainEvent<'SignedIn', { readonly sessionId: string; readonly until: Instant }>;
export type SessionEnded = DomainEvent<'SessionEnded', { readonly sessionId: string; readonly reason: SessionEnd }>;
export type AllSessionsEnded = DomainEvent<'AllSessionsEnded', { readonly reason: 'signed-out' | 'operator' }>;
export type AccountErased = DomainEvent<'AccountErased', { readonly address: string }>;

export type AccountEvent =
  | AccountRegistered
  | EmailVerified
  | AccountTakenOver
  | SignInClosed
  | ProfileEdited
  | PasswordResetRequested
  | CredentialReplaced
  | SecondFactorEvent
  | SignedIn
  | SessionEnded
  | AllSessionsEnded
  | AccountRecovered
  | AccountErased;

export interface Session {
  readonly since: Instant;
  /** The session and its refresh tokens end here, whatever happens. */
  readonly until: Instant;
  /** Of its sign-in in the account's stream. */
  readonly revision: number;
}

/** What access needs to know of a person; nothing personal. */
export interface AccountState {
  readonly id: string;
  readonly status: 'none' | 'open' | 'closed' | 'erased';
  readonly verified: boolean;
  /**
   * Revision of the event since which API keys count: what was made before a new password, before everything was signed out, or
   * by an earlier holder opens nothing.
   */
  readonly holderSince: number;
  /** Id of the address, `''` before there is an account. */
  readonly address: string;
  /** Current version of the password in the vault. */
  readonly credential: string | undefined;
  /** The event whose mail proves the address, while it is unverified. */
  readonly verification: { readonly eventId: string; readonly at: Instant } | undefined;
  /** The event whose link sets a new password, until it is used or anything else replaces the password. */
  readonly reset: { readonly eventId: string; readonly at: Instant; readonly via: 'mail' | 'operator' } | undefined;
  /** Revision of the last request for a link in the stream of the address that was followed; -1 before one was. */
  readonly resetAsked: number;
  readonly secondFactor: SecondFactorState;
  /** Sessions that nobody ended, oldest first; expired ones leave with the next sign-in. */
  readonly sessions: ReadonlyMap<string, Session>;
}

/** More sessions than this end the oldest, so the state stays small. */
export const MAX_SESSIONS = 50;

const identity: PersonalFields<Identity> = {
  fields: ['email', 'firstName', 'lastName'],
  subject: (data) => data.accountId,
  key: 'account',
};

const account = (event: { readonly stream: string }): { kind: string; id: string } => ({
  kind: 'account',
  id: recordIdOf(event.stream),
});

const identityChanges = ({ email, firstName, lastName }: Identity): { field: string; from: null; to: string }[] => [
  { field: 'email', from: null, to: email },
  { field: 'firstName', from: null, to: firstName },
  { field: 'lastName', from: null, to: lastName },
];

const SESSION_ENDS: Readonly<Record<SessionEnd, string>> = {
  'signed-out': 'signed out',
  ended: 'ended one of their sessions',
  reuse: 'lost a session: one of its refresh tokens was used twice',
  'crowded-out': 'lost the oldest session to a newer one',
};

const events: EventCatalogue<AccountEvent> = {
  AccountRegistered: {
    schemaVersion: 1,
    personal: identity,
    summary: ({ origin }) => (origin === 'sign-up' ? 'signed up' : 'signed up by accepting an invitation'),
    changes: identityChanges,
    record: account,
    subjects: ({ accountId }) => [accountId],
  },
  EmailVerified: { schemaVersion: 1, summary: () => 'verified the email address', changes: () => [], record: account },
  AccountTakenOver: {
    schemaVersion: 1,
    personal: identity,
    summary: () => 'took over an unverified account by accepting an invitation',
    changes: identityChanges,
    record: account,
    subjects: ({ accountId }) => [accountId],
  },
  SignInClosed: {
    schemaVersion: 1,
    summary: () => 'closed an unverified account, because another one verified its address',
    changes: () => [],
    record: account,
  },
  ProfileEdited: {
    schemaVersion: 1,
    personal: { fields: ['changes'], subject: (data) => data.accountId, key: 'account' },
    summary: () => 'edited their profile',
    // An erased profile leaves the text `erased` where the changes were.
    changes: (data) =>
      typeof data.changes === 'object' ? changesOf(data) : [{ field: 'profile', from: null, to: data.changes }],
    record: account,
    subjects: ({ accountId }) => [accountId],
  },
  PasswordResetRequested: {
    schemaVersion: 1,
    summary: ({ via }) =>
      via === 'mail' ? 'was sent a link to set a new password' : 'made a link to set a new password',
    changes: () => [],
    record: account,
  },
  CredentialReplaced: {
    schemaVersion: 1,
    summary: ({ reason }) => (reason === 'reset' ? 'set a new password by a link' : 'changed their password'),
    changes: () => [],
    record: account,
  },
  ...secondFactorEvents,
  SignedIn: { schemaVersion: 1, summary: () => 'signed in', changes: () => [], record: account },
  SessionEnded: { schemaVersion: 1, summary: ({ reason }) => SESSION_ENDS[reason], changes: () => [], record: account },
  AllSessionsEnded: {
    schemaVersion: 1,
    summary: ({ reason }) => (reason === 'signed-out' ? 'signed out everywhere' : 'ended all sessions of an account'),
    changes: () => [],
    record: account,
  },
  ...recoveryEvents,
  AccountErased: { schemaVersion: 1, summary: () => 'erased their account', changes: () => [], record: account },
};

const NO_SESSIONS: ReadonlyMap<string, Session> = new Map();

type Sessions = AccountState['sessions'];

function sessionsAfter(before: Sessions, event: Recorded<SignedIn | SessionEnded>): Sessions {
  switch (event.type) {
    case 'SignedIn': {
      const sessions = new Map([...before].filter(([, session]) => session.until > event.recordedAt));
      const { sessionId, until } = event.data;
      return sessions.set(sessionId, { since: event.recordedAt, until, revision: event.revision });
    }
    case 'SessionEnded': {
      const sessions = new Map(before);
      sessions.delete(event.data.sessionId);
      return sessions;
    }
  }
}

function replaced(state: AccountState, event: Recorded<CredentialReplaced>): AccountState {
  const { credential, keeps = '' } = event.data;
  const kept = state.sessions.get(keeps);
  return {
    ...state,
    // Whoever knew the old password may have made keys.
    holderSince: event.revision,
    credential,
    reset: undefined,
    sessions: kept === undefined ? NO_SESSIONS : new Map([[keeps, kept]]),
  };
}

function evolve(state: AccountState, event: Recorded<AccountEvent>): AccountState {
  switch (event.type) {
    case 'AccountRegistered':
      return {
        id: recordIdOf(event.stream),
        status: 'open',
        verified: false,
        holderSince: event.revision,
        address: event.data.address,
        credential: event.data.credential,
        verification: event.data.origin === 'sign-up' ? { eventId: event.id, at: event.recordedAt } : undefined,
        reset: undefined,
        resetAsked: -1,
        secondFactor: NO_SECOND_FACTOR,
        sessions: NO_SESSIONS,
      };
    case 'EmailVerified':
      return { ...state, status: 'open', verified: true, address: event.data.address };
    case 'AccountTakenOver':
      return {
        ...state,
        status: 'open',
        holderSince: event.revision,
        credential: event.data.credential,
        verification: undefined,
        reset: undefined,
        secondFactor: NO_SECOND_FACTOR,
        sessions: NO_SESSIONS,
      };
    case 'SignInClosed':
      return { ...state, status: 'closed', reset: undefined, sessions: NO_SESSIONS };
    case 'ProfileEdited':
      return state;
    case 'PasswordResetRequested': {
      const { data } = event;
      const reset = { eventId: event.id, at: event.recordedAt, via: data.via };
      return { ...state, reset, resetAsked: data.via === 'mail' ? data.asked : state.resetAsked };
    }
    case 'CredentialReplaced':
      return replaced(state, event);
    case 'SecondFactorPrepared':
    case 'SecondFactorEnabled':
    case 'SecondFactorProven':
    case 'RecoveryCodeUsed':
    case 'RecoveryCodesReplaced':
    case 'SecondFactorDisabled':
      return { ...state, secondFactor: evolveSecondFactor(state.secondFactor, event) };
    case 'SignedIn':
    case 'SessionEnded':
      return { ...state, sessions: sessionsAfter(state.sessions, event) };
    case 'AllSessionsEnded':
      return {
        ...state,
        holderSince: event.revision,
        sessions: NO_SESSIONS,
      };
    case 'AccountRecovered':
      return {
        ...state,
        ...recovered(state, event),
        // Requests are numbered by the stream of the address.
        resetAsked: event.data.address === undefined ? state.resetAsked : -1,
        credential: undefined,
        verification: undefined,
        reset: undefined,
        sessions: NO_SESSIONS,
      };
    case 'AccountErased':
      return {
        ...state,
        status: 'erased',
        credential: undefined,
        verification: undefined,
        reset: undefined,
        secondFactor: NO_SECOND_FACTOR,
        sessions: NO_SESSIONS,
      };
  }
}

/** A person. Stream `account-<id>`, the id being the user id everywhere else. */
export const accounts: Aggregate<AccountState, AccountEvent> = {
  name: 'account',
  within: 'nothing',
  events,
  readsPersonalFields: false,
  initial: () => ({
    id: '',
    status: 'none',
    verified: false,
    holderSince: 0,
    address: '',
    credential: undefined,
    verification: undefined,
    reset: undefined,
    resetAsked: -1,
    secondFactor: NO_SECOND_FACTOR,
    sessions: NO_SESSIONS,
  }),
  evolve,
  exists: (state) => state.status === 'open' || state.status === 'closed',
  facts: (state) => ({ createdBy: state.id }),
};

/**
 * Whether a session still opens the door: begun here and not ended since, by whatever event. Its access tokens never
 * outlive `until`, so nobody needs the time of day to ask this.
 */
export const isSessionAlive = (state: AccountState, sessionId: string): boolean => state.sessions.has(sessionId);
