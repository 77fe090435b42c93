import type { Feature } from '../../platform/feature.js';
import { BrandedReferences } from './branded-references.service.js';
import {
  ChangeDocumentTemplateHandler,
  CreateDocumentTemplateHandler,
  GetDocumentTemplateHandler,
  ListDocumentTemplatesHandler,
} from './document-template.handlers.js';
import { DocumentTemplatesController } from './document-template.http.js';
import { documentTemplateKind } from './document-template.kind.js';
import { TemplateChoice } from './template-choice.service.js';

/** For the room's module. */
export const documentTemplatesFeature: Feature = {
  controllers: [DocumentTemplatesController],
  providers: [
    documentTemplateKind,
    TemplateChoice,
    BrandedReferences,
    CreateDocumentTemplateHandler,
    ChangeDocumentTemplateHandler,
    GetDocumentTemplateHandler,
    ListDocumentTemplatesHandler,
  ],
};
