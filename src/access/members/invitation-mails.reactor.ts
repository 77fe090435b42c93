import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { CLOCK, type Clock, MAILER } from '../../platform/commands/tokens.js';
import { PublicUrl } from '../../platform/config/public-url.js';
import type { Mailer } from '../../platform/mail/mailer.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import { grantsText } from '../contract.js';
import {
  expiryOf,
  INVITATION_DAYS,
  type InvitationResent,
  organisations,
  type UserInvited,
} from '../organisations/organisation.js';
import { InvitationLetters } from './invitation.letters.js';
import { InvitationTokens } from './invitation.tokens.js';

/** Sends invitations: one mail for each time that one was asked for, unless it is over or newer mail was asked for since. */
@Injectable()
export class InvitationMails implements Reactor, OnModuleInit {
  readonly name = 'invitation-mails';
  readonly types = ['UserInvited', 'InvitationResent'] as const;

  constructor(
    @Inject(MAILER) private readonly mailer: Mailer,
    private readonly publicUrl: PublicUrl,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly states: StateCache,
    private readonly letters: InvitationLetters,
    private readonly tokens: InvitationTokens,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this);
  }

  async handle(event: Recorded, signal?: AbortSignal): Promise<void> {
    const { id: mailEventId, data, stream } = event as Recorded<UserInvited | InvitationResent>;
    const organisation = recordIdOf(stream);
    const { state } = await this.states.load(organisations, '', organisation);
    const invitation = state.invitations.get(data.invitationId);
    if (invitation?.status !== 'open' || invitation.mailEventId !== mailEventId) return;
    if (expiryOf(invitation) <= this.clock()) return;
    const letter = await this.letters.of(organisation, invitation);
    if (letter === undefined) return;
    const token = await this.tokens.issue({ organisation, invitationId: invitation.id, mailEventId });
    const publicUrl = await this.publicUrl.known(signal);
    const roles = grantsText(state.members.get(invitation.userId)?.grants ?? []);
    await this.mailer.send({
      to: { name: `${letter.firstName} ${letter.lastName}`, address: letter.email },
      subject: `You are invited to ${state.name}`,
      messageId: mailEventId,
      text: [
        `${letter.firstName} ${letter.lastName}, you are invited to work with ${state.name} in Countersign.`,
        `What you may do there: ${roles}.`,
        '',
        'Accept the invitation here:',
        '',
        `${publicUrl}/invitations/accept#token=${token}`,
        '',
        `The link is good for ${INVITATION_DAYS} days. If you know nothing of this, do nothing: without your acceptance`,
        'nobody gets in under your name.',
      ].join('\n'),
    });
  }
}
