import { Inject, Injectable } from '@nestjs/common';
import { type Clock, CLOCK, VAULT } from '../../platform/commands/tokens.js';
import { newSigningSecret } from '../../platform/outgoing/signature.js';
import { newId } from '../../platform/random.js';
import type { Vault } from '../../platform/vault/vault.port.js';
import { isLive, secretsOf, signingAt, type Webhook } from './webhook.js';

/** A secret, and the version by which the log names it. */
export interface NewSecret {
  readonly text: string;
  readonly version: string;
}

/** The secrets of webhooks. They stand in the vault only, durable before an event names their version. */
@Injectable()
export class WebhookSecrets {
  constructor(
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async make(id: string): Promise<NewSecret> {
    const secret = { text: newSigningSecret(), version: newId(this.clock()) };
    await this.vault.putCredential(secretsOf(id), secret.version, secret.text);
    return secret;
  }

  /** Drops what does not sign any more, all of a webhook that is deleted. */
  async dropOld(id: string, state: Webhook): Promise<void> {
    if (!isLive(state)) return this.vault.dropCredentials(secretsOf(id));
    const signing = signingAt(state, new Date(this.clock()).toISOString());
    for (const { version } of state.secrets)
      if (!signing.includes(version)) await this.vault.dropCredentials(secretsOf(id), version);
  }
}
