import { Inject, Injectable } from '@nestjs/common';
import { invalid } from '../../kernel/refusal.js';
import { VAULT } from '../../platform/commands/tokens.js';
import { mailToken, readMailToken } from '../../platform/mail/tokens.js';
import type { Vault } from '../../platform/vault/vault.port.js';

/** What a link lets its holder do; a token of one purpose is nothing for another. */
export type LinkPurpose = 'verify-email' | 'reset-password';

/** Which account a link is about, and the event that asked for it. */
export interface AccountLink {
  readonly accountId: string;
  readonly eventId: string;
}

/** Tokens of the links to an account. Nothing is kept: whether one is still good follows from the account's log. */
@Injectable()
export class AccountLinks {
  constructor(@Inject(VAULT) private readonly vault: Vault) {}

  async issue(purpose: LinkPurpose, { accountId, eventId }: AccountLink): Promise<string> {
    return mailToken(await this.vault.secret('mail-tokens'), purpose, accountId, eventId);
  }

  /** @throws Refusal `validation-failed` for anything that was not issued here for this purpose */
  async read(purpose: LinkPurpose, token: string): Promise<AccountLink> {
    const [accountId, eventId] = readMailToken(await this.vault.secret('mail-tokens'), purpose, token) ?? [];
    if (accountId === undefined || eventId === undefined)
      throw invalid('token', 'this is not a link from one of our mails');
    return { accountId, eventId };
  }
}
