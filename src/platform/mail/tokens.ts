import { createHmac, timingSafeEqual } from 'node:crypto';

/** No token of ours comes near. */
const LONGEST_TOKEN = 2048;

/**
 * A token for a link in a mail: what it is about, and an HMAC-SHA-256 (RFC 2104) over that and its purpose. It is derived,
 * not stored: the same event gives the same token, so a mail can be sent again. Whether it was used, and how long it is
 * good, is in the log.
 *
 * @param secret 32 bytes from the vault
 * @param purpose what the token may be used for: `verify-email`
 * @param parts ids that it is about, the id of the event that asked for the mail last; nothing personal, they can be read
 */
export function mailToken(secret: Uint8Array, purpose: string, ...parts: readonly string[]): string {
  const body = Buffer.from(JSON.stringify(parts)).toString('base64url');
  return `${body}.${macOf(secret, purpose, body)}`;
}

/** The parts of a token that was made for this purpose with this secret; undefined for anything else. Constant in time. */
export function readMailToken(secret: Uint8Array, purpose: string, token: string): readonly string[] | undefined {
  if (token.length > LONGEST_TOKEN) return undefined;
  const [body, mac, ...more] = token.split('.');
  if (body === undefined || mac === undefined || more.length > 0) return undefined;
  // Texts are compared, so that a token has one form only.
  const [given, expected] = [Buffer.from(mac), Buffer.from(macOf(secret, purpose, body))];
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  return JSON.parse(Buffer.from(body, 'base64url').toString()) as readonly string[];
}

/** The body is base64url, which has no NUL, so purpose and body cannot run into each other. */
function macOf(secret: Uint8Array, purpose: string, body: string): string {
  return createHmac('sha256', secret).update(`mail-token\0${purpose}\0${body}`).digest('base64url');
}
