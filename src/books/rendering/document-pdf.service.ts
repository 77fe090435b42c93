import { Inject, Injectable } from '@nestjs/common';
import { type OrganisationDirectory, ORGANISATIONS } from '../../access/contract.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { brands } from '../brands/brand.js';
import { customers } from '../customers/customer.js';
import {
  type DocumentTemplate,
  documentTemplates,
  type TemplateContent,
  type TemplateKind,
} from '../document-templates/document-template.js';
import type { PaperDocument, Sender } from './document.js';
import { paperOf } from './document.paper.js';
import { PdfService } from './pdf.service.js';

/** Puts documents of any kind on paper, in the look of their template, with every acknowledged change. */
@Injectable()
export class DocumentPdf {
  constructor(
    private readonly pdf: PdfService,
    private readonly states: StateCache,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
  ) {}

  /** @throws Refusal unavailable, as `PdfService.draw` */
  async draw(organisation: string, document: PaperDocument): Promise<Buffer> {
    const [sender, template] = await Promise.all([
      this.sender(organisation, document.brandId),
      this.template(organisation, document),
    ]);
    return this.pdf.draw(paperOf(document, sender, template));
  }

  /** In whose name something goes out: the brand's, or without one the organisation's. */
  async sender(organisation: string, brandId: string | undefined): Promise<Sender> {
    const { state } = await this.states.load(brands, '', organisation);
    const brand = brandId === undefined ? undefined : state.byId.get(brandId);
    return brand?.fields ?? { name: await this.organisations.nameOf(organisation) };
  }

  /**
   * The one that the document names, archived or not; otherwise what its customer is to get, where that is of its kind and
   * brand; otherwise the default of its brand, or of no brand.
   */
  private async template(
    organisation: string,
    { kind, brandId, templateId, customerId }: PaperDocument,
  ): Promise<Partial<TemplateContent>> {
    const { state } = await this.states.load(documentTemplates, '', organisation);
    if (templateId !== undefined) return state.byId.get(templateId)?.fields ?? {};
    const theirs = state.byId.get((await this.customersTemplate(organisation, customerId)) ?? '');
    if (theirs !== undefined && isFor(theirs, kind, brandId)) return theirs.fields;
    const isDefaultOf = (brand: string | undefined) => (template: DocumentTemplate) =>
      template.fields.default && template.place.kind === kind && template.place.brandId === brand;
    const all = [...state.byId.values()];
    return (all.find(isDefaultOf(brandId)) ?? all.find(isDefaultOf(undefined)))?.fields ?? {};
  }

  private async customersTemplate(organisation: string, customerId: string | undefined): Promise<string | undefined> {
    if (customerId === undefined) return undefined;
    const { state } = await this.states.load(customers, organisation, customerId);
    return state.status === 'absent' ? undefined : state.fields.defaultTemplateId;
  }
}

/** A document may have got another brand than its customer, or is of a kind for which the customer has no template. */
const isFor = ({ place, archived }: DocumentTemplate, kind: TemplateKind, brandId: string | undefined): boolean =>
  !archived && place.kind === kind && (place.brandId === undefined || place.brandId === brandId);
