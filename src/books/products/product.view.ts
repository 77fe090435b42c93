import { changed } from '../../kernel/changes.js';
import { recordIdOf } from '../../kernel/decider.js';
import type { ViewDefinition } from '../../kernel/view.js';
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
}

export const productsView: ViewDefinition<ProductDoc, ProductEvent> = {
  name: 'products',
  version: 1,
  events: ['ProductCreated', 'ProductEdited', 'ProductArchived'],
  fields: { organisation: 'text', created: 'text', reach: 'texts' },
  sorts: { newest: { field: 'created', direction: 'desc' } },
  indexes: [['organisation', 'reach'], ['organisation']],
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
        ...event.data,
      };
    }
    if (doc === null) return null;
    switch (event.type) {
      case 'ProductEdited':
        return { ...changed<ProductDoc>(doc, event.data.changes), revision };
      case 'ProductArchived':
        return { ...doc, revision, status: 'archived' };
    }
  },
};
