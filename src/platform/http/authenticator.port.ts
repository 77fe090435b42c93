import type { Principal } from '../commands/principal.js';

/** Who holds a bearer token: an access token or an API key. Implemented by access/. */
export interface Authenticator {
  /**
   * The principal; undefined for anything that is not, or not any more, a token of ours: malformed, expired, revoked. Throws
   * only where it cannot know (a store that is away); the request is then answered 503, never let in.
   */
  authenticate(bearer: string): Promise<Principal | undefined>;
}

export const AUTHENTICATOR = Symbol('Authenticator');
