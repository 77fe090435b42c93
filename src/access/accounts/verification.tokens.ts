import { Inject, Injectable } from '@nestjs/common';
import { invalid } from '../../kernel/refusal.js';
import { VAULT } from '../../platform/commands/tokens.js';
import { mailToken, readMailToken } from '../../platform/mail/tokens.js';
import type { Vault } from '../../platform/vault/vault.port.js';

/** Which account is to be verified, and the event that asked for the mail. */
export interface Verification {
  readonly accountId: string;
  readonly eventId: string;
}

const PURPOSE = 'verify-email';

/** Tokens of the links that prove an address. Nothing is kept: how long one is good follows from the account's log. */
@Injectable()
export class VerificationTokens {
  constructor(@Inject(VAULT) private readonly vault: Vault) {}

  async issue({ accountId, eventId }: Verification): Promise<string> {
    return mailToken(await this.vault.secret('mail-tokens'), PURPOSE, accountId, eventId);
  }

  /** @throws Refusal `validation-failed` for anything that was not issued here */
  async read(token: string): Promise<Verification> {
    const [accountId, eventId] = readMailToken(await this.vault.secret('mail-tokens'), PURPOSE, token) ?? [];
    if (accountId === undefined || eventId === undefined)
      throw invalid('token', 'this is not a link from one of our mails');
    return { accountId, eventId };
  }
}
