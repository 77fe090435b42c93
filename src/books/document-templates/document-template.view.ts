import { changed } from '../../kernel/changes.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { reachTokens } from '../../access/contract.js';
import { type DocumentTemplateCreated, type DocumentTemplateEvent, factsOf } from './document-template.js';

type Fields = Omit<DocumentTemplateCreated['data'], 'templateId'>;

export interface DocumentTemplateDoc extends Fields {
  readonly organisation: string;
  /** The template's own. */
  readonly revision: number;
  readonly archived: boolean;
  /** Position of the first event: newest first means by this. */
  readonly created: string;
  readonly reach: readonly string[];
}

export const documentTemplatesView: ViewDefinition<DocumentTemplateDoc, DocumentTemplateEvent> = {
  name: 'document-templates',
  version: 1,
  events: ['DocumentTemplateCreated', 'DocumentTemplateEdited', 'DocumentTemplateArchived', 'DocumentTemplateRestored'],
  fields: { organisation: 'symbol', created: 'text', reach: 'texts' },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [['organisation', 'reach'], ['organisation']],
  keys: ({ data }) => [data.templateId],
  fold(doc, event) {
    if (event.type === 'DocumentTemplateCreated') {
      const { templateId: _, ...fields } = event.data;
      return {
        ...fields,
        organisation: event.metadata.organisation ?? '',
        revision: 0,
        archived: false,
        created: event.position,
        reach: reachTokens(factsOf(fields)),
      };
    }
    if (doc === null) return null;
    const { revision } = event.data;
    switch (event.type) {
      case 'DocumentTemplateEdited':
        return { ...changed<DocumentTemplateDoc>(doc, event.data.changes), revision };
      case 'DocumentTemplateArchived':
        return { ...doc, revision, archived: true, default: false };
      case 'DocumentTemplateRestored':
        return { ...doc, revision, archived: false };
    }
  },
};
