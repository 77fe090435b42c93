import { recorded } from '../../../test/support/specification.js';
import type { AccountEvent } from './account.js';
import { foldProfile, type ProfileDoc, profilesView } from './profile.view.js';

const identity = {
  accountId: 'ann',
  address: 'a1',
  email: 'Ann@hale.example',
  firstName: 'Ann',
  lastName: 'Hale',
  credential: 'v1',
};
const ann: ProfileDoc = { id: 'ann', email: 'Ann@hale.example', firstName: 'Ann', lastName: 'Hale', revision: 0 };
const fold = (doc: ProfileDoc | null, ...events: readonly AccountEvent[]): ProfileDoc | null =>
  events.reduce((before, event, index) => {
    const revision = (doc?.revision ?? -1) + 1 + index;
    return foldProfile(before, recorded('account-ann', revision, event));
  }, doc);

describe('the profile of a person', () => {
  it('begins with the account', () => {
    expect(fold(null, { type: 'AccountRegistered', data: { ...identity, origin: 'sign-up' } })).toEqual(ann);
  });

  it('follows edits; the phone comes and goes', () => {
    const withPhone: AccountEvent = {
      type: 'ProfileEdited',
      data: {
        accountId: 'ann',
        changes: { phone: { from: null, to: '+44 1234' }, lastName: { from: 'Hale', to: 'Low' } },
      },
    };
    const without: AccountEvent = {
      type: 'ProfileEdited',
      data: { accountId: 'ann', changes: { phone: { from: '+44 1234', to: null } } },
    };
    expect(fold(ann, withPhone)).toEqual({ ...ann, lastName: 'Low', phone: '+44 1234', revision: 1 });
    expect(fold(ann, withPhone, without)).toEqual({ ...ann, lastName: 'Low', revision: 2 });
  });

  it('takes over nothing that a stranger said', () => {
    const doc = fold({ ...ann, phone: '666' }, { type: 'AccountTakenOver', data: { ...identity, firstName: 'Anna' } });
    expect(doc).toEqual({ ...ann, firstName: 'Anna', revision: 1 });
  });

  it.each<AccountEvent>([
    { type: 'EmailVerified', data: { address: 'a1' } },
    { type: 'SignInClosed', data: { reason: 'address-verified-by-another' } },
    { type: 'CredentialReplaced', data: { credential: 'v2', reason: 'changed' } },
    { type: 'SignedIn', data: { sessionId: 's1', until: '2026-03-31T09:00:00.000Z' } },
    { type: 'SessionEnded', data: { sessionId: 's1', reason: 'signed-out' } },
  ])('moves its revision with $type', (event) => {
    expect(fold(ann, event)).toEqual({ ...ann, revision: 1 });
  });

  it('reads `erased` after an erasure, live and rebuilt alike', () => {
    const gone: AccountEvent = { type: 'AccountErased', data: { address: 'a1' } };
    const erased = { id: 'ann', email: 'erased', firstName: 'erased', lastName: 'erased' };
    expect(fold({ ...ann, phone: '+44 1234' }, gone)).toEqual({ ...erased, revision: 1 });
    const unreadable = {
      type: 'ProfileEdited',
      data: { accountId: 'ann', changes: 'erased' },
    } as unknown as AccountEvent;
    const rebuilt = fold(
      null,
      { type: 'AccountRegistered', data: { ...identity, ...erased, origin: 'sign-up' } },
      unreadable,
      gone,
    );
    expect(rebuilt).toEqual({ ...erased, revision: 2 });
  });

  it('is keyed by the account', () => {
    const event = recorded<AccountEvent>('account-ann', 3, { type: 'EmailVerified', data: { address: 'a1' } });
    expect(profilesView.keys(event)).toEqual(['ann']);
  });
});
