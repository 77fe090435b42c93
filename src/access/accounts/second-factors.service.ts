import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Secret, TOTP } from 'otpauth';
import { CLOCK, type Clock, VAULT } from '../../platform/commands/tokens.js';
import { newId } from '../../platform/random.js';
import type { Vault } from '../../platform/vault/vault.port.js';
import type { AccountState } from './account.js';
import { GuessLimits } from './guesses.limits.js';
import { isFresh, type Proof, RECOVERY_CODES } from './second-factor.js';

/** What every authenticator app takes (RFC 6238 with SHA-1, 6 digits, 30 seconds); 160 bits as RFC 4226 4 R6 recommends. */
const ISSUER = 'Countersign';
const SECRET_BYTES = 20;
const PERIOD_SECONDS = 30;
/** Steps before and after the present one whose codes are taken: clocks differ, and people type (RFC 6238 5.2). */
const WINDOW = 1;

/** 80 bits each: no search finds one, so a fast hash is enough to keep them. */
const RECOVERY_BYTES = 10;
const RECOVERY_FORM = /^[a-z2-7]{16}$/;

/** Shown once, never again. */
export interface Enrolment {
  /** Version in the vault. */
  readonly version: string;
  /** Base32 (RFC 4648), for typing. */
  readonly secret: string;
  /** `otpauth://totp/...`, for a QR code. */
  readonly uri: string;
}

export interface RecoverySet {
  readonly version: string;
  /** Shown once, never again: `abcd-efgh-2345-mnop`. */
  readonly codes: readonly string[];
}

/**
 * Secrets of second factors and what codes prove. The vault keeps the secret, and the SHA-256 of each recovery code, under
 * versions that the account's log names. Whether a code was used before is the log's to say.
 */
@Injectable()
export class SecondFactors {
  constructor(
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly limits: GuessLimits,
  ) {}

  /** A new secret, durable in the vault. `label` is shown by the app: the person's address. */
  async makeSecret(accountId: string, label: string): Promise<Enrolment> {
    const secret = new Secret({ size: SECRET_BYTES });
    const version = await this.keep(accountId, secret.base32);
    return { version, secret: secret.base32, uri: totpOf(secret.base32, label).toString() };
  }

  /** A new set of recovery codes, durable in the vault as hashes. */
  async makeRecoveryCodes(accountId: string): Promise<RecoverySet> {
    const codes = Array.from({ length: RECOVERY_CODES }, () =>
      new Secret({ size: RECOVERY_BYTES }).base32.toLowerCase().replace(/(.{4})(?=.)/g, '$1-'),
    );
    const hashes = codes.map((code) => hashOf(plain(code)).toString('base64url'));
    return { version: await this.keep(accountId, JSON.stringify(hashes)), codes };
  }

  /** Drops a version that no event names. */
  async forget(accountId: string, version: string): Promise<void> {
    await this.vault.dropCredentials(accountId, version);
  }

  /**
   * The step whose code this is, for a secret that waits to be confirmed; undefined for a wrong code.
   *
   * @throws Refusal `too-many-requests`
   */
  async confirm(account: AccountState, secret: string, code: string): Promise<number | undefined> {
    return this.limits.code(guessedWith(account), () => this.stepOf(account.id, secret, plain(code)));
  }

  /**
   * What a code proves for an account with a second factor, whose password was right already: a code of the device or one of
   * the recovery codes, not used before. Undefined for anything else.
   *
   * @throws Refusal `too-many-requests` for codes of a device; recovery codes are too long to be guessed
   */
  async prove(account: AccountState, code: string): Promise<Proof | undefined> {
    const proof = await this.read(account, plain(code));
    return proof !== undefined && isFresh(account.secondFactor, proof) ? proof : undefined;
  }

  private async read(account: AccountState, code: string): Promise<Proof | undefined> {
    const { id, secondFactor } = account;
    if (secondFactor.on === undefined) return undefined;
    const { secret, recovery } = secondFactor.on;
    if (RECOVERY_FORM.test(code)) {
      const index = await this.indexOf(id, recovery, code);
      return index === undefined ? undefined : { kind: 'recovery', recovery, index };
    }
    const step = await this.limits.code(guessedWith(account), () => this.stepOf(id, secret, code));
    return step === undefined ? undefined : { kind: 'device', secret, step };
  }

  private async stepOf(accountId: string, version: string, code: string): Promise<number | undefined> {
    const secret = await this.vault.credential(accountId, version);
    if (secret === undefined || !/^\d{6}$/.test(code)) return undefined;
    const timestamp = this.clock();
    const delta = totpOf(secret).validate({ token: code, timestamp, window: WINDOW });
    return delta === null ? undefined : Math.floor(timestamp / 1000 / PERIOD_SECONDS) + delta;
  }

  /** Every hash is compared, whichever it is. */
  private async indexOf(accountId: string, version: string, code: string): Promise<number | undefined> {
    const kept = await this.vault.credential(accountId, version);
    const given = hashOf(code);
    let found: number | undefined;
    for (const [index, hash] of (JSON.parse(kept ?? '[]') as string[]).entries()) {
      if (timingSafeEqual(Buffer.from(hash, 'base64url'), given)) found = index;
    }
    return found;
  }

  private async keep(accountId: string, content: string): Promise<string> {
    const version = newId(this.clock());
    await this.vault.putCredential(accountId, version, content);
    return version;
  }
}

const totpOf = (secret: string, label = 'account'): TOTP =>
  new TOTP({ issuer: ISSUER, label, algorithm: 'SHA1', digits: 6, period: PERIOD_SECONDS, secret });

/** As a person may type it. */
const plain = (code: string): string => code.replace(/[\s-]/g, '').toLowerCase();

const hashOf = (code: string): Buffer => createHash('sha256').update(code).digest();

/** Guesses count against the password that they were made with: a new one leaves the guesser outside. */
const guessedWith = ({ id, credential }: AccountState): string => `${id}|${credential ?? ''}`;
