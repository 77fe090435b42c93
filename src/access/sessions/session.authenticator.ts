import { Injectable } from '@nestjs/common';
import type { Principal } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import type { Authenticator } from '../../platform/http/authenticator.port.js';
import { accounts, isSessionAlive } from '../accounts/account.js';
import { SessionTokens } from './session-tokens.service.js';

/**
 * Whose access token this is. What a token says is remembered until it expires; whether its session is alive is asked of
 * the log each time, so a session that ended anywhere is over here.
 */
@Injectable()
export class SessionAuthenticator implements Authenticator {
  constructor(
    private readonly tokens: SessionTokens,
    private readonly states: StateCache,
  ) {}

  async authenticate(bearer: string): Promise<Principal | undefined> {
    const session = await this.tokens.readAccess(bearer);
    if (session === undefined) return undefined;
    const { userId, sessionId } = session;
    const { state } = await this.states.load(accounts, '', userId);
    return isSessionAlive(state, sessionId) ? { userId, session: sessionId } : undefined;
  }
}
