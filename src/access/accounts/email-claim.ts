import type { EventCatalogue } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent, Instant, Recorded } from '../../kernel/event.js';

/** An invitation was sent to the address while nobody had an account with it: whoever comes gets this user id. */
export type AddressReserved = DomainEvent<'AddressReserved', { readonly userId: string }>;
/** An account is being made with the address, which nobody has proven yet. */
export type SignUpStarted = DomainEvent<'SignUpStarted', { readonly accountId: string }>;
/** Somebody signed up with an address that has an owner. `attempt` is the id that they were answered; no account has it. */
export type SignUpRepeated = DomainEvent<
  'SignUpRepeated',
  { readonly owner: string; readonly attempt: string; readonly notify: boolean }
>;
/**
 * Somebody asked for a new password. `accounts` are those that the address may sign in to, none where nobody has it: what is
 * written and answered is the same.
 */
export type PasswordResetAsked = DomainEvent<'PasswordResetAsked', { readonly accounts: readonly string[] }>;
/** The account proved that the address is its holder's; the unverified ones beside it cannot sign in any more. */
export type AddressClaimed = DomainEvent<
  'AddressClaimed',
  { readonly accountId: string; readonly closes: readonly string[] }
>;
/** The account is gone. */
export type AddressReleased = DomainEvent<'AddressReleased', { readonly accountId: string }>;

export type EmailClaimEvent =
  AddressReserved | SignUpStarted | SignUpRepeated | PasswordResetAsked | AddressClaimed | AddressReleased;

/** Who has an email address. The address itself is nowhere in here: its stream is named by an HMAC of it. */
export interface EmailClaimState {
  /** The verified account. While there is one, the address has no other. */
  readonly owner: string | undefined;
  /** Unverified accounts, oldest first. None of them has a claim. */
  readonly candidates: readonly string[];
  /** The user id that invitations to the address name, and whether an account has it by now. */
  readonly reserved: { readonly userId: string; readonly taken: boolean } | undefined;
  /** When the owner was last told that somebody signs up with the address. */
  readonly notifiedAt: Instant | undefined;
  /** When new passwords were asked for, the last few times, oldest first. */
  readonly resets: readonly Instant[];
}

/** The last so many requests for a new password are remembered. */
export const RESETS_REMEMBERED = 5;

/** So many unverified accounts are remembered, to be closed when another one verifies; ... */
export const MAX_CANDIDATES = 20;
/** ... and so many, the newest, can sign in: each one costs a sign-in by email a password check. */
export const MAX_SIGN_IN_CANDIDATES = 3;

/** The accounts whose password a sign-in with this address may give. */
export const signInAccounts = (state: EmailClaimState): readonly string[] =>
  state.owner === undefined ? state.candidates.slice(-MAX_SIGN_IN_CANDIDATES) : [state.owner];

/** The user id that an invitation to this address names; undefined while there is none to name. */
export const userIdFor = (state: EmailClaimState): string | undefined =>
  state.owner ?? state.reserved?.userId ?? state.candidates[0];

const address = (event: { readonly stream: string }): { kind: string; id: string } => ({
  kind: 'email',
  id: recordIdOf(event.stream),
});

const events: EventCatalogue<EmailClaimEvent> = {
  AddressReserved: {
    schemaVersion: 1,
    summary: () => 'reserved a user id for an invited address',
    changes: () => [],
    record: address,
    subjects: ({ userId }) => [userId],
  },
  SignUpStarted: {
    schemaVersion: 1,
    summary: () => 'began to sign up with an address',
    changes: () => [],
    record: address,
    subjects: ({ accountId }) => [accountId],
  },
  SignUpRepeated: {
    schemaVersion: 1,
    summary: () => 'tried to sign up with an address that has an account',
    changes: () => [],
    record: address,
    subjects: ({ owner }) => [owner],
  },
  PasswordResetAsked: {
    schemaVersion: 1,
    summary: () => 'asked for a new password by mail',
    changes: () => [],
    record: address,
    subjects: ({ accounts }) => accounts,
  },
  AddressClaimed: {
    schemaVersion: 1,
    summary: () => 'proved to be the holder of an address',
    changes: () => [],
    record: address,
    subjects: ({ accountId, closes }) => [accountId, ...closes],
  },
  AddressReleased: {
    schemaVersion: 1,
    summary: () => 'gave up an address',
    changes: () => [],
    record: address,
    subjects: ({ accountId }) => [accountId],
  },
};

function evolve(state: EmailClaimState, event: Recorded<EmailClaimEvent>): EmailClaimState {
  switch (event.type) {
    case 'AddressReserved': {
      const { userId } = event.data;
      return { ...state, reserved: { userId, taken: state.candidates.includes(userId) } };
    }
    case 'SignUpStarted': {
      const { accountId } = event.data;
      const reserved = state.reserved?.userId === accountId ? { userId: accountId, taken: true } : state.reserved;
      return { ...state, reserved, candidates: [...state.candidates, accountId].slice(-MAX_CANDIDATES) };
    }
    case 'SignUpRepeated':
      return event.data.notify ? { ...state, notifiedAt: event.recordedAt } : state;
    case 'PasswordResetAsked':
      return { ...state, resets: [...state.resets, event.recordedAt].slice(-RESETS_REMEMBERED) };
    case 'AddressClaimed':
      return {
        ...state,
        owner: event.data.accountId,
        candidates: [],
        reserved: undefined,
        notifiedAt: undefined,
      };
    case 'AddressReleased': {
      const { accountId } = event.data;
      return {
        ...state,
        owner: state.owner === accountId ? undefined : state.owner,
        candidates: state.candidates.filter((candidate) => candidate !== accountId),
        reserved: state.reserved?.userId === accountId ? undefined : state.reserved,
      };
    }
  }
}

/** Stream `email-<HMAC of the normalised address>`. */
export const emailClaims: Aggregate<EmailClaimState, EmailClaimEvent> = {
  name: 'email',
  within: 'nothing',
  events,
  readsPersonalFields: false,
  initial: () => ({ owner: undefined, candidates: [], reserved: undefined, notifiedAt: undefined, resets: [] }),
  evolve,
  exists: () => true,
  facts: () => ({}),
};
