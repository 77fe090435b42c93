import { changesTo, isEmpty, type Patch, withoutNothing } from '../../kernel/changes.js';
import type { Decide } from '../../kernel/decider.js';
import type { Changes } from '../../kernel/event.js';
import { conflict, notFound } from '../../kernel/refusal.js';
import {
  type DocumentTemplate,
  type DocumentTemplateEvent,
  type DocumentTemplates,
  samePlace,
  type TemplateContent,
  type TemplateKind,
  type TemplatePlace,
} from './document-template.js';

/** Templates of one brand and kind: who is limited to brands must not learn how many there are of others. */
export const MAX_TEMPLATES = 100;

type TemplateDecide = Decide<DocumentTemplates, DocumentTemplateEvent>;

export type TemplateInput = Patch<TemplateContent> &
  Pick<TemplateContent, 'name'> & {
    readonly kind: TemplateKind;
    readonly brandId?: string | null | undefined;
    readonly default?: boolean | undefined;
  };
export type TemplatePatch = Patch<TemplateContent> & {
  readonly default?: boolean | undefined;
  readonly archived?: boolean | undefined;
};

export const createTemplate =
  ({ kind, brandId, default: isDefault = false, ...content }: TemplateInput): TemplateDecide =>
  (state, { newId, userId }) => {
    const place = withoutNothing<TemplatePlace>({ kind, brandId });
    if (inPlace(state, place).length >= MAX_TEMPLATES)
      throw conflict('too-many-templates', `There are ${MAX_TEMPLATES} such templates already`);
    const data = {
      ...withoutNothing<TemplateContent>(normal(content)),
      ...place,
      default: isDefault,
      templateId: newId,
      createdBy: userId,
    };
    return [...(isDefault ? othersStepBack(state, newId, place) : []), { type: 'DocumentTemplateCreated', data }];
  };

/** Making one the default takes that from another: first, so that what is answered is about this one. */
export const changeTemplate =
  (templateId: string, { archived, default: isDefault, ...content }: TemplatePatch): TemplateDecide =>
  (state) => {
    const template = state.byId.get(templateId);
    if (template === undefined) throw notFound();
    const changes = changesTo(template.fields, { ...normal(content), default: isDefault });
    const restored = archived === false && template.archived;
    if (template.archived && !restored && !isEmpty(changes))
      throw conflict('template-archived', 'An archived template is not edited any more');
    if (archived === true && isDefault === true)
      throw conflict('template-archived', 'An archived template cannot be the default');
    const name = changes.name?.to ?? template.fields.name;
    return [
      ...(changes.default?.to === true ? othersStepBack(state, templateId, template.place) : []),
      ...numbered(template, name, [
        ...(restored ? [{ type: 'DocumentTemplateRestored' } as const] : []),
        ...(isEmpty(changes) ? [] : [{ type: 'DocumentTemplateEdited', changes } as const]),
        ...(archived === true && !template.archived ? [{ type: 'DocumentTemplateArchived' } as const] : []),
      ]),
    ];
  };

type Step =
  | { readonly type: 'DocumentTemplateRestored' | 'DocumentTemplateArchived' }
  | {
      readonly type: 'DocumentTemplateEdited';
      readonly changes: Changes<DocumentTemplate['fields']>;
    };

const numbered = (
  { templateId, revision }: DocumentTemplate,
  name: string,
  steps: readonly Step[],
): readonly DocumentTemplateEvent[] =>
  steps.map(({ type, ...rest }, index) => {
    return { type, data: { templateId, name, revision: revision + 1 + index, ...rest } } as DocumentTemplateEvent;
  });

const inPlace = ({ byId }: DocumentTemplates, place: TemplatePlace): readonly DocumentTemplate[] =>
  [...byId.values()].filter((template) => samePlace(template.place, place));

const othersStepBack = (
  state: DocumentTemplates,
  templateId: string,
  place: TemplatePlace,
): readonly DocumentTemplateEvent[] =>
  inPlace(state, place)
    .filter((other) => other.templateId !== templateId && other.fields.default)
    .flatMap((other) =>
      numbered(other, other.fields.name, [
        { type: 'DocumentTemplateEdited', changes: { default: { from: true, to: false } } },
      ]),
    );

const normal = <T extends Patch<TemplateContent>>(content: T): T =>
  content.accentColour ? { ...content, accentColour: content.accentColour.toLowerCase() } : content;
