import type { Decide } from '../../kernel/decider.js';
import { conflict } from '../../kernel/refusal.js';
import {
  type EmailClaimEvent,
  type EmailClaimState,
  RESETS_REMEMBERED,
  signInAccounts,
  userIdFor,
} from './email-claim.js';

type Decision = Decide<EmailClaimState, EmailClaimEvent>;

/** The owner of an address hears of others' sign-ups at most this often. */
export const NOTIFY_EVERY_MS = 60 * 60 * 1000;

/** So many mails with links to a new password go to an address within an hour, ... */
export const RESET_HOUR_MS = 60 * 60 * 1000;
/**
 * ... then only one in this time. It is a third of what a link is good for: whoever asks and asks in somebody's name keeps
 * their mailbox supplied with links that stay good long enough to be used.
 */
export const RESET_PAUSE_MS = 10 * 60 * 1000;

/**
 * Somebody signs up. Without an owner they get an account beside whatever unverified ones there are, the first one under
 * the id that invitations name already; with an owner they get nothing, and must not notice.
 */
export const startSignUp: Decision = (state, { now, newId }) => {
  if (state.owner !== undefined) {
    const notify = state.notifiedAt === undefined || Date.parse(now) - Date.parse(state.notifiedAt) >= NOTIFY_EVERY_MS;
    return [{ type: 'SignUpRepeated', data: { owner: state.owner, attempt: newId, notify } }];
  }
  const reserved = state.reserved?.taken === false && state.candidates.length === 0 ? state.reserved.userId : undefined;
  return [{ type: 'SignUpStarted', data: { accountId: reserved ?? newId } }];
};

/** Somebody asks for a new password. Beyond the limit nothing follows, and whoever asks is not told: links are on their way. */
export const askForReset: Decision = (state, { now }) => {
  const since = (instant: string): number => Date.parse(now) - Date.parse(instant);
  const [last, oldest] = [state.resets.at(-1), state.resets.at(-RESETS_REMEMBERED)];
  if (oldest !== undefined && since(oldest) < RESET_HOUR_MS && since(last!) < RESET_PAUSE_MS) return [];
  return [{ type: 'PasswordResetAsked', data: { accounts: signInAccounts(state) } }];
};

/** Fixes the user id for an invitation. A first unverified account's id stays the one, however many sign up after it. */
export const reserveAddress: Decision = (state, { newId }) => {
  if (state.owner !== undefined || state.reserved !== undefined) return [];
  return [{ type: 'AddressReserved', data: { userId: userIdFor(state) ?? newId } }];
};

/** The account has proven that the mailbox is its holder's. */
export const claimAddress =
  (accountId: string): Decision =>
  (state) => {
    if (state.owner === accountId) return [];
    if (state.owner !== undefined) {
      throw conflict('address-taken', 'Another account has verified this address; sign in to that one');
    }
    const closes = state.candidates.filter((candidate) => candidate !== accountId);
    return [{ type: 'AddressClaimed', data: { accountId, closes } }];
  };

/** The account is erased; its address is free again. */
export const releaseAddress =
  (accountId: string): Decision =>
  (state) =>
    state.owner === accountId || state.candidates.includes(accountId) || state.reserved?.userId === accountId
      ? [{ type: 'AddressReleased', data: { accountId } }]
      : [];
