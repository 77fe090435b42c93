import { changed } from '../../kernel/changes.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { reachTokens } from '../../access/contract.js';
import { type BrandEvent, type BrandFields, factsOf } from './brand.js';

export interface BrandDoc extends BrandFields {
  readonly organisation: string;
  readonly brandId: string;
  /** The brand's own. */
  readonly revision: number;
  readonly archived: boolean;
  readonly createdBy: string;
  /** Position of the first event: newest first means by this. */
  readonly created: string;
  readonly reach: readonly string[];
}

export const brandsView: ViewDefinition<BrandDoc, BrandEvent> = {
  name: 'brands',
  version: 1,
  events: ['BrandCreated', 'BrandEdited', 'BrandArchived', 'BrandRestored'],
  fields: { organisation: 'symbol', created: 'text', reach: 'texts' },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [['organisation', 'reach'], ['organisation']],
  keys: ({ data }) => [data.brandId],
  fold(doc, event) {
    if (event.type === 'BrandCreated') {
      return {
        ...event.data,
        organisation: event.metadata.organisation ?? '',
        revision: 0,
        archived: false,
        created: event.position,
        reach: reachTokens(factsOf(event.data)),
      };
    }
    if (doc === null) return null;
    const { revision } = event.data;
    switch (event.type) {
      case 'BrandEdited':
        return { ...changed<BrandDoc>(doc, event.data.changes), revision };
      case 'BrandArchived':
        return { ...doc, revision, archived: true };
      case 'BrandRestored':
        return { ...doc, revision, archived: false };
    }
  },
};
