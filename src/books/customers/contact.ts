import { asNew, changesOf, type EventCatalogue } from '../../kernel/catalogue.js';
import { changed } from '../../kernel/changes.js';
import { recordIdOf } from '../../kernel/decider.js';
import type { Changes, DomainEvent, Recorded } from '../../kernel/event.js';

/**
 * Somebody at a customer: a data subject of their own, whose fields are encrypted under their own key. What the customer's
 * erasure takes away is not theirs, and the other way round.
 */
export interface ContactFields {
  readonly name: string;
  /** What they do there: `accounts`. */
  readonly role?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly notes?: string;
}

export const CONTACT_FIELDS = ['name', 'role', 'email', 'phone', 'notes'] as const satisfies (keyof ContactFields)[];

interface OfContact {
  readonly customerId: string;
  readonly contactId: string;
}

export type ContactAdded = DomainEvent<'ContactAdded', OfContact & ContactFields>;
export type ContactEdited = DomainEvent<
  'ContactEdited',
  OfContact & { readonly contact: Changes<ContactFields> | 'erased' }
>;
/** They are no contact of the customer any more; what is known of them stays until it is erased. */
export type ContactRemoved = DomainEvent<'ContactRemoved', OfContact>;
/** Their data is stored and used for nothing else (GDPR Art. 18). Why stands with whoever asked for it. */
export type ContactRestricted = DomainEvent<'ContactRestricted', OfContact>;
export type ContactRestrictionLifted = DomainEvent<'ContactRestrictionLifted', OfContact>;
/** Their data is gone for good: its key is destroyed after this event. */
export type ContactErased = DomainEvent<'ContactErased', OfContact>;
export type ContactEvent =
  ContactAdded | ContactEdited | ContactRemoved | ContactRestricted | ContactRestrictionLifted | ContactErased;

export interface Contact {
  readonly contactId: string;
  readonly fields: ContactFields;
  readonly status: 'active' | 'removed' | 'erased';
  readonly restricted: boolean;
}

const ERASED: ContactFields = {
  name: 'erased',
  role: 'erased',
  email: 'erased',
  phone: 'erased',
  notes: 'erased',
};

/** A customer's contacts after an event about one of them, in the order in which they were added. */
export function contactsAfter(contacts: readonly Contact[], event: Recorded<ContactEvent>): readonly Contact[] {
  if (event.type === 'ContactAdded') {
    const { customerId: _, contactId, ...fields } = event.data;
    return [...contacts, { contactId, fields, status: 'active', restricted: false }];
  }
  const { contactId } = event.data;
  return contacts.map((contact) => (contact.contactId === contactId ? contactAfter(contact, event) : contact));
}

function contactAfter(contact: Contact, event: Recorded<Exclude<ContactEvent, ContactAdded>>): Contact {
  switch (event.type) {
    case 'ContactEdited':
      return { ...contact, fields: editedContact(contact.fields, event.data.contact) };
    case 'ContactRemoved':
      return { ...contact, status: 'removed' };
    case 'ContactRestricted':
      return { ...contact, restricted: true };
    case 'ContactRestrictionLifted':
      return { ...contact, restricted: false };
    case 'ContactErased':
      return { ...contact, status: 'erased', fields: ERASED };
  }
}

/** What an erased edit had touched is not known any more, so all of it reads erased. */
const editedContact = (fields: ContactFields, contact: ContactEdited['data']['contact']): ContactFields =>
  contact === 'erased' ? ERASED : changed(fields, contact);

export const isContactEvent = <E extends DomainEvent>(
  event: Recorded<E> | Recorded<ContactEvent>,
): event is Recorded<ContactEvent> => event.type in contactEvents;

const record = (event: Recorded<ContactEvent>) => ({ kind: 'customer', id: recordIdOf(event.stream) });
const subject = ({ contactId }: OfContact) => contactId;
const subjects = ({ contactId }: OfContact) => [contactId];

export const contactEvents: EventCatalogue<ContactEvent> = {
  ContactAdded: {
    schemaVersion: 1,
    personal: { fields: CONTACT_FIELDS, subject, key: 'contact' },
    summary: () => 'added a contact of a customer',
    changes: ({ customerId: _, contactId: __, ...fields }) =>
      asNew(fields).map((change) => ({ ...change, field: `contact.${change.field}` })),
    record,
    subjects,
  },
  ContactEdited: {
    schemaVersion: 1,
    personal: { fields: ['contact'], subject, key: 'contact' },
    summary: () => 'edited a contact of a customer',
    changes: ({ contact }) =>
      contact === 'erased'
        ? [{ field: 'contact', from: contact, to: contact }]
        : changesOf({ changes: contact }).map(({ field, ...change }) => ({ field: `contact.${field}`, ...change })),
    record,
    subjects,
  },
  ContactRemoved: {
    schemaVersion: 1,
    summary: () => 'removed a contact of a customer',
    changes: ({ contactId }) => [{ field: 'contactId', from: contactId, to: null }],
    record,
    subjects,
  },
  ContactRestricted: {
    schemaVersion: 1,
    summary: () => 'restricted the use of the data of a contact of a customer',
    changes: () => [{ field: 'restricted', from: false, to: true }],
    record,
    subjects,
  },
  ContactRestrictionLifted: {
    schemaVersion: 1,
    summary: () => 'lifted the restriction on the data of a contact of a customer',
    changes: () => [{ field: 'restricted', from: true, to: false }],
    record,
    subjects,
  },
  ContactErased: {
    schemaVersion: 1,
    summary: () => 'erased the data of a contact of a customer',
    changes: () => [],
    record,
    subjects,
  },
};
