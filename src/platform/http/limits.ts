import { Inject, Injectable } from '@nestjs/common';
import { isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Refusal } from '../../kernel/refusal.js';
import type { Principal } from '../commands/principal.js';
import { SETTINGS, type Settings } from '../config/settings.js';

/**
 * How often the routes that ask for nobody may be used, in this process. Generous where a whole office shares one address, tight
 * where one person would be bothered. Failed sign-ins have their own, stricter count in access/.
 */
export const LIMITS = {
  /** One route without a person, from one place. */
  anonymous: { points: 600, seconds: 60 },
  /** Sign-ups for one address: each of them sends its owner a mail. */
  'sign-up': { points: 10, seconds: 60 * 60 },
  /** Invitations sent again to one person, likewise. */
  invitation: { points: 20, seconds: 60 * 60 },
} as const;

/** What is counted by account. */
export type AccountLimit = 'sign-up' | 'invitation';

const limiter = (points: number, seconds: number): RateLimiterMemory =>
  new RateLimiterMemory({ points, duration: seconds });

/** Refuses who asks too often: 429 with `Retry-After`. */
@Injectable()
export class Limits {
  private readonly places = limiter(LIMITS.anonymous.points, LIMITS.anonymous.seconds);
  private readonly accounts: Readonly<Record<AccountLimit, RateLimiterMemory>> = {
    'sign-up': limiter(LIMITS['sign-up'].points, LIMITS['sign-up'].seconds),
    invitation: limiter(LIMITS.invitation.points, LIMITS.invitation.seconds),
  };

  /** One request of somebody who is signed in; there only where `RATE_LIMIT` is set. */
  readonly request?: (principal: Principal) => Promise<void>;

  constructor(@Inject(SETTINGS) { rateLimit }: Pick<Settings, 'rateLimit'>) {
    if (rateLimit === undefined) return;
    const principals = limiter(rateLimit, 1);
    this.request = ({ apiKey, userId }) =>
      consume(principals, apiKey ?? userId, 'You send more requests a second than are allowed here');
  }

  /** One request that asks for nobody, by route and place. */
  anonymous(route: string, ip: string): Promise<void> {
    return consume(this.places, `${route}|${placeOf(ip)}`, 'Too many requests from your address');
  }

  /** One more for this account (or address, by an id that does not tell it). The caller asks before it does anything. */
  account(what: AccountLimit, account: string): Promise<void> {
    return consume(this.accounts[what], account, 'This was asked for too often; try again later');
  }
}

async function consume(limit: RateLimiterMemory, key: string, detail: string): Promise<void> {
  try {
    await limit.consume(key);
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    throw new Refusal('too-many-requests', detail, { retryAfter: Math.max(1, Math.ceil(refused.msBeforeNext / 1000)) });
  }
}

/** An IPv4 address, or the /64 of an IPv6 one, which is what a provider gives to one customer. */
export function placeOf(ip: string): string {
  if (!isIPv6(ip) || ip.includes('.')) return ip;
  const [head = '', tail] = ip.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - groups.length - after.length }, () => '0');
  const whole = [...groups, ...zeros, ...after].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${whole.join(':')}::/64`;
}
