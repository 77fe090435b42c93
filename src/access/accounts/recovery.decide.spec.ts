import { streamOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { type AccountEvent, accounts, type AccountState } from './account.js';
import { mayReset, signIn } from './account.decide.js';
import { foldProfile, type ProfileDoc } from './profile.view.js';
import { recoverAccount } from './recovery.decide.js';

const ID = 'u-1';
const NOW = '2026-03-01T09:00:00.000Z';
const CONTEXT = { now: NOW, userId: '', organisation: '', newId: 's-1' };
const identity = {
  accountId: ID,
  address: 'old',
  email: 'ann@old.example',
  firstName: 'Ann',
  lastName: 'Hale',
  credential: 'v1',
};
const NEW = { address: 'new', email: { from: 'ann@old.example', to: 'ann@new.example' } };

const recorded = (event: AccountEvent, revision: number): Recorded<AccountEvent> => ({
  ...event,
  id: `e-${revision}`,
  stream: streamOf(accounts, '', ID),
  revision,
  position: String(revision),
  recordedAt: NOW,
  schemaVersion: 1,
  metadata: { actor: { kind: 'system', id: 'spec' }, command: 'Spec', correlationId: 'c', requestId: 'r' },
});

const registered: AccountEvent = { type: 'AccountRegistered', data: { ...identity, origin: 'sign-up' } };
const verified: AccountEvent = { type: 'EmailVerified', data: { address: 'old' } };
const signedIn: AccountEvent = { type: 'SignedIn', data: { sessionId: 's-1', until: '2026-04-01T00:00:00.000Z' } };
const withCodes: AccountEvent = { type: 'SecondFactorEnabled', data: { secret: 'x1', recovery: 'x2', step: 1 } };
const closed: AccountEvent = { type: 'SignInClosed', data: { reason: 'address-verified-by-another' } };

const after = (...events: readonly AccountEvent[]): AccountState =>
  events.map(recorded).reduce((state, event) => accounts.evolve(state, event), accounts.initial());
const profileAfter = (...events: readonly AccountEvent[]): ProfileDoc | null =>
  events.map(recorded).reduce<ProfileDoc | null>(foldProfile, null);
const recover = (state: AccountState, to: Parameters<typeof recoverAccount>[0] = {}): readonly AccountEvent[] =>
  recoverAccount(to)(state, CONTEXT, undefined);

describe('recovering an account', () => {
  const everything = [registered, verified, withCodes, signedIn];

  it('voids all that opens it, and makes a link, in one append', () => {
    const events = recover(after(...everything));
    expect(events.map(({ type }) => type)).toEqual([
      'SecondFactorDisabled',
      'AccountRecovered',
      'PasswordResetRequested',
    ]);
    expect(events[0]!.data).toMatchObject({ reason: 'operator', drops: ['x1', 'x2'] });
    expect(events[1]!.data).toEqual({ accountId: ID, drops: ['v1'] });
    const state = after(...everything, ...events);
    expect(state).toMatchObject({ status: 'open', verified: true, address: 'old', credential: undefined });
    expect(state.secondFactor.on).toBeUndefined();
    expect(state.sessions.size).toBe(0);
    // Keys that were made before are of an earlier holder.
    expect(state.holderSince).toBe(everything.length + 1);
    expect(mayReset(state, `e-${everything.length + 2}`, NOW)).toBe(true);
    expect(() => signIn('v1')(state, CONTEXT, undefined)).toThrow(Refusal);
  });

  it('gives it another address, which is proven by the operator', () => {
    const events = recover(after(registered), NEW);
    const state = after(registered, ...events);
    expect(state).toMatchObject({ status: 'open', verified: true, address: 'new', verification: undefined });
    expect(profileAfter(registered, ...events)).toMatchObject({
      email: 'ann@new.example',
      firstName: 'Ann',
      revision: 2,
    });
    expect(profileAfter(registered, ...recover(after(registered)))).toMatchObject({ email: 'ann@old.example' });
  });

  it('opens one that another account closed, with another address only', () => {
    const state = after(registered, closed);
    expect(() => recover(state)).toThrow('Another account has shown to own this address');
    expect(after(registered, closed, ...recover(state, NEW)).status).toBe('open');
  });

  it('is not of an account that is gone, or never was', () => {
    const gone: AccountEvent = { type: 'AccountErased', data: { address: 'old' } };
    expect(() => recover(after(registered, gone), NEW)).toThrow('There is no such record');
    expect(() => recover(accounts.initial(), NEW)).toThrow('There is no such record');
  });
});
