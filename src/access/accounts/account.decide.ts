import type { Decide } from '../../kernel/decider.js';
import type { Instant } from '../../kernel/event.js';
import { conflict, invalid, Refusal } from '../../kernel/refusal.js';
import {
  type AccountEvent,
  type AccountRegistered,
  type AccountState,
  type AllSessionsEnded,
  type EditableProfile,
  MAX_SESSIONS,
  type Profile,
  type SessionEnd,
} from './account.js';
import { useUp, withoutSecondFactor } from './second-factor.decide.js';
import { isFresh, type Proof } from './second-factor.js';

type Decision<Prepared = undefined> = Decide<AccountState, AccountEvent, Prepared>;
type Identity = Omit<AccountRegistered['data'], 'origin'>;

/** A session ends so long after its sign-in, however often it was refreshed. */
export const SESSION_LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;
/** A mail that proves an address is good for so long. */
export const VERIFICATION_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;
/** A link that sets a new password is good for so long. */
export const RESET_LIFETIME_MS = 30 * 60 * 1000;

export const later = (instant: Instant, milliseconds: number): Instant =>
  new Date(Date.parse(instant) + milliseconds).toISOString();

/** One answer for a wrong address, a wrong password and an account that cannot sign in: nothing tells them apart. */
export const wrongCredentials = (): Refusal =>
  new Refusal('unauthenticated', 'The email address or the password is wrong');

/** Told to whoever has given the right password, and to nobody else. */
export const secondFactorAsked = (): Refusal =>
  new Refusal('unauthenticated', 'This account has a second factor: give its code too', { secondFactor: true });
export const secondFactorRefused = (): Refusal =>
  new Refusal('unauthenticated', 'This code is wrong, too old, or was used before', { secondFactor: true });

/** Somebody else may have come first with the reserved id, by accepting the invitation: then there is nothing left to do. */
export const registerAccount =
  (identity: Identity): Decision =>
  (state) =>
    state.status === 'none' ? [{ type: 'AccountRegistered', data: { ...identity, origin: 'sign-up' } }] : [];

/** The holder of the mailbox, by an invitation's token: makes the account, or takes an unverified one from whoever made it. */
export const takeOverAccount =
  (identity: Identity): Decision =>
  (state) => {
    if (state.status === 'none') return [{ type: 'AccountRegistered', data: { ...identity, origin: 'invitation' } }];
    if (state.status === 'erased')
      throw conflict('account-erased', 'This account has been erased; ask for a new invitation');
    if (state.verified) throw conflict('account-verified', 'This account is verified; sign in to it');
    if (state.address !== identity.address) throw conflict('another-address', 'This account has another address');
    return [{ type: 'AccountTakenOver', data: identity }, ...withoutSecondFactor(state, 'mailbox')];
  };

/** Follows from the claim of the address. */
export const verifyEmail =
  (address: string): Decision =>
  (state) =>
    state.verified || (state.status !== 'open' && state.status !== 'closed')
      ? []
      : [{ type: 'EmailVerified', data: { address } }];

/** Follows from the claim of the address by another account. */
export const closeSignIn: Decision = (state) =>
  state.status === 'open' && !state.verified
    ? [{ type: 'SignInClosed', data: { reason: 'address-verified-by-another' } }]
    : [];

/** Whether the mail that this event asked for still proves the address. */
export const mayVerify = (state: AccountState, eventId: string, now: Instant): boolean =>
  state.verification?.eventId === eventId && now < later(state.verification.at, VERIFICATION_LIFETIME_MS);

/** A link in a mail, to set a new password; it voids the one before it. `asked` is the request in the stream of the address. */
export const requestResetByMail =
  (asked: { readonly revision: number; readonly at: Instant }): Decision =>
  (state, { now }) => {
    if (state.status !== 'open' || state.resetAsked >= asked.revision || now >= later(asked.at, RESET_LIFETIME_MS))
      return [];
    return [{ type: 'PasswordResetRequested', data: { via: 'mail', asked: asked.revision } }];
  };

/** Whether the link that this event made still sets a password: once, and until thirty minutes are over. */
export const mayReset = ({ status, reset }: AccountState, eventId: string, now: Instant): boolean =>
  status === 'open' && reset?.eventId === eventId && now < later(reset.at, RESET_LIFETIME_MS);

/**
 * The link that `eventId` made sets a password. Every session ends. The second factor of a verified account stays: a mailbox
 * is one factor. An unverified one may be somebody else's work, so whoever has the mailbox gets it without theirs.
 */
export const resetPassword =
  (eventId: string, credential: string): Decision =>
  (state, { now }) => {
    if (!mayReset(state, eventId, now)) throw staleResetLink();
    const drops = state.credential === undefined ? [] : [state.credential];
    return [
      ...(state.verified ? [] : withoutSecondFactor(state, 'mailbox')),
      { type: 'CredentialReplaced', data: { credential, reason: 'reset', drops } },
    ];
  };

export const staleResetLink = (): Refusal => invalid('token', 'this link is not valid any more; ask for a new one');

/** `from` is the version that the person knew the password of; the session `keeps` goes on, the others end. */
export const changePassword =
  ({ from, to, keeps }: { from: string; to: string; keeps: string | undefined }): Decision =>
  (state) => {
    if (state.credential !== from) throw wrongPassword();
    const kept = keeps === undefined ? {} : { keeps };
    return [{ type: 'CredentialReplaced', data: { credential: to, reason: 'changed', ...kept, drops: [from] } }];
  };

export const wrongPassword = (): Refusal => invalid('password', 'is not your password');

/**
 * Begins a session with the id `newId`. The password was checked against `credential`; if another one is current by now,
 * that check is worth nothing. Where there is a second factor, `proof` is used up with it, in one append.
 */
export const signIn =
  (credential: string, proof?: Proof): Decision =>
  (state, { now, newId }) => {
    if (state.status !== 'open' || state.credential !== credential) throw wrongCredentials();
    const proven = proofOf(state, proof);
    const alive = [...state.sessions].filter(([, session]) => session.until > now).map(([sessionId]) => sessionId);
    const crowded = alive.slice(0, Math.max(0, alive.length - MAX_SESSIONS + 1));
    return [
      ...proven,
      ...crowded.map((sessionId) => sessionEnded(sessionId, 'crowded-out')),
      { type: 'SignedIn', data: { sessionId: newId, until: later(now, SESSION_LIFETIME_MS) } },
    ];
  };

function proofOf(state: AccountState, proof: Proof | undefined): readonly AccountEvent[] {
  if (state.secondFactor.on === undefined) return [];
  if (proof === undefined) throw secondFactorAsked();
  if (!isFresh(state.secondFactor, proof)) throw secondFactorRefused();
  return [useUp(state, proof)];
}

export const endSession =
  (sessionId: string, reason: SessionEnd): Decision =>
  (state) =>
    state.sessions.has(sessionId) ? [sessionEnded(sessionId, reason)] : [];

export const endAllSessions =
  (reason: AllSessionsEnded['data']['reason']): Decision =>
  (state) =>
    state.sessions.size === 0 ? [] : [{ type: 'AllSessionsEnded', data: { reason } }];

const sessionEnded = (sessionId: string, reason: SessionEnd): AccountEvent => ({
  type: 'SessionEnded',
  data: { sessionId, reason },
});

/** Changes what differs from the current profile; `null` removes the phone. */
export const editProfile =
  (edit: Partial<EditableProfile>): Decision<Profile> =>
  (state, _context, profile) => {
    const changes = Object.fromEntries(
      (['firstName', 'lastName', 'phone'] as const).flatMap((field) => {
        const to = edit[field];
        return to === undefined || to === profile[field] ? [] : [[field, { from: profile[field], to }]];
      }),
    );
    return Object.keys(changes).length === 0 ? [] : [{ type: 'ProfileEdited', data: { accountId: state.id, changes } }];
  };

/** Nobody may ask this while they are the Primary of an organisation; what they prepared says so. */
export const eraseAccount: Decision<{ readonly primaryOf: readonly string[] }> = (state, _context, { primaryOf }) => {
  if (primaryOf.length > 0) {
    throw conflict('primary-of-organisation', 'Hand over the organisations whose Primary you are first');
  }
  return [{ type: 'AccountErased', data: { address: state.address } }];
};
