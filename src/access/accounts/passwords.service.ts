import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash, type Options, verify } from '@node-rs/argon2';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { invalid, Refusal } from '../../kernel/refusal.js';
import { CLOCK, type Clock, VAULT } from '../../platform/commands/tokens.js';
import { newId } from '../../platform/random.js';
import type { Vault } from '../../platform/vault/vault.port.js';

/** argon2id is the library's default algorithm; parameters of the OWASP Password Storage Cheat Sheet, m in KiB. */
const PARAMETERS: Options = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1, outputLen: 32 };

/** NIST SP 800-63B 5.1.1.2: at least 8; the upper bound only keeps a request from being expensive. In code points. */
export const MIN_PASSWORD = 8;
export const MAX_PASSWORD = 200;

/** A password check takes a thread and 19 MiB for some 20 ms: so many at once, and so many waiting. */
const AT_ONCE = Math.min(4, Math.max(2, availableParallelism()));
const MAX_WAITING = 256;

/** Asked for where there is no account, so that the vault is asked all the same. */
const NO_VERSION = '00000000-0000-0000-0000-000000000000';

/** NFKC (NIST SP 800-63B 5.1.1.2), so that a password is the same from every keyboard; never trimmed. */
const normalise = (password: string): string => password.normalize('NFKC');

/**
 * Passwords of accounts: argon2id, off the main thread, at most a few at once. The vault keeps the PHC string under a
 * version; which version is current stands in the account's log. No password is ever in an event, a log line or an error.
 */
@Injectable()
export class Passwords implements OnModuleInit {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  /** The PHC string of a password that nobody has, for checks where there is no account. */
  private decoy: string | undefined;

  constructor(
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    this.decoy = await hash(randomBytes(32), PARAMETERS);
  }

  /**
   * The PHC string for a new password, which stands in the field of that name.
   *
   * @throws Refusal for one that is too short or too long, or when too many wait
   */
  async hash(password: string, field = 'password'): Promise<string> {
    const normal = normalise(password);
    const length = Array.from(normal).length;
    if (length < MIN_PASSWORD) throw invalid(field, `use at least ${MIN_PASSWORD} characters`);
    if (length > MAX_PASSWORD) throw invalid(field, `use at most ${MAX_PASSWORD} characters`);
    return this.inTurn(() => hash(normal, PARAMETERS));
  }

  /** Makes the PHC string durable under a new version, which an event must now name to make it current. */
  async keep(accountId: string, phc: string): Promise<string> {
    const version = newId(this.clock());
    await this.vault.putCredential(accountId, version, phc);
    return version;
  }

  /** Drops a version that is not current and never will be. */
  async forget(accountId: string, version: string): Promise<void> {
    await this.vault.dropCredentials(accountId, version);
  }

  /** Does the work that `keep` does and leaves nothing behind: for an answer that must not tell whether it kept something. */
  async pretendToKeep(phc: string): Promise<void> {
    const nobody = newId(this.clock());
    await this.keep(nobody, phc);
    await this.vault.dropCredentials(nobody);
  }

  /** Whether this is the account's password. Takes as long where the account or its credential does not exist. */
  async check(password: string, accountId: string, credential: string | undefined): Promise<boolean> {
    const phc = await this.vault.credential(accountId, credential ?? NO_VERSION);
    const against = phc ?? this.decoy;
    if (against === undefined) throw new Error('Passwords are checked before the module has started');
    const matches = await this.inTurn(() => verify(against, normalise(password)));
    return matches && phc !== undefined;
  }

  /** @throws Refusal `unavailable` when too many wait already. */
  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= AT_ONCE) {
      if (this.waiting.length >= MAX_WAITING) {
        throw new Refusal('unavailable', 'Too many people are signing in at this moment; try again', { retryAfter: 2 });
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else {
      this.running += 1;
    }
    try {
      return await work();
    } finally {
      // The place goes to whoever waited longest, or is free.
      const next = this.waiting.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }
}
