import { Injectable } from '@nestjs/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { Refusal } from '../../kernel/refusal.js';
import { placeOf } from '../../platform/http/limits.js';

/** Wrong passwords for one account from one place, and for how many seconds from the first one they count. */
export const FAILURES_ALLOWED = 5;
const WINDOW = 5 * 60;

/** From one place, whatever the account: whoever tries one password on many accounts. */
const FAILURES_OF_A_PLACE = 200;
/**
 * For one account from everywhere: it is being attacked. Each place then has one try instead of five, so its owner, who
 * is somewhere else, still gets in.
 */
const FAILURES_OF_AN_ACCOUNT = 100;
const ACCOUNT_WINDOW = 15 * 60;

/**
 * Failed sign-ins by account and place. The account is the id of the address that was given, whether anybody has it or
 * not, so a 429 tells nothing. Tries of one account from one place are made one after the other: many at once have no
 * more tries than many in a row.
 */
@Injectable()
export class SignInLimits {
  private readonly pairs = new RateLimiterMemory({ keyPrefix: 'pair', points: FAILURES_ALLOWED, duration: WINDOW });
  private readonly places = new RateLimiterMemory({
    keyPrefix: 'place',
    points: FAILURES_OF_A_PLACE,
    duration: WINDOW,
  });
  private readonly accounts = new RateLimiterMemory({
    keyPrefix: 'account',
    points: FAILURES_OF_AN_ACCOUNT,
    duration: ACCOUNT_WINDOW,
  });
  private readonly turns = new Map<string, Promise<unknown>>();

  /** Runs a check that answers undefined for a failure. @throws Refusal `too-many-requests` without running it. */
  async attempt<T>(account: string, ip: string, check: () => Promise<T | undefined>): Promise<T | undefined> {
    const place = placeOf(ip);
    const pair = `${account}|${place}`;
    return this.inTurn(pair, async () => {
      await this.refuseTooMany(account, place, pair);
      const result = await check();
      if (result !== undefined) {
        await this.pairs.delete(pair);
        return result;
      }
      await Promise.all([this.pairs.penalty(pair), this.places.penalty(place), this.accounts.penalty(account)]);
      return undefined;
    });
  }

  private async refuseTooMany(account: string, place: string, pair: string): Promise<void> {
    const [ofPair, ofPlace, ofAccount] = await Promise.all([
      this.pairs.get(pair),
      this.places.get(place),
      this.accounts.get(account),
    ]);
    const allowed = (ofAccount?.consumedPoints ?? 0) >= FAILURES_OF_AN_ACCOUNT ? 1 : FAILURES_ALLOWED;
    for (const [limit, count] of [
      [allowed, ofPair],
      [FAILURES_OF_A_PLACE, ofPlace],
    ] as const) {
      if (count === null || count.consumedPoints < limit) continue;
      throw new Refusal('too-many-requests', 'Too many failed attempts to sign in; try again later', {
        retryAfter: Math.max(1, Math.ceil(count.msBeforeNext / 1000)),
      });
    }
  }

  private async inTurn<T>(pair: string, work: () => Promise<T>): Promise<T> {
    const before = this.turns.get(pair) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.turns.set(pair, mine);
    try {
      return await mine;
    } finally {
      if (this.turns.get(pair) === mine) this.turns.delete(pair);
    }
  }
}
