import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type Metadata, personOf, type Recorded } from '../../kernel/event.js';
import { type OrganisationDirectory, ORGANISATIONS, PEOPLE, type PeopleDirectory } from '../../access/contract.js';
import { ERASED } from '../../platform/codec/codec.port.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { MAILER } from '../../platform/commands/tokens.js';
import type { Mailer } from '../../platform/mail/mailer.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import { masked, type SupplierBankDetailsChanged, suppliers } from './supplier.js';

/**
 * Tells the Primary of every change of where a supplier is paid: money that is sent to a stranger's account is not seen
 * in the books. Numbers are told by their ends.
 */
@Injectable()
export class SupplierBankMails implements Reactor, OnModuleInit {
  readonly name = 'supplier-bank-mails';
  readonly types = ['SupplierBankDetailsChanged'] as const;

  constructor(
    @Inject(ORGANISATIONS) private readonly organisations: Pick<OrganisationDirectory, 'primaryIn'>,
    @Inject(PEOPLE) private readonly people: PeopleDirectory,
    private readonly states: StateCache,
    @Inject(MAILER) private readonly mailer: Mailer,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this);
  }

  async handle(event: Recorded): Promise<void> {
    const { data, id, metadata, recordedAt } = event as Recorded<SupplierBankDetailsChanged>;
    const { organisation = '' } = metadata;
    // Erased meanwhile: nothing is left that anybody could check.
    if (data.bankDetails === 'erased') return;
    const primary = await this.organisations.primaryIn(organisation);
    const person = (await this.people.namesOf(organisation, [primary])).get(primary);
    if (person === undefined || person.email === ERASED) return;
    const { state } = await this.states.load(suppliers, organisation, data.supplierId);
    if (state.status === 'absent' || state.status === 'erased') return;
    const number = data.bankDetails.accountNumber?.to;
    await this.mailer.send({
      to: { name: `${person.firstName} ${person.lastName}`, address: person.email },
      subject: 'The bank details of a supplier were changed',
      messageId: id,
      text: [
        `${await this.whoOf(organisation, metadata)} changed the bank details of your supplier ${state.fields.name}`,
        `on ${recordedAt.slice(0, 10)} at ${recordedAt.slice(11, 16)} UTC.`,
        ...(number === undefined ? [] : ['', `The account number is ${masked(number)} now.`]),
        '',
        'If you did not expect this, ask the supplier by a number or an address that you had before, and pay nothing until then.',
        'What was changed stands in the trail.',
      ].join('\n'),
    });
  }

  private async whoOf(organisation: string, { actor }: Metadata): Promise<string> {
    const userId = personOf(actor);
    const name = userId === undefined ? undefined : (await this.people.namesOf(organisation, [userId])).get(userId);
    const who = name === undefined ? 'Somebody' : `${name.firstName} ${name.lastName}`;
    return actor.kind === 'api-key' ? `An API key of ${who}` : who;
  }
}
