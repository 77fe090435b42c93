import { given, NOW } from '../../../test/support/specification.js';
import { isSessionAlive, type AccountEvent, accounts, MAX_SESSIONS } from './account.js';
import {
  changePassword,
  closeSignIn,
  editProfile,
  endAllSessions,
  endSession,
  eraseAccount,
  mayReset,
  mayVerify,
  registerAccount,
  requestResetByMail,
  RESET_LIFETIME_MS,
  resetPassword,
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
  it('takes away the second factor of whoever made it, and one that they were about to have', () => {
    account(registered, { type: 'SecondFactorEnabled', data: { secret: 't1', recovery: 'r1', step: 100 } })
      .when(takeOverAccount(mine))
      .then(
        { type: 'AccountTakenOver', data: mine },
        { type: 'SecondFactorDisabled', data: { reason: 'mailbox', drops: ['t1', 'r1'] } },
      );
    const prepared: AccountEvent = { type: 'SecondFactorPrepared', data: { secret: 't1', drops: [] } };
    const { state } = account(registered, prepared, { type: 'AccountTakenOver', data: mine });
    expect(state.secondFactor).toEqual({ on: undefined, pending: undefined });
  });
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

describe('signing in with a second factor', () => {
  const begun = signedIn('new-id', '2026-03-31T09:00:00.000Z');
  const on: AccountEvent = { type: 'SecondFactorEnabled', data: { secret: 't1', recovery: 'r1', step: 100 } };
  const device = (step: number, secret = 't1') => ({ kind: 'device', secret, step }) as const;
  const code = (index: number, recovery = 'r1') => ({ kind: 'recovery', recovery, index }) as const;

  it('uses the code up, in the same append', () => {
    account(registered, on)
      .when(signIn('v1', device(101)))
      .then({ type: 'SecondFactorProven', data: { step: 101 } }, begun);
    account(registered, on)
      .when(signIn('v1', code(4)))
      .then({ type: 'RecoveryCodeUsed', data: { index: 4, left: 9 } }, begun);
  });
  it('is refused without a code, and with one of a step that is used', () => {
    account(registered, on).when(signIn('v1')).thenRefused('unauthenticated');
    for (const step of [99, 100])
      account(registered, on)
        .when(signIn('v1', device(step)))
        .thenRefused('unauthenticated');
    account(registered, on, { type: 'SecondFactorProven', data: { step: 101 } })
      .when(signIn('v1', device(101)))
      .thenRefused('unauthenticated');
  });
  it('is refused with a recovery code that is used, or of an older set', () => {
    account(registered, on, { type: 'RecoveryCodeUsed', data: { index: 4, left: 9 } })
      .when(signIn('v1', code(4)))
      .thenRefused('unauthenticated');
    account(registered, on, { type: 'RecoveryCodesReplaced', data: { recovery: 'r2', drops: ['r1'] } })
      .when(signIn('v1', code(5)))
      .thenRefused('unauthenticated');
  });
  it('is refused with what another secret proved', () =>
    account(registered, on)
      .when(signIn('v1', device(101, 't0')))
      .thenRefused('unauthenticated'));
  it('needs none any more where it was switched off', () =>
    account(registered, on, { type: 'SecondFactorDisabled', data: { reason: 'operator', drops: ['t1', 'r1'] } })
      .when(signIn('v1'))
      .then(begun));
});

describe('a new password by a link', () => {
  const asked = { revision: 3, at: NOW };
  const requested: AccountEvent = { type: 'PasswordResetRequested', data: { via: 'mail', asked: 3 } };
  const idOf = (...events: readonly AccountEvent[]): string => account(...events).state.reset!.eventId;
  const at = (milliseconds: number): string => new Date(Date.parse(NOW) + milliseconds).toISOString();
  const replaced: AccountEvent = {
    type: 'CredentialReplaced',
    data: { credential: 'v2', reason: 'reset', drops: ['v1'] },
  };

  it('is asked for once for each request, and not when it is too late', () => {
    account(registered).when(requestResetByMail(asked)).then(requested);
    account(registered, requested).when(requestResetByMail(asked)).then();
    account(registered, requested, replaced).when(requestResetByMail(asked)).then();
    account(registered, requested)
      .when(requestResetByMail({ ...asked, revision: 4 }))
      .then({ type: 'PasswordResetRequested', data: { via: 'mail', asked: 4 } });
    account(registered)
      .when(requestResetByMail({ ...asked, at: at(-RESET_LIFETIME_MS) }))
      .then();
  });
  it('is for accounts that can sign in', () => {
    for (const over of [closed, erased]) account(registered, over).when(requestResetByMail(asked)).then();
    account().when(requestResetByMail(asked)).then();
  });
  it.each([
    [RESET_LIFETIME_MS - 1, true],
    [RESET_LIFETIME_MS, false],
  ])('is good for thirty minutes: after %i ms %s', (after, good) => {
    const { state } = account(registered, requested);
    expect(mayReset(state, state.reset!.eventId, at(after))).toBe(good);
  });
  it('is set by the newest link only, once', () => {
    const first = idOf(registered, requested);
    account(registered, requested).when(resetPassword(first, 'v2')).then(replaced);
    account(registered, requested, { type: 'PasswordResetRequested', data: { via: 'operator' } })
      .when(resetPassword(first, 'v2'))
      .thenRefused('validation-failed');
    for (const after of [replaced, closed, erased, { type: 'AccountTakenOver', data: identity } as const])
      account(registered, requested, after).when(resetPassword(first, 'v3')).thenRefused('validation-failed');
  });
  it('ends every session', () =>
    expect(account(registered, signedIn('s1'), requested, replaced).state.sessions.size).toBe(0));
  it('leaves the second factor of a verified account, and takes that of whoever made an unverified one', () => {
    const on: AccountEvent = { type: 'SecondFactorEnabled', data: { secret: 't1', recovery: 'r1', step: 100 } };
    const link = idOf(registered, verified, on, requested);
    account(registered, verified, on, requested).when(resetPassword(link, 'v2')).then(replaced);
    account(registered, on, requested)
      .when(resetPassword(idOf(registered, on, requested), 'v2'))
      .then({ type: 'SecondFactorDisabled', data: { reason: 'mailbox', drops: ['t1', 'r1'] } }, replaced);
  });
});

describe('changing the password', () => {
  it('keeps the session that asks', () =>
    account(registered, signedIn('s1'))
      .when(changePassword({ from: 'v1', to: 'v2', keeps: 's1' }))
      .then({ type: 'CredentialReplaced', data: { credential: 'v2', reason: 'changed', keeps: 's1', drops: ['v1'] } }));
  it('is worth nothing where the password that was given is not the one any more', () =>
    account(registered, { type: 'CredentialReplaced', data: { credential: 'v3', reason: 'reset' } })
      .when(changePassword({ from: 'v1', to: 'v2', keeps: undefined }))
      .thenRefused('validation-failed'));
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
  it('ends with all of them, once', () => {
    const all: AccountEvent = { type: 'AllSessionsEnded', data: { reason: 'signed-out' } };
    account(registered, signedIn('s1'), signedIn('s2')).when(endAllSessions('signed-out')).then(all);
    expect(account(registered, signedIn('s1'), signedIn('s2'), all).state.sessions.size).toBe(0);
    account(registered, signedIn('s1'), all).when(endAllSessions('signed-out')).then();
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
