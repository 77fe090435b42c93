import { recordIdOf } from '../../kernel/decider.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { beginnings, exactToken, wordsOf } from '../../kernel/words.js';
import { reachTokens } from '../../access/contract.js';
import { editedFields, ERASED, factsOf, type SupplierEvent, type SupplierFields } from './supplier.js';

/** A supplier's own document, the only one in which their contact stands in plain text. Bank details are in no view. */
export interface SupplierDoc extends SupplierFields {
  readonly organisation: string;
  readonly revision: number;
  readonly status: 'active' | 'archived' | 'erased';
  /** Only where it is so: their data is stored and used for nothing else. */
  readonly restricted?: true;
  readonly hasBankDetails: boolean;
  readonly createdBy: string;
  /** Position of the first event: newest first means by this. */
  readonly created: string;
  readonly reach: readonly string[];
  /** Lower-case words of the name, for finding a person by it. */
  readonly words: readonly string[];
  /** What they are searched by. */
  readonly texts: readonly string[];
}

const textsOf = ({ name, email, reference }: SupplierFields): readonly string[] => [
  ...beginnings(name, email, reference),
  ...(email === undefined ? [] : [exactToken('email', email)]),
  ...(reference === undefined ? [] : [exactToken('reference', reference)]),
];

export const suppliersView: ViewDefinition<SupplierDoc, SupplierEvent> = {
  name: 'suppliers',
  version: 1,
  events: [
    'SupplierCreated',
    'SupplierEdited',
    'SupplierArchived',
    'SupplierRestored',
    'SupplierBankDetailsChanged',
    'SupplierRestricted',
    'SupplierRestrictionLifted',
    'SupplierErased',
  ],
  fields: { organisation: 'symbol', created: 'text', status: 'text', reach: 'texts', words: 'texts', texts: 'texts' },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [['organisation', 'words'], ['organisation', 'texts'], ['organisation', 'reach'], ['organisation']],
  keys: (event) => [recordIdOf(event.stream)],
  fold(doc, event) {
    const { revision } = event;
    if (event.type === 'SupplierCreated') {
      const { supplierId: _, createdBy, ...fields } = event.data;
      return {
        ...fields,
        organisation: event.metadata.organisation ?? '',
        revision,
        status: 'active',
        hasBankDetails: false,
        createdBy,
        created: event.position,
        reach: reachTokens(factsOf(event.data)),
        words: wordsOf(fields.name),
        texts: textsOf(fields),
      };
    }
    if (doc === null) return null;
    switch (event.type) {
      case 'SupplierEdited': {
        const edited = editedFields(doc, event.data);
        return {
          ...edited,
          revision,
          reach: reachTokens(factsOf(edited)),
          words: wordsOf(edited.name),
          texts: textsOf(edited),
        };
      }
      case 'SupplierArchived':
        return { ...doc, revision, status: 'archived' };
      case 'SupplierRestored':
        return { ...doc, revision, status: 'active' };
      case 'SupplierBankDetailsChanged':
        return { ...doc, revision, hasBankDetails: true };
      case 'SupplierRestricted':
        return { ...doc, revision, restricted: true };
      case 'SupplierRestrictionLifted': {
        const { restricted: _, ...rest } = doc;
        return { ...rest, revision };
      }
      // A rebuild reads every contact before this as erased already, and has to come to the same document.
      case 'SupplierErased':
        return { ...doc, ...ERASED, revision, status: 'erased', words: wordsOf(ERASED.name), texts: [] };
    }
  },
};
