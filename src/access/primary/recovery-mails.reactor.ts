import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Recorded } from '../../kernel/event.js';
import { MAILER } from '../../platform/commands/tokens.js';
import type { Mailer } from '../../platform/mail/mailer.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import type { AccountRecovered } from '../accounts/recovery.js';

/** Tells the old address of an account that it has another one now: an operator may have been deceived about who asked. */
@Injectable()
export class RecoveryMails implements Reactor, OnModuleInit {
  readonly name = 'recovery-mails';
  readonly types = ['AccountRecovered'] as const;

  constructor(
    @Inject(MAILER) private readonly mailer: Mailer,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this);
  }

  async handle(event: Recorded): Promise<void> {
    const { data, id } = event as Recorded<AccountRecovered>;
    // An erased address is a text; one that was never shown to be theirs is nobody's to write to.
    const from = typeof data.email === 'object' ? data.email.from : null;
    if (from === null) return;
    await this.mailer.send({
      to: from,
      subject: 'Your account has another email address',
      messageId: id,
      text: [
        'Whoever runs this Countersign server has given your account another email address, because somebody who said to be',
        'you had lost everything else. Its password, its second factor and all its sessions are void.',
        '',
        'If it was you, there is nothing to do. If it was not, speak to whoever runs the server now: the account is not in',
        'your hands any more.',
      ].join('\n'),
    });
  }
}
