import { given, NOW } from '../../../test/support/specification.js';
import { isSessionAlive, type AccountEvent, accounts, MAX_SESSIONS } from './account.js';
import {
  closeSignIn,
  editProfile,
  endSession,
  eraseAccount,
  mayVerify,
  registerAccount,
  signIn,
  takeOverAccount,
  verifyEmail,
} from './account.decide.js';

const identity = {
  accountId: 'ann',
  address: 'a1',
  email: 'Ann@hale.example',
  firstName: 'Ann',
  lastName: 'Hale',
  credential: 'v1',
};
const registered: AccountEvent = { type: 'AccountRegistered', data: { ...identity, origin: 'sign-up' } };
const verified: AccountEvent = { type: 'EmailVerified', data: { address: 'a1' } };
const closed: AccountEvent = { type: 'SignInClosed', data: { reason: 'address-verified-by-another' } };
const erased: AccountEvent = { type: 'AccountErased', data: { address: 'a1' } };
const later = '2026-03-20T00:00:00.000Z';
const past = '2026-02-28T00:00:00.000Z';
const signedIn = (sessionId: string, until = later): AccountEvent => ({ type: 'SignedIn', data: { sessionId, until } });
const ended = (sessionId: string): AccountEvent => ({
  type: 'SessionEnded',
  data: { sessionId, reason: 'signed-out' },
});
const account = (...events: readonly (AccountEvent & { at?: string })[]) => given(accounts, 'ann', ...events);

describe('registering an account', () => {
  it('makes one', () => account().when(registerAccount(identity)).then(registered));
  it('makes none where an invitation was accepted first', () =>
    account({ type: 'AccountRegistered', data: { ...identity, origin: 'invitation' } })
      .when(registerAccount(identity))
      .then());
});

describe('taking an account over', () => {
  const mine = { ...identity, email: 'ann@hale.example', credential: 'v2' };

  it('makes the account where there is none', () =>
    account()
      .when(takeOverAccount(mine))
      .then({ type: 'AccountRegistered', data: { ...mine, origin: 'invitation' } }));
  it('gives an unverified one a new password', () =>
    account(registered, signedIn('s1')).when(takeOverAccount(mine)).then({ type: 'AccountTakenOver', data: mine }));
  it('ends the sessions of whoever made it', () => {
    const { state } = account(registered, signedIn('s1'), { type: 'AccountTakenOver', data: mine });
    expect(isSessionAlive(state, 's1')).toBe(false);
    expect(state).toMatchObject({ credential: 'v2', verification: undefined });
  });
  it('leaves a verified one alone', () =>
    account(registered, verified).when(takeOverAccount(mine)).thenRefused('conflict', 'account-verified'));
  it('leaves one with another address alone', () =>
    account(registered)
      .when(takeOverAccount({ ...mine, address: 'a2' }))
      .thenRefused('conflict', 'another-address'));
  it('does not bring back an erased one', () =>
    account(registered, erased).when(takeOverAccount(mine)).thenRefused('conflict', 'account-erased'));
});

describe('verifying an address', () => {
  it('verifies once', () => {
    account(registered).when(verifyEmail('a1')).then(verified);
    account(registered, verified).when(verifyEmail('a1')).then();
  });
  it('does nothing for an account that is not there or not any more', () => {
    account().when(verifyEmail('a1')).then();
    account(registered, erased).when(verifyEmail('a1')).then();
  });
  it('reopens an account that another one had closed, when the address is free again', () => {
    expect(account(registered, closed, verified).state.status).toBe('open');
  });
  it.each([
    ['the day after', '2026-03-02T09:00:00.000Z', true],
    ['a millisecond before seven days', '2026-03-08T08:59:59.999Z', true],
    ['seven days later', '2026-03-08T09:00:00.000Z', false],
  ])('%s the mail is good: %s %s', (_, now, good) => {
    const { state } = account(registered);
    expect(mayVerify(state, state.verification!.eventId, now)).toBe(good);
  });
  it('takes the mail of the account only, and none after a take-over', () => {
    const eventId = account(registered).state.verification!.eventId;
    expect(mayVerify(account(registered).state, 'another', NOW)).toBe(false);
    const { state } = account(registered, { type: 'AccountTakenOver', data: identity });
    expect(mayVerify(state, eventId, NOW)).toBe(false);
  });
});

describe('an account whose address another one verified', () => {
  it('is closed, its sessions end', () => {
    account(registered, signedIn('s1')).when(closeSignIn).then(closed);
    expect(isSessionAlive(account(registered, signedIn('s1'), closed).state, 's1')).toBe(false);
  });
  it('is closed once, and never when it is verified itself', () => {
    account(registered, closed).when(closeSignIn).then();
    account(registered, verified).when(closeSignIn).then();
    account().when(closeSignIn).then();
  });
  it('cannot sign in', () => account(registered, closed).when(signIn('v1')).thenRefused('unauthenticated'));
});

describe('signing in', () => {
  const begun = signedIn('new-id', '2026-03-31T09:00:00.000Z');

  it('begins a session of 30 days, before verification too', () => {
    account(registered).when(signIn('v1')).then(begun);
    account(registered, verified).when(signIn('v1')).then(begun);
  });
  it('is refused with a password that was replaced meanwhile', () =>
    account(registered, { type: 'CredentialReplaced', data: { credential: 'v2', reason: 'reset' } })
      .when(signIn('v1'))
      .thenRefused('unauthenticated'));
  it('is refused without an account', () => {
    account().when(signIn('v1')).thenRefused('unauthenticated');
    account(registered, erased).when(signIn('v1')).thenRefused('unauthenticated');
  });
  it('ends the oldest session when there are too many', () => {
    const many = Array.from({ length: MAX_SESSIONS }, (_, index) => signedIn(`s${index}`));
    account(registered, ...many)
      .when(signIn('v1'))
      .then({ type: 'SessionEnded', data: { sessionId: 's0', reason: 'crowded-out' } }, begun);
  });
  it('does not count expired sessions, and forgets them with the next one', () => {
    const many = Array.from({ length: MAX_SESSIONS }, (_, index) => ({ ...signedIn(`s${index}`, past), at: past }));
    account(registered, ...many)
      .when(signIn('v1'))
      .then(begun);
    expect([...account(registered, ...many, begun).state.sessions.keys()]).toEqual(['new-id']);
  });
});

describe('a session', () => {
  it('is alive until it ends', () => {
    expect(isSessionAlive(account(registered, signedIn('s1')).state, 's1')).toBe(true);
    expect(isSessionAlive(account(registered, signedIn('s1'), ended('s1')).state, 's1')).toBe(false);
    expect(isSessionAlive(account(registered).state, 's1')).toBe(false);
  });
  it('ends once', () => {
    account(registered, signedIn('s1')).when(endSession('s1', 'signed-out')).then(ended('s1'));
    account(registered, signedIn('s1'), ended('s1')).when(endSession('s1', 'signed-out')).then();
  });
  it('ends with the password, but for the one that changed it', () => {
    const replaced: AccountEvent = {
      type: 'CredentialReplaced',
      data: { credential: 'v2', reason: 'changed', keeps: 's2' },
    };
    const { state } = account(registered, signedIn('s1'), signedIn('s2'), replaced);
    expect([...state.sessions.keys()]).toEqual(['s2']);
  });
  it('ends with the account', () => {
    expect(account(registered, signedIn('s1'), erased).state.sessions.size).toBe(0);
  });
});

describe('the profile', () => {
  const profile = { email: 'ann@hale.example', firstName: 'Ann', lastName: 'Hale', phone: null };

  it('changes what differs, with old and new values', () =>
    account(registered)
      .when(editProfile({ firstName: 'Anna', lastName: 'Hale', phone: '+44 1234' }), profile)
      .then({
        type: 'ProfileEdited',
        data: {
          accountId: 'ann',
          changes: { firstName: { from: 'Ann', to: 'Anna' }, phone: { from: null, to: '+44 1234' } },
        },
      }));
  it('records nothing when nothing changes', () =>
    account(registered)
      .when(editProfile({ firstName: 'Ann', phone: null }), profile)
      .then());
});

describe('erasing an account', () => {
  it('is refused to a Primary', () =>
    account(registered)
      .when(eraseAccount, { primaryOf: ['o1'] })
      .thenRefused('conflict', 'primary-of-organisation'));
  it('leaves an account that does not exist any more', () => {
    account(registered).when(eraseAccount, { primaryOf: [] }).then(erased);
    const { state } = account(registered, erased);
    expect(accounts.exists(state)).toBe(false);
    expect(state.credential).toBeUndefined();
  });
});
