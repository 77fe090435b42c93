import type { ViewDefinition } from '../../kernel/view.js';
import { wordsOf } from '../../kernel/words.js';
import type { ContactAdded, ContactEdited, ContactErased, ContactRemoved } from './contact.js';

/** Which customer somebody is a contact of, for whoever has a contact's id or name only. */
export interface ContactDoc {
  readonly organisation: string;
  readonly customerId: string;
  readonly name: string;
  readonly status: 'active' | 'removed' | 'erased';
  /** Lower-case words of the name. */
  readonly words: readonly string[];
  /** Position of the first event: newest first means by this. */
  readonly created: string;
}

const ERASED = 'erased';

export const contactsView: ViewDefinition<ContactDoc, ContactAdded | ContactEdited | ContactRemoved | ContactErased> = {
  name: 'contacts',
  version: 1,
  events: ['ContactAdded', 'ContactEdited', 'ContactRemoved', 'ContactErased'],
  fields: { organisation: 'symbol', created: 'text', words: 'texts' },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [['organisation', 'words'], ['organisation']],
  keys: (event) => [event.data.contactId],
  fold(doc, event) {
    if (event.type === 'ContactAdded') {
      const { customerId, name } = event.data;
      const { position: created, metadata } = event;
      return { organisation: metadata.organisation ?? '', customerId, ...named(name), status: 'active', created };
    }
    if (doc === null) return null;
    switch (event.type) {
      case 'ContactEdited': {
        const { contact } = event.data;
        const name = contact === 'erased' ? ERASED : contact.name?.to;
        return name === undefined ? doc : { ...doc, ...named(name) };
      }
      case 'ContactRemoved':
        return { ...doc, status: 'removed' };
      case 'ContactErased':
        return { ...doc, ...named(ERASED), status: 'erased' };
    }
  },
};

const named = (name: string): Pick<ContactDoc, 'name' | 'words'> => ({ name, words: wordsOf(name) });
