import { given, NOW } from '../../../test/support/specification.js';
import {
  askForReset,
  claimAddress,
  releaseAddress,
  RESET_HOUR_MS,
  RESET_PAUSE_MS,
  reserveAddress,
  startSignUp,
} from './email-claim.decide.js';
import {
  emailClaims,
  type EmailClaimEvent,
  MAX_CANDIDATES,
  MAX_SIGN_IN_CANDIDATES,
  RESETS_REMEMBERED,
  signInAccounts,
  userIdFor,
} from './email-claim.js';
import { normaliseEmail } from './email.js';

const started = (accountId: string): EmailClaimEvent => ({ type: 'SignUpStarted', data: { accountId } });
const reserved = (userId: string): EmailClaimEvent => ({ type: 'AddressReserved', data: { userId } });
const claimed = (accountId: string, ...closes: string[]): EmailClaimEvent => ({
  type: 'AddressClaimed',
  data: { accountId, closes },
});
const released = (accountId: string): EmailClaimEvent => ({ type: 'AddressReleased', data: { accountId } });
const repeated = (notify: boolean): EmailClaimEvent => ({
  type: 'SignUpRepeated',
  data: { owner: 'ann', attempt: 'new-id', notify },
});
const address = (...events: readonly (EmailClaimEvent & { at?: string })[]) => given(emailClaims, 'a1', ...events);

describe('signing up', () => {
  it('makes an account beside whatever unverified ones there are', () => {
    address().when(startSignUp).then(started('new-id'));
    address(started('eve')).when(startSignUp).then(started('new-id'));
  });
  it('gets the id of an invitation, once', () => {
    address(reserved('bob')).when(startSignUp).then(started('bob'));
    address(reserved('bob'), started('bob')).when(startSignUp).then(started('new-id'));
    address(started('eve'), reserved('eve')).when(startSignUp).then(started('new-id'));
  });
  it('with a taken address tells its owner, at most once an hour', () => {
    address(claimed('ann')).when(startSignUp).then(repeated(true));
    address(claimed('ann'), { ...repeated(true), at: '2026-03-01T08:00:00.001Z' })
      .when(startSignUp)
      .then(repeated(false));
    address(claimed('ann'), { ...repeated(true), at: '2026-03-01T08:00:00.000Z' })
      .when(startSignUp)
      .then(repeated(true));
    const quiet = { ...repeated(false), at: '2026-03-01T08:59:00.000Z' };
    address(claimed('ann'), { ...repeated(true), at: '2026-03-01T07:00:00.000Z' }, quiet)
      .when(startSignUp)
      .then(repeated(true));
  });
});

describe('inviting an address', () => {
  it('names its account, or keeps an id for whoever comes', () => {
    address().when(reserveAddress).then(reserved('new-id'));
    address(reserved('bob')).when(reserveAddress).then();
    address(claimed('ann')).when(reserveAddress).then();
    expect(userIdFor(address(claimed('ann')).state)).toBe('ann');
  });
  it('names the first unverified account, however many sign up later', () => {
    address(started('eve'), started('bob')).when(reserveAddress).then(reserved('eve'));
    const crowd = Array.from({ length: MAX_CANDIDATES + 1 }, (_, index) => started(`x${index}`));
    expect(userIdFor(address(started('eve'), reserved('eve'), ...crowd).state)).toBe('eve');
  });
});

describe('proving an address', () => {
  it('makes the account its owner and closes the others', () =>
    address(started('eve'), started('bob'), started('zoe'))
      .when(claimAddress('bob'))
      .then(claimed('bob', 'eve', 'zoe')));
  it('works for an account that was pushed out of the list, and for one that an invitation makes', () => {
    const crowd = Array.from({ length: MAX_CANDIDATES }, (_, index) => started(`x${index}`));
    const ids = crowd.map((_, index) => `x${index}`);
    address(started('bob'), ...crowd)
      .when(claimAddress('bob'))
      .then(claimed('bob', ...ids));
    address().when(claimAddress('bob')).then(claimed('bob'));
  });
  it('twice changes nothing', () => address(claimed('bob')).when(claimAddress('bob')).then());
  it('is refused when another account was faster', () =>
    address(started('eve'), claimed('bob', 'eve')).when(claimAddress('eve')).thenRefused('conflict', 'address-taken'));
});

describe('who may sign in with an address', () => {
  it('its owner alone', () => {
    expect(signInAccounts(address(started('eve'), claimed('bob', 'eve')).state)).toEqual(['bob']);
  });
  it('or the newest few unverified accounts', () => {
    const ids = Array.from({ length: MAX_SIGN_IN_CANDIDATES + 2 }, (_, index) => `x${index}`);
    expect(signInAccounts(address(...ids.map(started)).state)).toEqual(ids.slice(-MAX_SIGN_IN_CANDIDATES));
    expect(signInAccounts(address().state)).toEqual([]);
  });
});

describe('an address whose account is erased', () => {
  it('is free again', () => {
    address(claimed('ann')).when(releaseAddress('ann')).then(released('ann'));
    address(claimed('ann'), released('ann')).when(releaseAddress('ann')).then();
    address(claimed('ann'), released('ann')).when(startSignUp).then(started('new-id'));
  });
  it('no invitation names the erased account', () => {
    const { state } = address(started('eve'), reserved('eve'), released('eve'));
    expect(userIdFor(state)).toBeUndefined();
  });
});

describe('two spellings of an address', () => {
  it.each([
    [' Ann@Hale.Example ', 'ann@hale.example'],
    ['JOSE\u0301@x.example', 'jos\u00e9@x.example'],
  ])('%j is %j', (typed, same) => expect(normaliseEmail(typed)).toBe(same));
});

describe('asking for a new password', () => {
  const asked = (before: number, accounts: string[] = []): EmailClaimEvent & { at: string } => ({
    type: 'PasswordResetAsked',
    data: { accounts },
    at: new Date(Date.parse(NOW) - before).toISOString(),
  });
  const follows = (...accounts: string[]): EmailClaimEvent => ({ type: 'PasswordResetAsked', data: { accounts } });
  const often = (first: number, last: number) => [
    asked(first),
    ...Array.from({ length: RESETS_REMEMBERED - 2 }, () => asked(last)),
    asked(last),
  ];

  it('names the accounts that the address may sign in to', () => {
    address(claimed('bob')).when(askForReset).then(follows('bob'));
    address(started('eve'), started('ann')).when(askForReset).then(follows('eve', 'ann'));
  });
  it('is written as well where nobody has the address, or has been invited to it only', () => {
    address().when(askForReset).then(follows());
    address(reserved('ann')).when(askForReset).then(follows());
    address(claimed('bob'), released('bob')).when(askForReset).then(follows());
  });
  it('leads to a few mails within an hour, then to one in ten minutes, whoever has the address', () => {
    for (const who of [[], [claimed('bob')]]) {
      const accounts = who.length === 0 ? [] : ['bob'];
      const oneFewer = often(RESET_HOUR_MS - 1, 1).slice(1);
      address(...who, ...oneFewer)
        .when(askForReset)
        .then(follows(...accounts));
      address(...who, ...often(RESET_HOUR_MS - 1, RESET_PAUSE_MS - 1))
        .when(askForReset)
        .then();
      address(...who, ...often(RESET_HOUR_MS - 1, RESET_PAUSE_MS))
        .when(askForReset)
        .then(follows(...accounts));
      address(...who, ...often(RESET_HOUR_MS, 1))
        .when(askForReset)
        .then(follows(...accounts));
    }
  });
  it('does not become cheaper by proving the address in between', () =>
    address(started('eve'), ...often(2, 1), claimed('eve'))
      .when(askForReset)
      .then());
});
