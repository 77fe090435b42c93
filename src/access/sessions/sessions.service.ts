import { Injectable } from '@nestjs/common';
import type { Actor, Instant } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { endSession, signIn, wrongCredentials } from '../accounts/account.decide.js';
import { accounts, type SessionEnd } from '../accounts/account.js';
import { AccountWriter } from '../accounts/account.writer.js';
import { emailClaims, signInAccounts } from '../accounts/email-claim.js';
import { EmailAddresses } from '../accounts/emails.service.js';
import { Passwords } from '../accounts/passwords.service.js';
import { refreshSession } from './session.decide.js';
import { sessions } from './session.js';
import { type RefreshToken, type SessionRef, SessionTokens } from './session-tokens.service.js';
import { SignInLimits } from './sign-in.limits.js';

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** What a client signs in with from now on. Secrets: never logged, never kept, never answered twice. */
export interface SessionKeys {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
}

interface Match {
  readonly userId: string;
  readonly credential: string;
}

/** The account that is tried where an address has none: it never exists. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

const actorOf = ({ userId, sessionId }: SessionRef): Actor => ({ kind: 'user', id: userId, session: sessionId });

/** Begins, refreshes and ends sessions. A session lives in its account's stream, its refresh tokens in its own. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly writer: AccountWriter,
    private readonly addresses: EmailAddresses,
    private readonly passwords: Passwords,
    private readonly tokens: SessionTokens,
    private readonly limits: SignInLimits,
  ) {}

  /** @throws Refusal `unauthenticated`, the same for whatever is wrong; `too-many-requests` */
  async signIn({ email, password }: Credentials, context: RequestContext): Promise<SessionKeys> {
    const address = await this.addresses.idOf(email);
    const match = await this.limits.attempt(address, context.source.ip, () => this.whoseIs(address, password));
    if (match === undefined) throw wrongCredentials();
    const { userId, credential } = match;
    const events = await this.writer.write(accounts, userId, {
      decide: signIn(credential),
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
      by: this.writer.request(context, 'EndSession', actorOf(session)),
    });
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
