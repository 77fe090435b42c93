import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Actor, Envelope } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { placeOf } from '../../platform/http/limits.js';
import { mayReset, requestResetByMail, resetPassword, staleResetLink } from './account.decide.js';
import { accounts } from './account.js';
import { AccountLinks } from './account-links.tokens.js';
import { AccountWriter, type Head } from './account.writer.js';
import { AccountsService } from './accounts.service.js';
import { askForReset } from './email-claim.decide.js';
import { emailClaims, type PasswordResetAsked } from './email-claim.js';
import { EmailAddresses } from './emails.service.js';
import { orForget } from './or-forget.js';
import { Passwords } from './passwords.service.js';

/** Requests for one address from one place, in so many seconds. How many mails an address gets is decided by its log. */
const ASKS_ALLOWED = 10;
const ASKS_WINDOW = 15 * 60;

const nobody: Actor = { kind: 'system', id: 'public' };

/** New passwords by mail: asked for by anybody, set by whoever has the mailbox. */
@Injectable()
export class PasswordResets {
  private readonly asks = new RateLimiterMemory({ points: ASKS_ALLOWED, duration: ASKS_WINDOW });

  constructor(
    private readonly writer: AccountWriter,
    private readonly addresses: EmailAddresses,
    private readonly passwords: Passwords,
    private readonly links: AccountLinks,
    private readonly accounts: AccountsService,
  ) {}

  /**
   * One event in the stream of the address, whether anybody has it or not; links and mails follow from that.
   *
   * @throws Refusal `too-many-requests`, for addresses that nobody has as for others
   */
  async ask(email: string, context: RequestContext): Promise<void> {
    const address = await this.addresses.idOf(email);
    await this.refuseTooMany(`${address}|${placeOf(context.source.ip)}`);
    await this.writer.write(emailClaims, address, {
      decide: askForReset,
      by: this.writer.request(context, 'AskForPasswordReset', nobody),
    });
  }

  /**
   * What follows from `ask`: a link for each account that the address may sign in to. Safe to repeat, at any time: a request
   * that was followed is not followed again, nor one whose link would be too old by now.
   */
  async follow(asked: PasswordResetAsked & Envelope): Promise<void> {
    const by = this.writer.consequence(asked, 'RequestPasswordReset');
    for (const id of asked.data.accounts) {
      await this.writer.write(accounts, id, {
        decide: requestResetByMail({ revision: asked.revision, at: asked.recordedAt }),
        by,
        eventIds: [derivedId('PasswordResetRequested', asked.id, id)],
      });
    }
  }

  /**
   * Sets a password by the link that `eventId` made, once. Who has a link from a mail has the mailbox: an unverified account
   * is verified by it, and nothing of whoever made it opens it any more.
   *
   * @throws Refusal `validation-failed` for a link that is used, too old or replaced, and for a password that cannot be one
   */
  async reset(token: string, password: string, context: RequestContext): Promise<Head & { readonly id: string }> {
    const { accountId, eventId } = await this.links.read('reset-password', token);
    const account = await this.writer.state(accounts, accountId);
    if (!mayReset(account, eventId, this.writer.now())) throw staleResetLink();
    const credential = await this.passwords.keep(accountId, await this.passwords.hash(password));
    await orForget(
      () =>
        this.writer.write(accounts, accountId, {
          decide: resetPassword(eventId, credential),
          by: this.writer.request(context, 'ResetPassword', { kind: 'user', id: accountId }),
        }),
      () => this.passwords.forget(accountId, credential),
    );
    // The password comes before the claim: nobody ever has a verified account with somebody else's password.
    if (account.reset?.via === 'mail') await this.accounts.claim(account.address, accountId, context);
    return { id: accountId, ...(await this.writer.head(accounts, accountId)) };
  }

  private async refuseTooMany(key: string): Promise<void> {
    try {
      await this.asks.consume(key);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      const retryAfter = Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
      throw new Refusal('too-many-requests', 'This was asked for too often; try again later', { retryAfter });
    }
  }
}
