import { asNew, changesOf, type EventCatalogue } from '../../kernel/catalogue.js';
import { changed } from '../../kernel/changes.js';
import type { Aggregate, RecordFacts } from '../../kernel/decider.js';
import type { Changes, DomainEvent, Recorded } from '../../kernel/event.js';

export const TEMPLATE_KINDS = ['invoice', 'estimate', 'credit-note'] as const;
export type TemplateKind = (typeof TEMPLATE_KINDS)[number];

/** What documents look like. */
export interface TemplateContent {
  readonly name: string;
  readonly headerText?: string;
  readonly footerText?: string;
  readonly terms?: string;
  /** `#rrggbb` in lower case. */
  readonly accentColour?: string;
}

/** Whose template it is, and of which documents; that does not change any more. */
export interface TemplatePlace {
  readonly kind: TemplateKind;
  readonly brandId?: string;
}

type Changeable = TemplateContent & { readonly default: boolean };

/** Each later event says the template's name at that time, and its own revision: the stream is that of all templates. */
interface OfTemplate {
  readonly templateId: string;
  readonly name: string;
  readonly revision: number;
}

export type DocumentTemplateCreated = DomainEvent<
  'DocumentTemplateCreated',
  Changeable & TemplatePlace & { readonly templateId: string; readonly createdBy: string }
>;
export type DocumentTemplateEdited = DomainEvent<
  'DocumentTemplateEdited',
  OfTemplate & { readonly changes: Changes<Changeable> }
>;
/** An archived template is no default any more. */
export type DocumentTemplateArchived = DomainEvent<'DocumentTemplateArchived', OfTemplate>;
export type DocumentTemplateRestored = DomainEvent<'DocumentTemplateRestored', OfTemplate>;
export type DocumentTemplateEvent =
  DocumentTemplateCreated | DocumentTemplateEdited | DocumentTemplateArchived | DocumentTemplateRestored;

export interface DocumentTemplate {
  readonly templateId: string;
  readonly fields: Changeable;
  readonly place: TemplatePlace;
  readonly archived: boolean;
  readonly createdBy: string;
  /** Counts this template's events from 0. */
  readonly revision: number;
}

/** All templates of an organisation: only together can one of them be the default of its brand and kind. */
export interface DocumentTemplates {
  readonly byId: ReadonlyMap<string, DocumentTemplate>;
}

export const factsOf = (template: {
  readonly createdBy: string;
  readonly brandId?: string | undefined;
}): RecordFacts => ({ createdBy: template.createdBy, brandId: template.brandId });

/** The template's own revision after an event. */
export const revisionAfter = ({ type, data }: DocumentTemplateEvent): number =>
  type === 'DocumentTemplateCreated' ? 0 : data.revision;

export const samePlace = (a: TemplatePlace, b: TemplatePlace): boolean => a.kind === b.kind && a.brandId === b.brandId;

const KIND_NAMES: Readonly<Record<TemplateKind, string>> = {
  invoice: 'invoices',
  estimate: 'estimates',
  'credit-note': 'credit notes',
};

/** What a kind's documents are called: `credit notes`. */
export const documentsOf = (kind: TemplateKind): string => KIND_NAMES[kind];

function editedSummary({ name, changes }: DocumentTemplateEdited['data']): string {
  const becomes = changes.default?.to;
  if (becomes !== undefined && Object.keys(changes).length === 1)
    return `made the document template ${name} ${becomes ? 'the default' : 'no default any more'}`;
  return changes.name === undefined
    ? `edited the document template ${name}`
    : `renamed the document template ${changes.name.from} to ${name}`;
}

const record = ({ data }: Recorded<DocumentTemplateEvent>) => ({ kind: 'document-template', id: data.templateId });

const events: EventCatalogue<DocumentTemplateEvent> = {
  DocumentTemplateCreated: {
    schemaVersion: 1,
    summary: ({ name, kind }) => `added the document template ${name} for ${documentsOf(kind)}`,
    changes: ({ templateId: _, createdBy: __, ...fields }) => asNew(fields),
    record,
  },
  DocumentTemplateEdited: { schemaVersion: 1, summary: editedSummary, changes: changesOf, record },
  DocumentTemplateArchived: {
    schemaVersion: 1,
    summary: ({ name }) => `archived the document template ${name}`,
    changes: () => [{ field: 'archived', from: false, to: true }],
    record,
  },
  DocumentTemplateRestored: {
    schemaVersion: 1,
    summary: ({ name }) => `took the document template ${name} out of the archive`,
    changes: () => [{ field: 'archived', from: true, to: false }],
    record,
  },
};

export const documentTemplates: Aggregate<DocumentTemplates, DocumentTemplateEvent> = {
  name: 'document-templates',
  within: 'itself',
  events,
  readsPersonalFields: false,
  initial: () => ({ byId: new Map() }),
  evolve,
  // There is always the list, be it empty; whether a template is on it is asked by whoever names one.
  exists: () => true,
  facts: () => ({}),
};

function evolve({ byId }: DocumentTemplates, event: Recorded<DocumentTemplateEvent>): DocumentTemplates {
  const { templateId } = event.data;
  const after = evolved(byId.get(templateId), event);
  return after === undefined ? { byId } : { byId: new Map(byId).set(templateId, after) };
}

function evolved(
  template: DocumentTemplate | undefined,
  event: Recorded<DocumentTemplateEvent>,
): DocumentTemplate | undefined {
  if (event.type === 'DocumentTemplateCreated') {
    const { templateId, createdBy, kind, brandId, ...fields } = event.data;
    const place = { kind, ...(brandId === undefined ? {} : { brandId }) };
    return { templateId, fields, place, archived: false, createdBy, revision: 0 };
  }
  if (template === undefined) return undefined;
  const { revision } = event.data;
  switch (event.type) {
    case 'DocumentTemplateEdited':
      return { ...template, revision, fields: changed(template.fields, event.data.changes) };
    case 'DocumentTemplateArchived':
      return { ...template, revision, archived: true, fields: { ...template.fields, default: false } };
    case 'DocumentTemplateRestored':
      return { ...template, revision, archived: false };
  }
}
