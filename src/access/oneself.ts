import { Refusal } from '../kernel/refusal.js';
import type { RequestContext } from '../platform/commands/principal.js';

/** The person whom a route under `/v1/me` is about: whoever is signed in. @throws Refusal for an API key, which is nobody */
export function oneself({ principal }: RequestContext): string {
  if (principal === undefined) throw new Refusal('unauthenticated', 'Sign in first');
  if (principal.apiKey !== undefined)
    throw new Refusal('permission-denied', 'An account is not for API keys', { permission: 'own' });
  return principal.userId;
}
