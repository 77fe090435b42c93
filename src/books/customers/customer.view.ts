import { recordIdOf } from '../../kernel/decider.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { beginnings, exactToken, wordsOf } from '../../kernel/words.js';
import { reachTokens } from '../../access/contract.js';
import { type Contact, contactsAfter, isContactEvent } from './contact.js';
import { type CustomerEvent, type CustomerFields, editedFields, ERASED, factsOf } from './customer.js';

/** A customer's own document, the only one in which they and their contacts stand in plain text. */
export interface CustomerDoc extends CustomerFields {
  readonly organisation: string;
  readonly revision: number;
  readonly status: 'active' | 'archived' | 'erased';
  /** Only where it is so: their data is stored and used for nothing else. */
  readonly restricted?: true;
  readonly createdBy: string;
  /** Position of the first event: newest first means by this. */
  readonly created: string;
  readonly reach: readonly string[];
  /** Lower-case words of the name, for finding a person by it. */
  readonly words: readonly string[];
  /** What they are searched by. */
  readonly texts: readonly string[];
  /** Those that were removed or erased among them; only where there are any. */
  readonly contacts?: readonly Contact[];
}

/** By the customer, unless they are erased, and by their contacts. */
const textsOf = (fields: CustomerFields & Pick<CustomerDoc, 'contacts'>, status?: 'erased'): readonly string[] => [
  ...new Set([...(status === 'erased' ? [] : ownTextsOf(fields)), ...contactTexts(fields)]),
];

const ownTextsOf = ({ name, email, reference }: CustomerFields): readonly string[] => [
  ...beginnings(name, email, reference),
  ...(email === undefined ? [] : [exactToken('email', email)]),
  ...(reference === undefined ? [] : [exactToken('reference', reference)]),
];

const contactTexts = (doc: Pick<CustomerDoc, 'contacts'>): readonly string[] =>
  beginnings(...activeContacts(doc).flatMap(({ fields: { name, email } }) => [name, email]));

/** Those whom a customer has now, and whose data may be used. */
export const activeContacts = ({ contacts = [] }: Pick<CustomerDoc, 'contacts'>): readonly Contact[] =>
  contacts.filter(({ status }) => status === 'active');

function withContacts(doc: CustomerDoc, contacts: readonly Contact[]): CustomerDoc {
  const after = { ...doc, contacts };
  return { ...after, texts: textsOf(after, doc.status === 'erased' ? 'erased' : undefined) };
}

export const customersView: ViewDefinition<CustomerDoc, CustomerEvent> = {
  name: 'customers',
  version: 4,
  events: [
    'CustomerCreated',
    'CustomerEdited',
    'CustomerArchived',
    'CustomerRestored',
    'CustomerRestricted',
    'CustomerRestrictionLifted',
    'CustomerErased',
    'ContactAdded',
    'ContactEdited',
    'ContactRemoved',
    'ContactRestricted',
    'ContactRestrictionLifted',
    'ContactErased',
  ],
  fields: { organisation: 'symbol', created: 'text', status: 'text', reach: 'texts', words: 'texts', texts: 'texts' },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [['organisation', 'words'], ['organisation', 'texts'], ['organisation', 'reach'], ['organisation']],
  keys: (event) => [recordIdOf(event.stream)],
  fold(doc, event) {
    const { revision } = event;
    if (event.type === 'CustomerCreated') {
      const { customerId: _, createdBy, ...fields } = event.data;
      return {
        ...fields,
        organisation: event.metadata.organisation ?? '',
        revision,
        status: 'active',
        createdBy,
        created: event.position,
        reach: reachTokens(factsOf(event.data.customerId, event.data)),
        words: wordsOf(fields.name),
        texts: textsOf(fields),
      };
    }
    if (doc === null) return null;
    if (isContactEvent(event)) return { ...withContacts(doc, contactsAfter(doc.contacts ?? [], event)), revision };
    switch (event.type) {
      case 'CustomerEdited': {
        const edited = editedFields(doc, event.data);
        return {
          ...edited,
          revision,
          reach: reachTokens(factsOf(event.data.customerId, edited)),
          words: wordsOf(edited.name),
          texts: textsOf(edited),
        };
      }
      case 'CustomerArchived':
        return { ...doc, revision, status: 'archived' };
      case 'CustomerRestored':
        return { ...doc, revision, status: 'active' };
      case 'CustomerRestricted':
        return { ...doc, revision, restricted: true };
      case 'CustomerRestrictionLifted': {
        const { restricted: _, ...rest } = doc;
        return { ...rest, revision };
      }
      // A rebuild reads every contact before this as erased already, and has to come to the same document.
      case 'CustomerErased':
        return {
          ...doc,
          ...ERASED,
          revision,
          status: 'erased',
          words: wordsOf(ERASED.name),
          texts: textsOf(doc, 'erased'),
        };
    }
  },
};
