import { createHmac } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { VAULT } from '../../platform/commands/tokens.js';
import type { Vault } from '../../platform/vault/vault.port.js';
import { normaliseEmail } from './email.js';

/** Ids of addresses: HMAC-SHA256 (hex) under a secret of the vault, so that the log cannot be searched for an address. */
@Injectable()
export class EmailAddresses {
  private secret: Promise<Uint8Array> | undefined;

  constructor(@Inject(VAULT) private readonly vault: Vault) {}

  async idOf(email: string): Promise<string> {
    this.secret ??= this.vault.secret('email-address');
    // A vault that was away is asked again.
    this.secret.catch(() => (this.secret = undefined));
    return createHmac('sha256', await this.secret)
      .update(normaliseEmail(email))
      .digest('hex');
  }
}
