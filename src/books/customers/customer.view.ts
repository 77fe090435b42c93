import { recordIdOf } from '../../kernel/decider.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { reachTokens } from '../../access/contract.js';
import { type CustomerEvent, type CustomerFields, editedFields, ERASED, factsOf } from './customer.js';

/** A customer's own document, the only one in which their contact stands in plain text. */
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
}

export const customersView: ViewDefinition<CustomerDoc, CustomerEvent> = {
  name: 'customers',
  version: 3,
  events: [
    'CustomerCreated',
    'CustomerEdited',
    'CustomerArchived',
    'CustomerRestricted',
    'CustomerRestrictionLifted',
    'CustomerErased',
  ],
  fields: { organisation: 'text', created: 'text', status: 'text', reach: 'texts', words: 'texts' },
  sorts: { newest: { field: 'created', direction: 'desc' } },
  indexes: [['organisation', 'words'], ['organisation', 'reach'], ['organisation']],
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
      };
    }
    if (doc === null) return null;
    switch (event.type) {
      case 'CustomerEdited': {
        const edited = editedFields(doc, event.data);
        return {
          ...edited,
          revision,
          reach: reachTokens(factsOf(event.data.customerId, edited)),
          words: wordsOf(edited.name),
        };
      }
      case 'CustomerArchived':
        return { ...doc, revision, status: 'archived' };
      case 'CustomerRestricted':
        return { ...doc, revision, restricted: true };
      case 'CustomerRestrictionLifted': {
        const { restricted: _, ...rest } = doc;
        return { ...rest, revision };
      }
      // A rebuild reads every contact before this as erased already, and has to come to the same document.
      case 'CustomerErased':
        return { ...doc, ...ERASED, revision, status: 'erased', words: wordsOf(ERASED.name) };
    }
  },
};

/** Words as they are searched for: lower case, letters and digits. */
export const wordsOf = (text: string): readonly string[] => [
  ...new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []),
];
