import { Injectable, type OnModuleInit } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { Credits } from '../invoices/credits.service.js';
import { invoices } from '../invoices/invoice.js';
import { stillOwed } from '../invoices/invoice.decide.js';
import { longDate, money } from '../rendering/amounts.js';
import { type CustomerLetter, CustomerMails } from '../sending/customer-mails.reactor.js';
import { DocumentLetters } from '../sending/document-letters.service.js';

/** The mails that remind of invoices: not where they were paid in the meantime. */
@Injectable()
export class ReminderLetters implements OnModuleInit {
  constructor(
    private readonly mails: CustomerMails,
    private readonly letters: DocumentLetters,
    private readonly states: StateCache,
    private readonly credits: Credits,
  ) {}

  onModuleInit(): void {
    this.mails.register('InvoiceReminderSent', (event) => this.letter(event));
  }

  private async letter(event: Recorded): Promise<CustomerLetter | undefined> {
    const organisation = event.metadata.organisation ?? '';
    const { state } = await this.states.load(invoices, organisation, recordIdOf(event.stream));
    const owed = stillOwed(state, await this.credits.voidNotes(organisation, state));
    if (owed <= 0) return undefined;
    return this.letters.letter('invoice', event, 'Reminder: invoice', ({ number, currency, date, dueDate }) => [
      `invoice ${number} of ${longDate(date)} was due${dueDate === undefined ? '' : ` by ${longDate(dueDate)}`},`,
      `and ${money(owed, currency)} of it is still to be paid. You find it attached.`,
      '',
      'If you have paid it in the meantime, there is nothing to do.',
    ]);
  }
}
