import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Existing } from '../../kernel/decider.js';
import type { Metadata, Recorded } from '../../kernel/event.js';
import { Consequences } from '../../platform/commands/consequences.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { READ_MODEL } from '../../platform/commands/tokens.js';
import {
  type HeldPerson,
  type PeoplePage,
  type PeopleQuery,
  type PersonFile,
  type PersonKeys,
  type PersonKind,
  PersonKinds,
} from '../../platform/privacy/person-kinds.js';
import { PersonRecords, textsChanged, textsSet } from '../../platform/privacy/person-records.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { type Contact, CONTACT_FIELDS, type ContactFields } from './contact.js';
import { eraseContact, restrictContact } from './contact.decide.js';
import { contactsView } from './contact.view.js';
import { type Customer, type CustomerEvent, customers } from './customer.js';

/** Contacts of customers as people whose data the organisation holds: each for themselves, whatever becomes of the customer. */
@Injectable()
export class ContactPersons implements PersonKind, OnModuleInit {
  readonly kind = 'contact';

  constructor(
    private readonly persons: PersonKinds,
    private readonly states: StateCache,
    private readonly consequences: Consequences,
    private readonly records: PersonRecords,
    @Inject(READ_MODEL) private readonly model: ReadModel,
  ) {}

  onModuleInit(): void {
    this.persons.register(this);
  }

  async find(organisation: string, query: PeopleQuery): Promise<PeoplePage> {
    const { items, next } = await this.records.find(contactsView, organisation, query);
    const people: HeldPerson[] = [];
    for (const { key, doc } of items) {
      const { state } = await this.states.load(customers, organisation, doc.customerId);
      people.push({ id: key, kind: this.kind, label: doc.name, status: doc.status, facts: customers.facts(state) });
    }
    return { people, next };
  }

  async get(organisation: string, id: string): Promise<HeldPerson | undefined> {
    const found = await this.load(organisation, id);
    if (found === undefined) return undefined;
    const { customer, contact } = found;
    const { fields, status } = contact;
    return { id, kind: this.kind, label: fields.name, status, facts: customers.facts(customer) };
  }

  async file(organisation: string, id: string): Promise<PersonFile> {
    const { customer, contact } = await this.require(organisation, id);
    const { fields, status, restricted } = contact;
    const { notes: _, ...given } = fields;
    return { record: { ...fields, status, restricted, customerId: customer.id }, given, documents: {} };
  }

  async texts(organisation: string, id: string): Promise<readonly string[]> {
    const { customer } = await this.require(organisation, id);
    return this.records.texts(customers, organisation, customer.id, (event) => textsOf(event, id));
  }

  /** Nothing is made out to them: that is the customer's. */
  async documents(): Promise<readonly []> {
    return [];
  }

  assertErasable(): void {
    // Nothing stands against it.
  }

  keptBeside(): readonly [] {
    return [];
  }

  async erase(organisation: string, id: string, metadata: Metadata): Promise<void> {
    const { customer } = await this.require(organisation, id);
    await this.consequences.write(customers, organisation, customer.id, eraseContact(customer.id, id), metadata);
  }

  keys(id: string): PersonKeys {
    return { atOnce: id };
  }

  async restrict(organisation: string, id: string, restricted: boolean, metadata: Metadata): Promise<void> {
    const { customer } = await this.require(organisation, id);
    const decide = restrictContact(customer.id, id, restricted);
    await this.consequences.write(customers, organisation, customer.id, decide, metadata);
  }

  private async require(organisation: string, id: string): Promise<{ customer: Existing<Customer>; contact: Contact }> {
    const found = await this.load(organisation, id);
    if (found === undefined) throw new Error(`There is no contact ${id}`);
    return found;
  }

  private async load(
    organisation: string,
    id: string,
  ): Promise<{ readonly customer: Existing<Customer>; readonly contact: Contact } | undefined> {
    const customerId = await this.customerOf(organisation, id);
    if (customerId === undefined) return undefined;
    const { state: customer } = await this.states.load(customers, organisation, customerId);
    if (customer.status === 'absent') return undefined;
    const contact = customer.contacts.find(({ contactId }) => contactId === id);
    return contact && { customer, contact };
  }

  /** Whose contact they are does not change; only that there is one may be news to the view. */
  private async customerOf(organisation: string, id: string): Promise<string | undefined> {
    const known = (await this.model.get(contactsView, id)).value;
    if (known !== null) return known.organisation === organisation ? known.customerId : undefined;
    await this.records.caughtUp(contactsView, 'Contacts');
    const { value: doc } = await this.model.get(contactsView, id);
    return doc?.organisation === organisation ? doc.customerId : undefined;
  }
}

function textsOf(event: Recorded<CustomerEvent>, id: string): readonly string[] {
  if (event.type === 'ContactAdded') return event.data.contactId === id ? textsSet(CONTACT_FIELDS, event.data) : [];
  if (event.type !== 'ContactEdited' || event.data.contactId !== id || event.data.contact === 'erased') return [];
  const contact = event.data.contact as {
    readonly [K in keyof ContactFields]?: { readonly from?: string; readonly to?: string };
  };
  return textsChanged(CONTACT_FIELDS, contact);
}
