import type { EventCatalogue } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent, Instant, Recorded } from '../../kernel/event.js';

/**
 * A signed tree head of an organisation. It stands outside of the organisation's events: the tree does not hold it, and the
 * trail does not show it.
 */
export type CheckpointSigned = DomainEvent<
  'CheckpointSigned',
  {
    /** Number of leaves, and the root over them in base64. */
    readonly size: number;
    readonly root: string;
    /** The signed note, as anybody may be shown it. */
    readonly note: string;
  }
>;

/** A public key that signs from now on. Older ones are kept, for what they have signed. */
export type SigningKeyIntroduced = DomainEvent<
  'SigningKeyIntroduced',
  {
    /** 1 for the first. The seed is the vault's secret `signingSecret(generation)`. */
    readonly generation: number;
    /** Raw Ed25519 public key in base64. */
    readonly publicKey: string;
  }
>;

export interface CheckpointState {
  readonly size: number;
  readonly note: string | undefined;
  readonly at: Instant | undefined;
}

export interface SigningKey {
  readonly generation: number;
  readonly publicKey: string;
  readonly since: Instant;
}

const checkpointEvents: EventCatalogue<CheckpointSigned> = {
  CheckpointSigned: {
    schemaVersion: 1,
    summary: ({ size }) => `signed a checkpoint over ${size} events`,
    changes: () => [],
    record: ({ stream }) => ({ kind: 'checkpoint', id: recordIdOf(stream) }),
  },
};

const keyEvents: EventCatalogue<SigningKeyIntroduced> = {
  SigningKeyIntroduced: {
    schemaVersion: 1,
    summary: ({ generation }) => `introduced signing key ${generation}`,
    changes: () => [],
    record: ({ stream }) => ({ kind: 'signing-keys', id: recordIdOf(stream) }),
  },
};

/** Of an organisation, the newest. Stream `checkpoint-<organisation>`; nothing but the notary writes it. */
export const checkpoints: Aggregate<CheckpointState, CheckpointSigned> = {
  name: 'checkpoint',
  within: 'nothing',
  events: checkpointEvents,
  readsPersonalFields: false,
  initial: () => ({ size: 0, note: undefined, at: undefined }),
  evolve: (_, { data: { size, note }, recordedAt }: Recorded<CheckpointSigned>) => ({ size, note, at: recordedAt }),
  exists: ({ size }) => size > 0,
  facts: () => ({}),
};

/** Every signing key there ever was, oldest first. Stream `signing-keys-all`. */
export const signingKeys: Aggregate<readonly SigningKey[], SigningKeyIntroduced> = {
  name: 'signing-keys',
  within: 'nothing',
  events: keyEvents,
  readsPersonalFields: false,
  initial: () => [],
  evolve: (keys, { data, recordedAt }) => [...keys, { ...data, since: recordedAt }],
  exists: (keys) => keys.length > 0,
  facts: () => ({}),
};

export const SIGNING_KEYS = 'all';

/** The vault's name of the seed of a signing key. */
export const signingSecret = (generation: number): string => `audit-signing-${generation}`;

/** The log that a checkpoint is of, and the name of the key that signs it. */
export const originOf = (organisation: string): string => `countersign/${organisation}`;

export const proofEvents = { ...checkpointEvents, ...keyEvents };
