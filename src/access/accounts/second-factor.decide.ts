import type { Decide } from '../../kernel/decider.js';
import type { Instant } from '../../kernel/event.js';
import { conflict, invalid, type Refusal } from '../../kernel/refusal.js';
import type { AccountEvent, AccountState } from './account.js';
import { isFresh, type Proof, RECOVERY_CODES, type SecondFactorEnd, type SecondFactorState } from './second-factor.js';

type Decision = Decide<AccountState, AccountEvent>;

/** A secret that was shown is to be confirmed within this time. */
export const ENROLMENT_LIFETIME_MS = 30 * 60 * 1000;

export const wrongCode = (): Refusal => invalid('code', 'is not a code that works now');

export const noSecondFactor = (): Refusal => conflict('second-factor-off', 'This account has no second factor');

/** Makes the secret with this version the one to confirm, in place of one that was never confirmed. */
export const prepareSecondFactor =
  (secret: string): Decision =>
  ({ secondFactor: { on, pending } }) => {
    if (on !== undefined) throw conflict('second-factor-on', 'Switch off the second factor that you have first');
    return [{ type: 'SecondFactorPrepared', data: { secret, drops: pending === undefined ? [] : [pending.secret] } }];
  };

/** The secret that a code may confirm now. @throws Refusal `conflict` where there is none */
export function secretToConfirm({ on, pending }: SecondFactorState, now: Instant): string {
  if (on !== undefined) throw conflict('second-factor-on', 'The second factor is switched on already');
  if (pending === undefined || Date.parse(now) - Date.parse(pending.at) >= ENROLMENT_LIFETIME_MS)
    throw conflict('second-factor-not-prepared', 'Ask for a new secret first');
  return pending.secret;
}

/** The holder's device gave the code of `step`; their recovery codes stand under the version `recovery`. */
export const enableSecondFactor =
  ({ secret, step, recovery }: { secret: string; step: number; recovery: string }): Decision =>
  ({ secondFactor }, { now }) => {
    if (secretToConfirm(secondFactor, now) !== secret) throw wrongCode();
    return [{ type: 'SecondFactorEnabled', data: { secret, recovery, step } }];
  };

/** Uses up the code, once; @throws Refusal where that was done before, by whoever on whichever node */
export function useUp({ secondFactor }: AccountState, proof: Proof): AccountEvent {
  if (!isFresh(secondFactor, proof)) throw wrongCode();
  if (proof.kind === 'device') return { type: 'SecondFactorProven', data: { step: proof.step } };
  const left = RECOVERY_CODES - secondFactor.on!.used.size - 1;
  return { type: 'RecoveryCodeUsed', data: { index: proof.index, left } };
}

export const disableSecondFactor =
  (proof: Proof): Decision =>
  (state) => [useUp(state, proof), ...withoutSecondFactor(state, 'own')];

export const replaceRecoveryCodes =
  (recovery: string, proof: Proof): Decision =>
  (state) => [
    useUp(state, proof),
    { type: 'RecoveryCodesReplaced', data: { recovery, drops: [state.secondFactor.on!.recovery] } },
  ];

/** Ends the second factor, and a secret that waits; nothing where there is neither. */
export function withoutSecondFactor(
  { secondFactor: { on, pending } }: AccountState,
  reason: SecondFactorEnd,
): AccountEvent[] {
  const drops = [
    ...(on === undefined ? [] : [on.secret, on.recovery]),
    ...(pending === undefined ? [] : [pending.secret]),
  ];
  return drops.length === 0 ? [] : [{ type: 'SecondFactorDisabled', data: { reason, drops } }];
}
