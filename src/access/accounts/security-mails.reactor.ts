import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { MAILER } from '../../platform/commands/tokens.js';
import { PublicUrl } from '../../platform/config/public-url.js';
import type { Mailer } from '../../platform/mail/mailer.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import { mayReset } from './account.decide.js';
import { accounts, type CredentialReplaced, type PasswordResetRequested } from './account.js';
import { AccountLinks } from './account-links.tokens.js';
import { AccountWriter } from './account.writer.js';
import { Profiles } from './profiles.service.js';
import type {
  RecoveryCodesReplaced,
  RecoveryCodeUsed,
  SecondFactorDisabled,
  SecondFactorEnabled,
} from './second-factor.js';

/** What changed about how one signs in: whoever did not do it must hear of it. */
type Notable =
  CredentialReplaced | SecondFactorEnabled | SecondFactorDisabled | RecoveryCodeUsed | RecoveryCodesReplaced;

interface Notice {
  readonly subject: string;
  /** A sentence. */
  readonly what: string;
}

/** Mails about how an account is signed in to. They hold no name that somebody has typed. */
@Injectable()
export class SecurityMails implements Reactor, OnModuleInit {
  readonly name = 'security-mails';
  readonly types = [
    'PasswordResetRequested',
    'CredentialReplaced',
    'SecondFactorEnabled',
    'SecondFactorDisabled',
    'RecoveryCodeUsed',
    'RecoveryCodesReplaced',
  ] as const;

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
    const mine = event as Recorded<PasswordResetRequested | Notable>;
    if (mine.type === 'PasswordResetRequested') await this.sendLink(mine, publicUrl);
    else await this.tell(mine, publicUrl);
  }

  /** Not where it is too late: another link was asked for, the password was set, half an hour is over. */
  private async sendLink(event: Recorded<PasswordResetRequested>, publicUrl: string): Promise<void> {
    if (event.data.via !== 'mail') return;
    const accountId = recordIdOf(event.stream);
    const { revision } = await this.writer.head(accounts, accountId);
    const account = await this.writer.state(accounts, accountId);
    // A reactor may be handed an event before it is acknowledged; a state without it says nothing about what came later.
    if (revision >= event.revision && !mayReset(account, event.id, this.writer.now())) return;
    const { doc } = await this.profiles.current(accountId);
    if (doc === null) return;
    const token = await this.links.issue('reset-password', { accountId, eventId: event.id });
    await this.mailer.send({
      to: doc.email,
      subject: 'Choose a new password',
      messageId: event.id,
      text: [
        ...(account.verified ? KNOWN : UNCONFIRMED),
        '',
        `${publicUrl}/reset-password#token=${token}`,
        '',
        'The link is good for 30 minutes, for one use, and only until you ask for another one. It ends every session; a',
        'second factor stays as it is. If it was not you, do nothing: your password has not changed.',
      ].join('\n'),
    });
  }

  /** Only to a mailbox that was shown to be the account's: nobody can have a stranger bothered. */
  private async tell(event: Recorded<Notable>, publicUrl: string): Promise<void> {
    // Whoever made the account with somebody else's address is not told that the mailbox's holder has it now.
    if (event.type === 'SecondFactorDisabled' && event.data.reason === 'mailbox') return;
    const accountId = recordIdOf(event.stream);
    const { verified, status } = await this.writer.state(accounts, accountId);
    const { doc } = await this.profiles.current(accountId);
    if (!verified || status !== 'open' || doc === null) return;
    const { subject, what } = noticeOf(event);
    await this.mailer.send({
      to: doc.email,
      subject,
      messageId: event.id,
      text: [
        `${what} It was done on ${whenOf(event)}.`,
        '',
        'If it was you, there is nothing to do. If it was not, choose a new password by mail right away, which signs out',
        'everybody, and look at your second factor afterwards:',
        '',
        publicUrl,
      ].join('\n'),
    });
  }
}

const KNOWN = ['Somebody asked for a new password for your Countersign account. If it was you, choose one here:'];
const UNCONFIRMED = [
  'Somebody asked for a new password for a Countersign account that was made with this email address and never confirmed.',
  'If you made it, choose a password here, which confirms the address too:',
];

const whenOf = ({ recordedAt }: Recorded): string => `${recordedAt.slice(0, 10)} at ${recordedAt.slice(11, 16)} UTC`;

function noticeOf(event: Recorded<Notable>): Notice {
  switch (event.type) {
    case 'CredentialReplaced':
      return {
        subject: 'Your password was changed',
        what:
          event.data.reason === 'reset'
            ? 'The password of your Countersign account was set anew by a link, and every session was ended.'
            : 'The password of your Countersign account was changed, and every other session was ended.',
      };
    case 'SecondFactorEnabled':
      return {
        subject: 'Your second factor was switched on',
        what: 'Signing in to your Countersign account asks for a code from now on.',
      };
    case 'SecondFactorDisabled':
      return {
        subject: 'Your second factor was switched off',
        what: 'Signing in to your Countersign account takes the password alone from now on.',
      };
    case 'RecoveryCodeUsed':
      return {
        subject: 'A recovery code was used',
        what: `One of the recovery codes of your Countersign account was used; ${event.data.left} are left.`,
      };
    case 'RecoveryCodesReplaced':
      return {
        subject: 'You have new recovery codes',
        what: 'New recovery codes were made for your Countersign account; the older ones do not work any more.',
      };
  }
}
