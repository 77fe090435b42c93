import type { EventCatalogue } from '../../kernel/catalogue.js';
import { recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent, Instant, Recorded } from '../../kernel/event.js';

/**
 * The second factor of an account: a slice of its events and state. What is secret stands in the vault under versions, as
 * passwords do; `drops` names versions that no event will ever make current again.
 */

/** A secret was made and shown to its holder, who has yet to show that their device knows it. */
export type SecondFactorPrepared = DomainEvent<
  'SecondFactorPrepared',
  { readonly secret: string; readonly drops: readonly string[] }
>;
/** The device knows the secret: signing in asks for its codes from now on. `step` is the one whose code showed it. */
export type SecondFactorEnabled = DomainEvent<
  'SecondFactorEnabled',
  { readonly secret: string; readonly recovery: string; readonly step: number }
>;
/** A code of the device was used up. */
export type SecondFactorProven = DomainEvent<'SecondFactorProven', { readonly step: number }>;
/** `index` is the code's place in the current set. */
export type RecoveryCodeUsed = DomainEvent<'RecoveryCodeUsed', { readonly index: number; readonly left: number }>;
export type RecoveryCodesReplaced = DomainEvent<
  'RecoveryCodesReplaced',
  { readonly recovery: string; readonly drops: readonly string[] }
>;

/** `mailbox`: the holder of the mailbox took the account from whoever made it with their address. */
export type SecondFactorEnd = 'own' | 'mailbox' | 'operator';
export type SecondFactorDisabled = DomainEvent<
  'SecondFactorDisabled',
  { readonly reason: SecondFactorEnd; readonly drops: readonly string[] }
>;

export type SecondFactorEvent =
  | SecondFactorPrepared
  | SecondFactorEnabled
  | SecondFactorProven
  | RecoveryCodeUsed
  | RecoveryCodesReplaced
  | SecondFactorDisabled;

/** Versions are those of the vault. */
export interface SecondFactor {
  readonly secret: string;
  readonly since: Instant;
  /** Of the last code that was used: no code of this step or an older one works again (RFC 6238 5.2). */
  readonly lastStep: number;
  readonly recovery: string;
  /** Places of the recovery codes that were used. */
  readonly used: ReadonlySet<number>;
}

export interface SecondFactorState {
  readonly on: SecondFactor | undefined;
  /** The secret that waits to be confirmed. */
  readonly pending: { readonly secret: string; readonly at: Instant } | undefined;
}

export const NO_SECOND_FACTOR: SecondFactorState = { on: undefined, pending: undefined };

/** What a code was found to be; the account decides whether it still counts. */
export type Proof =
  | { readonly kind: 'device'; readonly secret: string; readonly step: number }
  | { readonly kind: 'recovery'; readonly recovery: string; readonly index: number };

export const RECOVERY_CODES = 10;

export const recoveryCodesLeft = ({ used }: SecondFactor): number => RECOVERY_CODES - used.size;

/** Whether this code has not been used yet, nor one after it. */
export const isFresh = ({ on }: SecondFactorState, proof: Proof): boolean => {
  if (on === undefined) return false;
  return proof.kind === 'device'
    ? on.secret === proof.secret && proof.step > on.lastStep
    : on.recovery === proof.recovery && !on.used.has(proof.index);
};

const account = (event: { readonly stream: string }): { kind: string; id: string } => ({
  kind: 'account',
  id: recordIdOf(event.stream),
});

const ENDS: Readonly<Record<SecondFactorEnd, string>> = {
  own: 'switched off their second factor',
  mailbox: 'removed the second factor of whoever made the account before',
  operator: 'removed the second factor of an account',
};

const codes = (count: number): string => (count === 1 ? '1 is left' : `${count} are left`);

export const secondFactorEvents: EventCatalogue<SecondFactorEvent> = {
  SecondFactorPrepared: {
    schemaVersion: 1,
    summary: () => 'began to set up a second factor',
    changes: () => [],
    record: account,
  },
  SecondFactorEnabled: {
    schemaVersion: 1,
    summary: () => 'switched on a second factor',
    changes: () => [],
    record: account,
  },
  SecondFactorProven: {
    schemaVersion: 1,
    summary: () => 'gave a code of their second factor',
    changes: () => [],
    record: account,
  },
  RecoveryCodeUsed: {
    schemaVersion: 1,
    summary: ({ left }) => `used a recovery code; ${codes(left)}`,
    changes: () => [],
    record: account,
  },
  RecoveryCodesReplaced: {
    schemaVersion: 1,
    summary: () => 'made new recovery codes',
    changes: () => [],
    record: account,
  },
  SecondFactorDisabled: {
    schemaVersion: 1,
    summary: ({ reason }) => ENDS[reason],
    changes: () => [],
    record: account,
  },
};

export function evolveSecondFactor(state: SecondFactorState, event: Recorded<SecondFactorEvent>): SecondFactorState {
  const { on } = state;
  switch (event.type) {
    case 'SecondFactorPrepared':
      return { ...state, pending: { secret: event.data.secret, at: event.recordedAt } };
    case 'SecondFactorEnabled': {
      const { secret, recovery, step } = event.data;
      return { on: { secret, recovery, lastStep: step, since: event.recordedAt, used: new Set() }, pending: undefined };
    }
    case 'SecondFactorProven':
      return on === undefined ? state : { ...state, on: { ...on, lastStep: event.data.step } };
    case 'RecoveryCodeUsed':
      return on === undefined ? state : { ...state, on: { ...on, used: new Set([...on.used, event.data.index]) } };
    case 'RecoveryCodesReplaced':
      return on === undefined ? state : { ...state, on: { ...on, recovery: event.data.recovery, used: new Set() } };
    case 'SecondFactorDisabled':
      return NO_SECOND_FACTOR;
  }
}
