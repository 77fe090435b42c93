import { Injectable } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Actor, Envelope } from '../../kernel/event.js';
import { conflict, invalid, Refusal } from '../../kernel/refusal.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import { actorOf } from '../../platform/commands/metadata.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { Limits } from '../../platform/http/limits.js';
import { closeSignIn, mayVerify, registerAccount, takeOverAccount, verifyEmail } from './account.decide.js';
import { accounts } from './account.js';
import { AccountWriter, type Head } from './account.writer.js';
import { claimAddress, reserveAddress, startSignUp } from './email-claim.decide.js';
import {
  type AddressClaimed,
  emailClaims,
  type EmailClaimEvent,
  type EmailClaimState,
  userIdFor,
} from './email-claim.js';
import { EmailAddresses } from './emails.service.js';
import { Passwords } from './passwords.service.js';

export interface NewAccount {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly password: string;
}

export interface TakeOver extends NewAccount {
  readonly userId: string;
  readonly context: RequestContext;
}

/** Who has an address. */
export interface Identified {
  /** The account that proved it. */
  readonly verified?: string;
  /** Without one: the accounts that say that it is theirs, oldest first. */
  readonly unverified: readonly string[];
}

const person = (id: string): Actor => ({ kind: 'user', id });

/** People's accounts and their addresses, for the other features of access/. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly writer: AccountWriter,
    private readonly addresses: EmailAddresses,
    private readonly passwords: Passwords,
    private readonly limits: Limits,
  ) {}

  /**
   * Makes an unverified account, or, where the address has an owner, only has the owner told; the same steps and the
   * same answer either way: an id. @throws Refusal for a password that cannot be one, or too many sign-ups for the address
   */
  async signUp({ password, ...names }: NewAccount, context: RequestContext): Promise<string> {
    const address = await this.addresses.idOf(names.email);
    await this.limits.account('sign-up', address);
    const phc = await this.passwords.hash(password);
    const [started] = await this.writer.write(emailClaims, address, {
      decide: startSignUp,
      by: this.writer.request(context, 'SignUp', ([event]) => person(idOfSignUp(event))),
    });
    const accountId = idOfSignUp(started);
    if (started?.type === 'SignUpRepeated') {
      await this.passwords.pretendToKeep(phc);
      return accountId;
    }
    const credential = await this.passwords.keep(accountId, phc);
    await this.writer.write(accounts, accountId, {
      decide: registerAccount({ accountId, address, ...names, credential }),
      by: this.writer.request(context, 'SignUp', person(accountId)),
    });
    return accountId;
  }

  /**
   * The mail that `eventId` asked for came back: the account owns its address from now on. The same click again changes
   * nothing. @throws Refusal for a mail that is too old or was replaced, or when another account was faster.
   */
  async verify(accountId: string, eventId: string, context: RequestContext): Promise<Head> {
    const state = await this.writer.state(accounts, accountId);
    const again = state.verified && state.verification?.eventId === eventId;
    if (!again && !mayVerify(state, eventId, this.writer.now())) throw staleLink();
    await this.claim(state.address, accountId, context);
    return this.writer.head(accounts, accountId);
  }

  async identify(email: string): Promise<Identified> {
    const { owner, candidates } = await this.claimOf(email);
    if (owner !== undefined) return { verified: owner, unverified: [] };
    const states = await Promise.all(candidates.map((id) => this.writer.state(accounts, id)));
    return { unverified: candidates.filter((_, index) => accounts.exists(states[index]!)) };
  }

  /** The user id for an invitation to this address: its account's, or one that is kept for whoever comes. */
  async reserveUserId(email: string, context?: RequestContext): Promise<string> {
    const address = await this.addresses.idOf(email);
    await this.writer.write(emailClaims, address, {
      decide: reserveAddress,
      by:
        context === undefined
          ? this.writer.system('InviteUser')
          : this.writer.request(context, 'InviteUser', actorOf(context)),
    });
    const userId = userIdFor(await this.writer.state(emailClaims, address));
    if (userId === undefined) throw new Error('An address was reserved and names no user');
    return userId;
  }

  /**
   * The holder of the mailbox, by an invitation's token, gives a password: makes the account with this id, or takes over
   * the unverified one, whose password and sessions die; the address is theirs. Of several at once, the one whose password
   * is current when the address is verified gets it: from then on nothing here changes the password.
   *
   * @throws Refusal `unauthenticated` where the address has another, verified account: its session is what counts;
   * `conflict` where somebody else was faster, or it was done before.
   */
  async takeOver(request: TakeOver): Promise<string> {
    const { userId, context } = request;
    const address = await this.addresses.idOf(request.email);
    const { owner } = await this.writer.state(emailClaims, address);
    if (owner !== undefined) throw owner === userId ? usedMeanwhile() : signInInstead();
    const credential = await this.passwords.keep(userId, await this.passwords.hash(request.password));
    try {
      await this.give(address, credential, request);
      await this.claim(address, userId, context);
      if (!(await this.isCurrent(userId, credential))) throw usedMeanwhile();
    } catch (error) {
      // Where it is not known whether the log names this version, it stays.
      const refused = error instanceof Refusal && error.code === 'conflict';
      if (refused && !(await this.isCurrent(userId, credential))) await this.passwords.forget(userId, credential);
      throw error;
    }
    return userId;
  }

  /** What follows from a claim: the account is verified, the others are closed. Safe to repeat, by whoever. */
  async settle(claim: AddressClaimed & Envelope): Promise<void> {
    const { accountId, closes } = claim.data;
    const by = this.writer.consequence(claim, 'VerifyEmail');
    await Promise.all([
      this.writer.write(accounts, accountId, {
        decide: verifyEmail(recordIdOf(claim.stream)),
        by,
        eventIds: [derivedId('EmailVerified', claim.id)],
      }),
      ...closes.map((id) =>
        this.writer.write(accounts, id, {
          decide: closeSignIn,
          by,
          eventIds: [derivedId('SignInClosed', claim.id, id)],
        }),
      ),
    ]);
  }

  /** The account comes before the claim: what ends in between can be repeated, since nobody owns the address yet. */
  private async give(address: string, credential: string, request: TakeOver): Promise<void> {
    const { userId, email, firstName, lastName, context } = request;
    await this.writer.write(accounts, userId, {
      decide: takeOverAccount({ accountId: userId, address, email, firstName, lastName, credential }),
      by: this.writer.request(context, 'AcceptInvitation', person(userId)),
    });
  }

  private async isCurrent(userId: string, credential: string): Promise<boolean> {
    return (await this.writer.state(accounts, userId)).credential === credential;
  }

  /**
   * The mailbox is the account's: the claim and what follows from it; what an earlier attempt left undone is done.
   *
   * @throws Refusal `conflict` where another account claimed it first
   */
  async claim(address: string, accountId: string, context: RequestContext): Promise<void> {
    const by = this.writer.request(context, 'VerifyEmail', person(accountId));
    const events = await this.writer.write(emailClaims, address, { decide: claimAddress(accountId), by });
    for (const event of events) if (event.type === 'AddressClaimed') await this.settle(event);
    if (events.length === 0) await this.writer.write(accounts, accountId, { decide: verifyEmail(address), by });
  }

  private async claimOf(email: string): Promise<EmailClaimState> {
    return this.writer.state(emailClaims, await this.addresses.idOf(email));
  }
}

function idOfSignUp(event: EmailClaimEvent | undefined): string {
  switch (event?.type) {
    case 'SignUpStarted':
      return event.data.accountId;
    case 'SignUpRepeated':
      return event.data.attempt;
    case 'AddressReserved':
    case 'PasswordResetAsked':
    case 'AddressClaimed':
    case 'AddressReleased':
    case undefined:
      throw new Error('A sign-up decided something else');
  }
}

const staleLink = (): Refusal => invalid('token', 'this link is not valid any more; sign up again to get a new one');

const usedMeanwhile = (): Refusal =>
  conflict('account-verified', 'An invitation to this address was used in the meantime; sign in to the account');

const signInInstead = (): Refusal =>
  new Refusal('unauthenticated', 'This address has a verified account; sign in to it to accept the invitation');
