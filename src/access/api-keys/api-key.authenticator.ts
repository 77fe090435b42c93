import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import type { Authenticator } from '../../platform/http/authenticator.port.js';
import { accounts } from '../accounts/account.js';
import { isKeyText, keyRefOf } from './api-key.text.js';
import { ApiKeyUses } from './api-key-uses.service.js';
import { isGoodKey } from '../organisations/api-keys.js';
import { organisations } from '../organisations/organisation.js';

/**
 * Whose API key this is. Nothing of a key is remembered: whether it is there is asked of the log each time, so a key that
 * ended anywhere is over here.
 */
@Injectable()
export class ApiKeyAuthenticator implements Authenticator {
  constructor(
    private readonly states: StateCache,
    private readonly uses: ApiKeyUses,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async authenticate(bearer: string): Promise<Principal | undefined> {
    const ref = keyRefOf(bearer);
    if (ref === undefined) return undefined;
    const { state } = await this.states.load(organisations, '', ref.organisation);
    const key = state.apiKeys.get(ref.id);
    if (!isKeyText(bearer, key?.hash) || key === undefined) return undefined;
    const { state: account } = await this.states.load(accounts, '', key.userId);
    if (!isGoodKey(key, account, this.clock())) return undefined;
    this.uses.note(ref.organisation, key);
    return { userId: key.userId, apiKey: key.id };
  }
}
