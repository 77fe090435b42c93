import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK, MAILER } from '../../platform/commands/tokens.js';
import { PublicUrl } from '../../platform/config/public-url.js';
import type { Mailer } from '../../platform/mail/mailer.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import { accounts } from '../accounts/account.js';
import { Profiles } from '../accounts/profiles.service.js';
import {
  HANDOVER_HOURS,
  type HandoverCancelled,
  type HandoverDeclined,
  type HandoverProposed,
  isOpen,
  type PrimaryHandedOver,
} from '../organisations/handover.js';
import { organisations } from '../organisations/organisation.js';

type Cause = Recorded<HandoverProposed | HandoverCancelled | HandoverDeclined | PrimaryHandedOver>;

/** Somebody of the two, as mails name and reach them; undefined where their account is gone. */
type Person = { readonly name: string; readonly address: string } | undefined;

interface Letter {
  /** Distinguishes the mails of one event. */
  readonly part: 'to-other' | 'to-primary';
  readonly to: Person;
  readonly subject: string;
  readonly lines: readonly string[];
}

/** Tells the two people of a handover what became of it. */
@Injectable()
export class HandoverMails implements Reactor, OnModuleInit {
  readonly name = 'handover-mails';
  readonly types = ['HandoverProposed', 'HandoverCancelled', 'HandoverDeclined', 'PrimaryHandedOver'] as const;

  constructor(
    @Inject(MAILER) private readonly mailer: Mailer,
    private readonly publicUrl: PublicUrl,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly states: StateCache,
    private readonly profiles: Profiles,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this);
  }

  async handle(event: Recorded, signal?: AbortSignal): Promise<void> {
    for (const { part, to, subject, lines } of await this.lettersOf(event as Cause, signal)) {
      if (to === undefined) continue;
      await this.mailer.send({ to, subject, messageId: `${event.id}-${part}`, text: lines.join('\n') });
    }
  }

  private async lettersOf(event: Cause, signal?: AbortSignal): Promise<readonly Letter[]> {
    const organisation = recordIdOf(event.stream);
    const { state } = await this.states.load(organisations, '', organisation);
    const { userId, from, proposalId } = event.data;
    const [other, primary] = await Promise.all([this.person(userId), this.person(from)]);
    const name = { organisation: state.name, other: other?.name ?? GONE, primary: primary?.name ?? GONE };
    switch (event.type) {
      case 'HandoverProposed': {
        // A mail that comes too late would ask for what cannot be done any more.
        if (state.handover?.id !== proposalId || !isOpen(state.handover, this.clock())) return [];
        const link = `${await this.publicUrl.known(signal)}/organisations/${organisation}/primary/accept#proposal=${proposalId}`;
        return [{ part: 'to-other', to: other, ...proposalText(name, link) }];
      }
      case 'HandoverCancelled':
        return toBoth(other, primary, cancelledText(name));
      case 'HandoverDeclined':
        return [{ part: 'to-primary', to: primary, ...declinedText(name) }];
      case 'PrimaryHandedOver':
        return toBoth(other, primary, acceptedText(name));
    }
  }

  private async person(userId: string): Promise<Person> {
    const { state } = await this.states.load(accounts, '', userId);
    if (state.status === 'erased') return undefined;
    const { doc } = await this.profiles.current(userId);
    return doc === null ? undefined : { name: `${doc.firstName} ${doc.lastName}`, address: doc.email };
  }
}

/** Whose account was erased since. */
const GONE = 'somebody who has left';

interface Names {
  readonly organisation: string;
  readonly other: string;
  readonly primary: string;
}

type Text = Pick<Letter, 'subject' | 'lines'>;

const toBoth = (other: Person, primary: Person, text: Text): readonly Letter[] => [
  { part: 'to-other', to: other, ...text },
  { part: 'to-primary', to: primary, ...text },
];

const proposalText = ({ organisation, other, primary }: Names, link: string): Text => ({
  subject: `You are asked to be the Primary of ${organisation}`,
  lines: [
    `${other}, ${primary} would like to hand ${organisation} over to you in Countersign.`,
    'The Primary may do everything there, answers for its people, and pays for the account. There is exactly one.',
    '',
    'Sign in to accept or to decline:',
    '',
    link,
    '',
    `The proposal is good for ${HANDOVER_HOURS} hours. Without your acceptance nothing changes.`,
  ],
});

const cancelledText = ({ organisation, other, primary }: Names): Text => ({
  subject: `${organisation} is not handed over`,
  lines: [
    `${primary} took back the proposal that ${other} becomes the Primary of ${organisation}. Nothing has changed.`,
  ],
});

const declinedText = ({ organisation, other }: Names): Text => ({
  subject: `${organisation} is not handed over`,
  lines: [`${other} declined to become the Primary of ${organisation}. Nothing has changed; you are the Primary.`],
});

const acceptedText = ({ organisation, other, primary }: Names): Text => ({
  subject: `${organisation} has a new Primary`,
  lines: [
    `${other} is the Primary of ${organisation} now, as ${primary} proposed. ${primary} is an admin.`,
    '',
    'If you did not expect this, speak to whoever runs this server: all of it stands in the trail.',
  ],
});
