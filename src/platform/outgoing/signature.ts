import { createHmac } from 'node:crypto';
import { randomBytes } from '../random.js';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/** A secret that signs, as its holder pastes it into a library: `whsec_` and base64. */
export const newSigningSecret = (): string => `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;

/**
 * The headers of Standard Webhooks 1.0 (https://www.standardwebhooks.com): one HMAC-SHA256 for each secret, over id, instant and
 * body. A receiver refuses what it has had before by its id, and what is old by its instant.
 *
 * @param at milliseconds since 1970
 */
export function signedHeaders(
  secrets: readonly string[],
  { id, at, body }: { readonly id: string; readonly at: number; readonly body: string },
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1000));
  const sign = (secret: string): string =>
    createHmac('sha256', Buffer.from(secret.slice(PREFIX.length), 'base64'))
      .update(`${id}.${timestamp}.${body}`)
      .digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => `v1,${sign(secret)}`).join(' '),
  };
}
