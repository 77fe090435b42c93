import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import type { Metadata, Recorded } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { wordsOf } from '../../kernel/words.js';
import { type Codec, ERASED } from '../../platform/codec/codec.port.js';
import { Consequences } from '../../platform/commands/consequences.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { CODEC, EVENT_STORE, READ_MODEL } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { VIEW_GAUGE, type ViewGauge } from '../../platform/http/view-gauge.port.js';
import {
  type HeldPerson,
  type PeoplePage,
  type PeopleQuery,
  type PersonFile,
  type PersonKeys,
  type PersonKind,
  PersonKinds,
} from '../../platform/privacy/person-kinds.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { type Contact, CONTACT_FIELDS, type ContactFields } from './contact.js';
import { eraseContact, restrictContact } from './contact.decide.js';
import { contactsView } from './contact.view.js';
import { type Customer, type CustomerEvent, customers } from './customer.js';

const PATIENCE_MS = 10_000;

type Existing = Exclude<Customer, { status: 'absent' }>;

/** Contacts of customers as people whose data the organisation holds: each for themselves, whatever becomes of the customer. */
@Injectable()
export class ContactPersons implements PersonKind, OnModuleInit {
  readonly kind = 'contact';

  constructor(
    private readonly persons: PersonKinds,
    private readonly states: StateCache,
    private readonly consequences: Consequences,
    @Inject(READ_MODEL) private readonly model: ReadModel,
    @Inject(VIEW_GAUGE) private readonly gauge: ViewGauge,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CODEC) private readonly codec: Pick<Codec, 'open'>,
  ) {}

  onModuleInit(): void {
    this.persons.register(this);
  }

  async find(organisation: string, { words, limit, after }: PeopleQuery): Promise<PeoplePage> {
    const wanted = wordsOf(words);
    if (wanted.length === 0 && words.trim() !== '') return { people: [], next: null };
    const where = [
      { field: 'organisation', eq: organisation },
      ...wanted.map((word) => ({ field: 'words', has: word })),
    ];
    const page = { where, sort: 'newest', limit, ...(after !== undefined && { after }) };
    const { items, next } = (await this.model.find(contactsView, page)).value;
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
    const texts = new Set<string>();
    for await (const stored of this.store.readStream(streamOf(customers, organisation, customer.id))) {
      const [event] = (await this.codec.open([stored])) as readonly Recorded<CustomerEvent>[];
      for (const text of textsOf(event!, id)) if (text !== ERASED) texts.add(text);
    }
    return [...texts];
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

  private async require(organisation: string, id: string): Promise<{ customer: Existing; contact: Contact }> {
    const found = await this.load(organisation, id);
    if (found === undefined) throw new Error(`There is no contact ${id}`);
    return found;
  }

  private async load(
    organisation: string,
    id: string,
  ): Promise<{ readonly customer: Existing; readonly contact: Contact } | undefined> {
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
    const head = await this.store.head();
    if (head !== undefined && !(await this.gauge.waitFor(contactsView.name, head, PATIENCE_MS)))
      throw new Refusal('unavailable', 'Contacts cannot be looked up now', { retryAfter: 1 });
    const { value: doc } = await this.model.get(contactsView, id);
    return doc?.organisation === organisation ? doc.customerId : undefined;
  }
}

function textsOf(event: Recorded<CustomerEvent>, id: string): readonly string[] {
  if (event.type === 'ContactAdded')
    return event.data.contactId === id ? CONTACT_FIELDS.flatMap((field) => event.data[field] ?? []) : [];
  if (event.type !== 'ContactEdited' || event.data.contactId !== id || event.data.contact === 'erased') return [];
  const contact = event.data.contact as {
    readonly [K in keyof ContactFields]?: { readonly from?: string; readonly to?: string };
  };
  return CONTACT_FIELDS.flatMap((field) => [contact[field]?.from ?? [], contact[field]?.to ?? []].flat());
}
