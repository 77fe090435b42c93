import { given, NOW } from '../../../test/support/specification.js';
import { type AccountEvent, accounts } from './account.js';
import {
  disableSecondFactor,
  enableSecondFactor,
  ENROLMENT_LIFETIME_MS,
  prepareSecondFactor,
  replaceRecoveryCodes,
} from './second-factor.decide.js';
import { recoveryCodesLeft } from './second-factor.js';

const registered: AccountEvent = {
  type: 'AccountRegistered',
  data: {
    accountId: 'ann',
    address: 'a1',
    email: 'ann@hale.example',
    firstName: 'Ann',
    lastName: 'Hale',
    credential: 'v1',
    origin: 'sign-up',
  },
};
const prepared = (secret: string, ...drops: string[]): AccountEvent => ({
  type: 'SecondFactorPrepared',
  data: { secret, drops },
});
const enabled: AccountEvent = { type: 'SecondFactorEnabled', data: { secret: 't1', recovery: 'r1', step: 100 } };
const disabled = (reason: 'own' | 'operator', ...drops: string[]): AccountEvent => ({
  type: 'SecondFactorDisabled',
  data: { reason, drops },
});
const used = (index: number, left: number): AccountEvent => ({ type: 'RecoveryCodeUsed', data: { index, left } });
const device = { kind: 'device', secret: 't1', step: 101 } as const;
const code = { kind: 'recovery', recovery: 'r1', index: 2 } as const;
const confirmation = { secret: 't1', step: 100, recovery: 'r1' };
const account = (...events: readonly (AccountEvent & { at?: string })[]) =>
  given(accounts, 'ann', registered, ...events);
const ago = (milliseconds: number): string => new Date(Date.parse(NOW) - milliseconds).toISOString();

describe('setting up a second factor', () => {
  it('makes a secret that waits, in place of another one', () => {
    account().when(prepareSecondFactor('t1')).then(prepared('t1'));
    account(prepared('t1')).when(prepareSecondFactor('t2')).then(prepared('t2', 't1'));
  });
  it('is refused where there is one', () =>
    account(enabled).when(prepareSecondFactor('t2')).thenRefused('conflict', 'second-factor-on'));
  it('is done when a device has shown a code', () => {
    account(prepared('t1')).when(enableSecondFactor(confirmation)).then(enabled);
    const { on, pending } = account(prepared('t1'), enabled).state.secondFactor;
    expect({ on, pending }).toEqual({
      on: { secret: 't1', recovery: 'r1', lastStep: 100, since: NOW, used: new Set() },
      pending: undefined,
    });
  });
  it('is not done with a secret that was replaced, nor one that waited too long, nor twice', () => {
    account(prepared('t1'), prepared('t2', 't1'))
      .when(enableSecondFactor(confirmation))
      .thenRefused('validation-failed');
    account({ ...prepared('t1'), at: ago(ENROLMENT_LIFETIME_MS) })
      .when(enableSecondFactor(confirmation))
      .thenRefused('conflict', 'second-factor-not-prepared');
    account({ ...prepared('t1'), at: ago(ENROLMENT_LIFETIME_MS - 1) })
      .when(enableSecondFactor(confirmation))
      .then(enabled);
    account(prepared('t1'), enabled).when(enableSecondFactor(confirmation)).thenRefused('conflict', 'second-factor-on');
  });
});

describe('a second factor', () => {
  it('is switched off with a code, which is used up', () => {
    account(enabled)
      .when(disableSecondFactor(device))
      .then({ type: 'SecondFactorProven', data: { step: 101 } }, disabled('own', 't1', 'r1'));
    account(enabled)
      .when(disableSecondFactor(code))
      .then(used(2, 9), disabled('own', 't1', 'r1'));
  });
  it('is not switched off with a code that was used, nor twice', () => {
    account(enabled, used(2, 9)).when(disableSecondFactor(code)).thenRefused('validation-failed');
    account(enabled)
      .when(disableSecondFactor({ ...device, step: 100 }))
      .thenRefused('validation-failed');
    account(enabled, disabled('own', 't1', 'r1'))
      .when(disableSecondFactor(device))
      .thenRefused('validation-failed');
  });
  it('has new recovery codes for a code; those before are void', () => {
    account(enabled, used(2, 9))
      .when(replaceRecoveryCodes('r2', device))
      .then(
        { type: 'SecondFactorProven', data: { step: 101 } },
        { type: 'RecoveryCodesReplaced', data: { recovery: 'r2', drops: ['r1'] } },
      );
    const replaced: AccountEvent = { type: 'RecoveryCodesReplaced', data: { recovery: 'r2', drops: ['r1'] } };
    const { on } = account(enabled, used(2, 9), replaced).state.secondFactor;
    expect(recoveryCodesLeft(on!)).toBe(10);
    account(enabled, replaced).when(disableSecondFactor(code)).thenRefused('validation-failed');
  });
});
