import { Injectable } from '@nestjs/common';
import type { Actor, Instant } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import {
  endAllSessions,
  endSession,
  secondFactorAsked,
  secondFactorRefused,
  signIn,
  wrongCredentials,
} from '../accounts/account.decide.js';
import { accounts, type SessionEnd } from '../accounts/account.js';
import { AccountWriter } from '../accounts/account.writer.js';
import { emailClaims, signInAccounts } from '../accounts/email-claim.js';
import { EmailAddresses } from '../accounts/emails.service.js';
import { GuessLimits } from '../accounts/guesses.limits.js';
import { Passwords } from '../accounts/passwords.service.js';
import type { Proof } from '../accounts/second-factor.js';
import { SecondFactors } from '../accounts/second-factors.service.js';
import { refreshSession } from './session.decide.js';
import { sessions } from './session.js';
import { type RefreshToken, type SessionRef, SessionTokens } from './session-tokens.service.js';

export interface Credentials {
  readonly email: string;
  readonly password: string;
  /** Of the second factor. */
  readonly code?: string;
}

/** What a client signs in with from now on. Secrets: never logged, never kept, never answered twice. */
export interface SessionKeys {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
}

/** Whose password it was, and which version. */
interface Match {
  readonly userId: string;
  readonly credential: string;
}

/** A match, and what its code proved where it has a second factor. */
type Known = Match & { readonly proof?: Proof };

/** The account that is tried where an address has none: it never exists. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

const actorOf = ({ userId, sessionId }: SessionRef): Actor => ({ kind: 'user', id: userId, session: sessionId });

/** The session that asks, where one does; a refresh token speaks for its own. */
const actorIn = ({ principal }: RequestContext, ref: Pick<SessionRef, 'userId'> & Partial<SessionRef>): Actor => {
  const session = principal?.session ?? ref.sessionId;
  return { kind: 'user', id: ref.userId, ...(session === undefined ? {} : { session }) };
};

/** Begins, refreshes and ends sessions. A session lives in its account's stream, its refresh tokens in its own. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly writer: AccountWriter,
    private readonly addresses: EmailAddresses,
    private readonly passwords: Passwords,
    private readonly tokens: SessionTokens,
    private readonly factors: SecondFactors,
    private readonly limits: GuessLimits,
  ) {}

  /**
   * @throws Refusal `unauthenticated`, the same for whatever is wrong with address and password; with `secondFactor` for a
   * right password whose code is missing or wrong; `too-many-requests`
   */
  async signIn({ email, password, code }: Credentials, context: RequestContext): Promise<SessionKeys> {
    const address = await this.addresses.idOf(email);
    let refusal = wrongCredentials();
    const known = await this.limits.attempt<Known>(address, context.source.ip, async () => {
      const match = await this.whoseIs(address, password);
      if (match === undefined) return undefined;
      refusal = secondFactorRefused();
      return this.withCode(match, code);
    });
    if (known === undefined) throw refusal;
    const { userId, credential, proof } = known;
    const events = await this.writer.write(accounts, userId, {
      decide: signIn(credential, proof),
      by: this.writer.request(context, 'SignIn', { kind: 'user', id: userId }),
    });
    for (const event of events) {
      if (event.type !== 'SignedIn') continue;
      return this.keys({ userId, sessionId: event.data.sessionId, generation: 0 }, event.data.until);
    }
    throw new Error('A sign-in decided something else');
  }

  /** The next pair of tokens. A token that was used before ends the session: one of its two users is not the person. */
  async refresh(token: string, context: RequestContext): Promise<SessionKeys> {
    const refresh = await this.tokens.readRefresh(token);
    if (refresh === undefined) throw signInAgain();
    const { sessions: open } = await this.writer.state(accounts, refresh.userId);
    const until = open.get(refresh.sessionId)?.until;
    if (until === undefined || until <= this.writer.now()) throw signInAgain();
    const [refreshed] = await this.writer.write(sessions, refresh.sessionId, {
      decide: refreshSession(refresh.generation),
      by: this.writer.request(context, 'RefreshSession', actorOf(refresh)),
    });
    if (refreshed === undefined) {
      await this.end(refresh, 'reuse', context);
      throw signInAgain();
    }
    return this.keys({ ...refresh, generation: refreshed.data.generation }, until);
  }

  /** Resolves when nobody gets in with the session any more. */
  async end(session: SessionRef, reason: SessionEnd, context: RequestContext): Promise<void> {
    await this.writer.write(accounts, session.userId, {
      decide: endSession(session.sessionId, reason),
      by: this.writer.request(context, 'EndSession', actorIn(context, session)),
    });
  }

  /** Resolves when nobody gets in with any session of this person any more. */
  async endAll(userId: string, context: RequestContext): Promise<void> {
    await this.writer.write(accounts, userId, {
      decide: endAllSessions('signed-out'),
      by: this.writer.request(context, 'SignOutEverywhere', actorIn(context, { userId })),
    });
  }

  /**
   * The code of a match that needs one; undefined for a wrong one, which counts as a failure. A missing one counts neither as
   * a failure nor as a success, so it gives no guess more.
   */
  private async withCode(match: Match, code: string | undefined): Promise<Known | undefined> {
    const account = await this.writer.state(accounts, match.userId);
    if (account.secondFactor.on === undefined) return match;
    if (code === undefined) throw secondFactorAsked();
    const proof = await this.factors.prove(account, code);
    return proof === undefined ? undefined : { ...match, proof };
  }

  /**
   * The account whose password this is, among those that the address may sign in to: its owner, or else the newest few
   * unverified ones. All are checked whatever the outcome, and nobody's where there is none.
   */
  private async whoseIs(address: string, password: string): Promise<Match | undefined> {
    const claim = await this.writer.state(emailClaims, address);
    const ids = signInAccounts(claim);
    const matches = await Promise.all(
      (ids.length === 0 ? [NOBODY] : ids).map((userId) => this.match(userId, password)),
    );
    return matches.find((match) => match !== undefined);
  }

  private async match(userId: string, password: string): Promise<Match | undefined> {
    const { status, credential } = await this.writer.state(accounts, userId);
    const matches = await this.passwords.check(password, userId, credential);
    return matches && status === 'open' && credential !== undefined ? { userId, credential } : undefined;
  }

  private async keys(refresh: RefreshToken, until: Instant): Promise<SessionKeys> {
    const [{ token, expiresIn }, refreshToken] = await Promise.all([
      this.tokens.issueAccess(refresh, until),
      this.tokens.issueRefresh(refresh),
    ]);
    return { accessToken: token, refreshToken, expiresIn };
  }
}

const signInAgain = (): Refusal => new Refusal('unauthenticated', 'This session is over; sign in again');
