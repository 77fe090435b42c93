import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Instant } from '../../kernel/event.js';
import { isUuid } from '../../kernel/ids.js';
import { CLOCK, type Clock, VAULT } from '../../platform/commands/tokens.js';
import type { Vault } from '../../platform/vault/vault.port.js';

/** A session and whose it is. */
export interface SessionRef {
  readonly userId: string;
  readonly sessionId: string;
}

export interface RefreshToken extends SessionRef {
  readonly generation: number;
}

export interface AccessToken {
  readonly token: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** Seconds that an access token lives, less where its session ends before. */
export const ACCESS_TOKEN_SECONDS = 900;

const ISSUER = 'countersign';
/** Two UUIDs, a generation of 32 bits, an HMAC-SHA256. */
const REFRESH_BYTES = 16 + 16 + 4;
const MAC_BYTES = 32;
const MAX_REMEMBERED = 10_000;
/** No token of ours is longer; nothing longer is looked at. */
const MAX_TOKEN_LENGTH = 1024;

interface Secrets {
  readonly access: KeyObject;
  readonly refresh: Uint8Array;
}

/**
 * Access tokens: JWTs (RFC 7519, HS256) that say who and which session. Refresh tokens: session, generation, and an HMAC,
 * so nothing of them needs to be kept. Whether a session is alive is not theirs to say.
 */
@Injectable()
export class SessionTokens {
  private secrets: Promise<Secrets> | undefined;
  /** Verified access tokens until they expire: checking a signature costs more than routing the request. */
  private readonly verified = new LRUCache<string, SessionRef & { readonly expiresAt: number }>({
    max: MAX_REMEMBERED,
  });

  constructor(
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async issueAccess({ userId, sessionId }: SessionRef, until: Instant): Promise<AccessToken> {
    const { access } = await this.keys();
    const now = Math.floor(this.clock() / 1000);
    const expires = Math.min(now + ACCESS_TOKEN_SECONDS, Math.floor(Date.parse(until) / 1000));
    const token = await new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuer(ISSUER)
      .setSubject(userId)
      .setIssuedAt(now)
      .setExpirationTime(expires)
      .sign(access);
    return { token, expiresIn: expires - now };
  }

  /** Undefined for anything but a token of ours that has not expired. */
  async readAccess(token: string): Promise<SessionRef | undefined> {
    const now = this.clock();
    const known = this.verified.get(token);
    if (known !== undefined) {
      if (now < known.expiresAt) return known;
      this.verified.delete(token);
      return undefined;
    }
    if (token.length > MAX_TOKEN_LENGTH) return undefined;
    const { access } = await this.keys();
    const claims = await jwtVerify(token, access, {
      algorithms: ['HS256'],
      issuer: ISSUER,
      requiredClaims: ['sub', 'sid', 'exp'],
      currentDate: new Date(now),
    }).then(
      ({ payload }) => payload,
      () => undefined,
    );
    if (typeof claims?.sub !== 'string' || typeof claims['sid'] !== 'string' || claims.exp === undefined)
      return undefined;
    const session = { userId: claims.sub, sessionId: claims['sid'], expiresAt: claims.exp * 1000 };
    this.verified.set(token, session);
    return session;
  }

  async issueRefresh({ userId, sessionId, generation }: RefreshToken): Promise<string> {
    const body = Buffer.concat([uuidBytes(userId), uuidBytes(sessionId), Buffer.alloc(4)]);
    body.writeUInt32BE(generation, 32);
    return Buffer.concat([body, await this.mac(body)]).toString('base64url');
  }

  /** Undefined for anything that was not issued here. */
  async readRefresh(token: string): Promise<RefreshToken | undefined> {
    if (token.length > MAX_TOKEN_LENGTH) return undefined;
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length !== REFRESH_BYTES + MAC_BYTES) return undefined;
    const body = bytes.subarray(0, REFRESH_BYTES);
    if (!timingSafeEqual(bytes.subarray(REFRESH_BYTES), await this.mac(body))) return undefined;
    return { userId: uuidText(body, 0), sessionId: uuidText(body, 16), generation: body.readUInt32BE(32) };
  }

  private async mac(body: Buffer): Promise<Buffer> {
    return createHmac('sha256', (await this.keys()).refresh)
      .update(body)
      .digest();
  }

  private keys(): Promise<Secrets> {
    this.secrets ??= this.readSecrets();
    // A vault that was away is asked again.
    this.secrets.catch(() => (this.secrets = undefined));
    return this.secrets;
  }

  private async readSecrets(): Promise<Secrets> {
    const [access, refresh] = await Promise.all([
      this.vault.secret('access-token'),
      this.vault.secret('refresh-token'),
    ]);
    return { access: createSecretKey(access), refresh };
  }
}

function uuidBytes(id: string): Buffer {
  if (!isUuid(id)) throw new RangeError('A session and its person have UUIDs');
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

const uuidText = (bytes: Buffer, start: number): string =>
  bytes.toString('hex', start, start + 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
