import { Injectable } from '@nestjs/common';
import { conflict } from '../../kernel/refusal.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { BrandSight } from '../brands/brands.service.js';
import type { TemplateKind } from './document-template.js';
import { TemplateChoice } from './template-choice.service.js';

/** What a record names of brands and templates; undefined: it says nothing of that, null: none. */
export interface Branded {
  readonly brandId?: string | null | undefined;
  readonly template: {
    /** The field that names it. */
    readonly field: string;
    readonly kind: TemplateKind;
    readonly id?: string | null | undefined;
  };
}

/** Checks the brand and the template that a record names, when it is made and when either changes. */
@Injectable()
export class BrandedReferences {
  constructor(
    private readonly brands: BrandSight,
    private readonly templates: TemplateChoice,
  ) {}

  /**
   * That the permission reaches the brand is decided before. What stays as it is is not asked about: an archived brand
   * keeps its records, and whoever may not choose a template may edit the rest.
   *
   * @throws Refusal
   */
  async check(context: RequestContext, asked: Branded, current: Partial<Branded> = {}): Promise<undefined> {
    const before = { brandId: current.brandId ?? null, templateId: current.template?.id ?? null };
    const { brandId = before.brandId, template } = asked;
    const { field, kind, id: templateId = before.templateId } = template;
    if (brandId !== null && brandId !== before.brandId) await this.brands.requireBrand(context, brandId);
    if (templateId !== before.templateId) {
      await this.templates.require(context, templateId, { field, kind, brandId });
    } else if (templateId !== null && brandId !== before.brandId) {
      const kept = await this.templates.brandOf(context.organisation, templateId);
      if (kept !== undefined && kept !== brandId)
        throw conflict('template-of-another-brand', 'The template is of the other brand; choose one with the brand');
    }
    return undefined;
  }
}
