import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Recorded } from '../../kernel/event.js';
import { ERASED } from '../../platform/codec/codec.port.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { MAILER } from '../../platform/commands/tokens.js';
import type { Attachment, Mailer } from '../../platform/mail/mailer.js';
import { singleLine } from '../../platform/mail/single-line.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import { customers } from '../customers/customer.js';
import type { Sender } from '../rendering/document.js';

/** A mail to a customer in the name of a business. */
export interface CustomerLetter {
  readonly customerId: string;
  readonly to: string;
  readonly sender: Sender;
  readonly subject: string;
  /** Between the salutation and the name of the business. */
  readonly lines: readonly string[];
  readonly attachments: readonly Attachment[];
}

/** What goes out because of an event; undefined where it must not any more: it was voided, or paid. */
export type LetterOf = (event: Recorded, signal: AbortSignal | undefined) => Promise<CustomerLetter | undefined>;

/**
 * Sends what events say was sent to customers, in their order. Features register what their events send when their module
 * starts. After a crash the last mails go out once more, under the same Message-ID.
 *
 * A customer whose data was erased, or may only be stored, is sent nothing: that is asked again here, right before each mail.
 */
@Injectable()
export class CustomerMails implements Reactor, OnModuleInit {
  readonly name = 'customer-mails';
  private readonly letters = new Map<string, LetterOf>();

  constructor(
    @Inject(MAILER) private readonly mailer: Mailer,
    private readonly states: StateCache,
    private readonly reactors: Reactors,
  ) {}

  get types(): readonly string[] {
    return [...this.letters.keys()];
  }

  onModuleInit(): void {
    this.reactors.register(this);
  }

  register(type: string, letterOf: LetterOf): void {
    if (this.letters.has(type)) throw new Error(`Mails for ${type} are registered twice`);
    this.letters.set(type, letterOf);
  }

  async handle(event: Recorded, signal?: AbortSignal): Promise<void> {
    const { organisation } = event.metadata;
    const letter = await this.letters.get(event.type)?.(event, signal);
    if (organisation === undefined || letter === undefined || letter.to === ERASED) return;
    const { customerId, to, sender, subject, lines, attachments } = letter;
    const { state } = await this.states.load(customers, organisation, customerId);
    if (state.status === 'absent' || state.status === 'erased' || state.restricted) return;
    const name = singleLine(state.fields.name);
    const from = singleLine(sender.name);
    await this.mailer.send({
      to: { name, address: to },
      fromName: from,
      ...(sender.email === undefined ? {} : { replyTo: sender.email }),
      subject,
      messageId: event.id,
      text: [`Dear ${name},`, '', ...lines, '', from, ...contactOf(sender)].join('\n'),
      attachments,
    });
  }
}

const contactOf = ({ phone, email, website }: Sender): readonly string[] =>
  [phone, email, website].filter((line) => line !== undefined).map((line) => singleLine(line));
