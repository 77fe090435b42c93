import { streamOf } from '../../kernel/decider.js';
import { viewKind } from '../../platform/commands/view-kind.js';
import { documentTemplates, factsOf } from './document-template.js';
import { answerOf } from './document-template.handlers.js';
import { documentTemplatesView } from './document-template.view.js';

/** Document templates, for those who show records of all kinds. */
export const documentTemplateKind = viewKind({
  kind: 'document-template',
  readPermission: 'document-templates:read',
  view: documentTemplatesView,
  async factsOf(read, organisation, id) {
    const template = (await read(documentTemplates, '', organisation)).state.byId.get(id);
    return template && factsOf({ ...template, brandId: template.place.brandId });
  },
  past: {
    streams: (organisation) => [streamOf(documentTemplates, '', organisation)],
    show: answerOf,
  },
  describe: (doc) => ({ label: doc.name, facts: factsOf(doc) }),
});
