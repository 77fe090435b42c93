import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { MAILER } from '../../platform/commands/tokens.js';
import { PublicUrl } from '../../platform/config/public-url.js';
import type { Mailer } from '../../platform/mail/mailer.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import { type AccountRegistered, accounts } from './account.js';
import { AccountLinks } from './account-links.tokens.js';
import { AccountWriter } from './account.writer.js';
import type { SignUpRepeated } from './email-claim.js';
import { Profiles } from './profiles.service.js';

/**
 * Mails about signing up. They hold nothing that whoever signed up has written, names included: they may go to somebody
 * else's mailbox.
 */
@Injectable()
export class AccountMails implements Reactor, OnModuleInit {
  readonly name = 'account-mails';
  readonly types = ['AccountRegistered', 'SignUpRepeated'] as const;

  constructor(
    @Inject(MAILER) private readonly mailer: Mailer,
    private readonly publicUrl: PublicUrl,
    private readonly writer: AccountWriter,
    private readonly profiles: Profiles,
    private readonly links: AccountLinks,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this);
  }

  async handle(event: Recorded, signal?: AbortSignal): Promise<void> {
    const publicUrl = await this.publicUrl.known(signal);
    const mine = event as Recorded<AccountRegistered | SignUpRepeated>;
    switch (mine.type) {
      case 'AccountRegistered':
        return this.askToVerify(mine, publicUrl);
      case 'SignUpRepeated':
        return this.tellOwner(mine, publicUrl);
    }
  }

  /** Not where an invitation proved the address, nor when it is too late for a mail: verified, taken over, or erased. */
  private async askToVerify(event: Recorded<AccountRegistered>, publicUrl: string): Promise<void> {
    if (event.data.origin === 'invitation') return;
    const accountId = recordIdOf(event.stream);
    const { revision } = await this.writer.head(accounts, accountId);
    const { verified, verification } = await this.writer.state(accounts, accountId);
    // A reactor may be handed an event before it is acknowledged; a state without it says nothing about what came later.
    if (revision >= event.revision && (verified || verification?.eventId !== event.id)) return;
    const token = await this.links.issue('verify-email', { accountId, eventId: event.id });
    await this.mailer.send({
      to: event.data.email,
      subject: 'Confirm your email address',
      messageId: event.id,
      text: [
        'Somebody signed up for Countersign with this email address. If it was you, confirm the address:',
        '',
        `${publicUrl}/verify#token=${token}`,
        '',
        'The link is good for seven days. If it was not you, do nothing: without your confirmation the account is not',
        'yours, and nobody else can claim your address.',
      ].join('\n'),
    });
  }

  private async tellOwner({ data, id }: Recorded<SignUpRepeated>, publicUrl: string): Promise<void> {
    const { status } = await this.writer.state(accounts, data.owner);
    if (!data.notify || status === 'erased') return;
    const { doc } = await this.profiles.current(data.owner);
    if (doc === null) return;
    await this.mailer.send({
      to: doc.email,
      subject: 'You already have an account',
      messageId: id,
      text: [
        'Somebody tried to sign up for Countersign with this email address. You have an account with it already, so nothing',
        'was changed. If it was you, sign in instead:',
        '',
        publicUrl,
        '',
        'If it was not you, there is nothing to do: nobody learned that you have an account.',
      ].join('\n'),
    });
  }
}
