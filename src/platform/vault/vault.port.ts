import type { Instant } from '../../kernel/event.js';

/**
 * What must not stand in the log: subject keys, credentials, service secrets. It is no view and is never rebuilt. Everything
 * in it is encrypted (AES-256-GCM) under the master key; resolved promises mean durable (fsync). Every method rejects with
 * `VaultUnavailable` while it cannot be reached, and with `VaultUnreadable` for content that does not open.
 */
export interface Vault {
  /** The data key of a subject in an organisation (`''` for a person's own account), made when it is missing. */
  subjectKeyForWriting(organisation: string, subject: string): Promise<SubjectKey>;
  /** `erased` where an erasure destroyed it and recorded that; undefined where there never was one. */
  subjectKey(organisation: string, subject: string): Promise<SubjectKey | 'erased' | undefined>;
  /** Destroys the key for good. Later `subjectKeyForWriting` for the same subject throws `SubjectErased`. */
  destroySubjectKey(organisation: string, subject: string): Promise<void>;

  /** The register of erasures, oldest first: after a restore of older keys each is destroyed again. */
  erasures(): Promise<readonly Erasure[]>;

  /**
   * Stores a credential under a version: the PHC string of a password, the secret of a second factor, the hashes of recovery
   * codes. The log says which version is current, and of what. Versions never change: the same again is fine, another one
   * throws `CredentialVersionTaken` (so make a new version for each attempt).
   */
  putCredential(account: string, version: string, phc: string): Promise<void>;
  credential(account: string, version: string): Promise<string | undefined>;
  /**
   * One version, or all of an account that is erased. Never all but one: a version that somebody is just putting, and that
   * the log will name in a moment, is not to be known from old ones.
   */
  dropCredentials(account: string, version?: string): Promise<void>;

  /** 32 random bytes by name, made on first use: signing and HMAC keys of the service. */
  secret(name: string): Promise<Uint8Array>;

  close(): Promise<void>;
}

export interface SubjectKey {
  /** 32 bytes, AES-256. */
  readonly key: Uint8Array;
}

export interface Erasure {
  readonly organisation: string;
  readonly subject: string;
  readonly erasedAt: Instant;
}

/** What it takes to open events: a thread or tool that only reads has no more than this. */
export type VaultReader = Pick<Vault, 'subjectKey' | 'close'>;

export class SubjectErased extends Error {
  override readonly name = 'SubjectErased';
}

export class CredentialVersionTaken extends Error {
  override readonly name = 'CredentialVersionTaken';
}

/** The vault cannot be used now. A write may have happened: every one of them may be repeated. Answered as 503. */
export class VaultUnavailable extends Error {
  override readonly name = 'VaultUnavailable';
}

/** The vault's content does not open under this master key, or was altered. */
export class VaultUnreadable extends Error {
  override readonly name = 'VaultUnreadable';
}
