import { Inject, Injectable } from '@nestjs/common';
import { invalid } from '../../kernel/refusal.js';
import { VAULT } from '../../platform/commands/tokens.js';
import { mailToken, readMailToken } from '../../platform/mail/tokens.js';
import type { Vault } from '../../platform/vault/vault.port.js';
import type { InvitationLink } from '../organisations/invitations.decide.js';

/** The link in a mail: which invitation of which organisation, and the event that asked for that very mail. */
export interface InvitationMail extends InvitationLink {
  readonly organisation: string;
}

const PURPOSE = 'accept-invitation';

/** Tokens of invitations. Nothing is kept: what became of an invitation is in the organisation's log. */
@Injectable()
export class InvitationTokens {
  constructor(@Inject(VAULT) private readonly vault: Vault) {}

  async issue({ organisation, invitationId, mailEventId }: InvitationMail): Promise<string> {
    return mailToken(await this.vault.secret('mail-tokens'), PURPOSE, organisation, invitationId, mailEventId);
  }

  /** @throws Refusal `validation-failed` for anything that was not issued here */
  async read(token: string): Promise<InvitationMail> {
    const parts = readMailToken(await this.vault.secret('mail-tokens'), PURPOSE, token) ?? [];
    const [organisation, invitationId, mailEventId] = parts;
    if (organisation === undefined || invitationId === undefined || mailEventId === undefined) {
      throw invalid('token', 'is not from a link in one of our mails');
    }
    return { organisation, invitationId, mailEventId };
  }
}
