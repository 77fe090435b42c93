import { changed } from '../../kernel/changes.js';
import { recordIdOf } from '../../kernel/decider.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { beginnings, exactToken } from '../../kernel/words.js';
import { reachTokens } from '../../access/contract.js';
import type { ProductEvent, ProductFields } from './product.js';

export interface ProductDoc extends ProductFields {
  readonly organisation: string;
  readonly revision: number;
  readonly status: 'active' | 'archived';
  readonly createdBy: string;
  /** Position of the first event: newest first means by this. */
  readonly created: string;
  readonly reach: readonly string[];
  /** What it is searched by. */
  readonly texts: readonly string[];
}

const textsOf = ({ name, code, reference }: ProductFields): readonly string[] => [
  ...beginnings(name, code, reference),
  ...(code === undefined ? [] : [exactToken('code', code)]),
];

export const productsView: ViewDefinition<ProductDoc, ProductEvent> = {
  name: 'products',
  version: 2,
  events: ['ProductCreated', 'ProductEdited', 'ProductArchived'],
  fields: { organisation: 'symbol', created: 'text', reach: 'texts', texts: 'texts' },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [['organisation', 'texts'], ['organisation', 'reach'], ['organisation']],
  keys: (event) => [recordIdOf(event.stream)],
  fold(doc, event) {
    const { revision } = event;
    if (event.type === 'ProductCreated') {
      return {
        organisation: event.metadata.organisation ?? '',
        revision,
        status: 'active',
        created: event.position,
        reach: reachTokens({ createdBy: event.data.createdBy }),
        texts: textsOf(event.data),
        ...event.data,
      };
    }
    if (doc === null) return null;
    switch (event.type) {
      case 'ProductEdited': {
        const edited = changed<ProductDoc>(doc, event.data.changes);
        return { ...edited, revision, texts: textsOf(edited) };
      }
      case 'ProductArchived':
        return { ...doc, revision, status: 'archived' };
    }
  },
};
