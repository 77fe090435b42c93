import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
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
 * Wrong codes of a device, by whoever knows the password, from everywhere: three of a million codes are right at a time, so
 * it takes years to meet one. The owner's way out is a recovery code, or a new password, which is counted anew.
 */
export const CODES_ALLOWED = 10;
const CODES_WINDOW = 60 * 60;

/**
 * Wrong guesses by account and place. The account is whatever was given, whether anybody has it or not (at the front door the
 * id of an address), so a 429 tells nothing. Tries of one account from one place are made one after the other: many at once
 * have no more tries than many in a row.
 */
@Injectable()
export class GuessLimits {
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
  private readonly codes = new RateLimiterMemory({ keyPrefix: 'code', points: CODES_ALLOWED, duration: CODES_WINDOW });
  private readonly turns = new Map<string, Promise<unknown>>();

  /**
   * Runs a check that answers undefined for a failure; what it throws counts neither as one nor as a success.
   *
   * @throws Refusal `too-many-requests` without running it
   */
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

  /**
   * Runs a check of a code, counted before it is made, so that many at once are no more than many in a row; a right one, and
   * one that could not be made, is not counted. @throws Refusal `too-many-requests` without running it
   */
  async code<T>(account: string, check: () => Promise<T | undefined>): Promise<T | undefined> {
    const count = await this.codes.penalty(account);
    let failed = false;
    try {
      if (count.consumedPoints > CODES_ALLOWED) throw tooMany('Too many wrong codes; use a recovery code', count);
      const result = await check();
      failed = result === undefined;
      return result;
    } finally {
      if (!failed) await this.codes.reward(account);
    }
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
      throw tooMany('Too many failed attempts; try again later', count);
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

const tooMany = (detail: string, { msBeforeNext }: RateLimiterRes): Refusal =>
  new Refusal('too-many-requests', detail, { retryAfter: Math.max(1, Math.ceil(msBeforeNext / 1000)) });
