import { Injectable } from '@nestjs/common';
import type { Principal } from '../../platform/commands/principal.js';
import type { Authenticator } from '../../platform/http/authenticator.port.js';
import { ApiKeyAuthenticator } from '../api-keys/api-key.authenticator.js';
import { looksLikeKey } from '../api-keys/api-key.text.js';
import { SessionAuthenticator } from './session.authenticator.js';

/** Who a bearer is: an API key is known by its beginning, everything else is tried as an access token. */
@Injectable()
export class BearerAuthenticator implements Authenticator {
  constructor(
    private readonly sessions: SessionAuthenticator,
    private readonly keys: ApiKeyAuthenticator,
  ) {}

  authenticate(bearer: string): Promise<Principal | undefined> {
    return looksLikeKey(bearer) ? this.keys.authenticate(bearer) : this.sessions.authenticate(bearer);
  }
}
