import { Injectable } from '@nestjs/common';
import { conflict, invalid } from '../../kernel/refusal.js';
import type { Permission } from '../../access/contract.js';
import { FurtherPermission } from '../../platform/commands/further-permission.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { documentsOf, documentTemplates, factsOf, type TemplateKind } from './document-template.js';

/** What a template is chosen for. */
export interface Choice {
  /** The request's field that names the template. */
  readonly field: string;
  readonly kind: TemplateKind;
  /** Null or undefined for what is of no brand. */
  readonly brandId: string | null | undefined;
}

const CHOOSE: Permission = 'document-templates:choose';

/** Choosing the template of a document is a permission besides the one to edit the document. */
@Injectable()
export class TemplateChoice {
  constructor(
    private readonly states: StateCache,
    private readonly further: FurtherPermission,
  ) {}

  /**
   * That the person may choose this template, and that it fits; null takes the template away, which is a choice, too. A
   * template that one may not choose is told apart from none at all by nothing.
   *
   * @throws Refusal
   */
  async require(context: RequestContext, templateId: string | null, { field, kind, brandId }: Choice): Promise<void> {
    await this.further.require(context, CHOOSE);
    if (templateId === null) return;
    const { state } = await this.states.load(documentTemplates, '', context.organisation);
    const template = state.byId.get(templateId);
    const facts = template && factsOf({ ...template, brandId: template.place.brandId });
    const record = { kind: 'document-template', id: templateId };
    if (
      template === undefined ||
      facts === undefined ||
      !(await this.further.ask(context, CHOOSE, facts, record)).allowed
    )
      throw invalid(field, 'is no document template of this organisation');
    const { place, archived } = template;
    if (archived) throw conflict('template-archived', 'An archived template is chosen no more');
    if (place.kind !== kind) throw invalid(field, `is a template for ${documentsOf(place.kind)}`);
    if (place.brandId !== undefined && place.brandId !== brandId)
      throw invalid(field, 'is a template of another brand');
  }

  /** The brand that a template is of; undefined where it is of none. */
  async brandOf(organisation: string, templateId: string): Promise<string | undefined> {
    const { state } = await this.states.load(documentTemplates, '', organisation);
    return state.byId.get(templateId)?.place.brandId;
  }
}
