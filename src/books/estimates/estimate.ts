import { type EventCatalogue, given } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent, PlainDate, Recorded } from '../../kernel/event.js';
import { documentFacts, type Edit, editedContent, editedFields, madeFields, type Priced } from '../contract.js';

export interface EstimateHeader {
  /** A template estimate may be for nobody in particular. */
  readonly customerId?: string;
  readonly date: PlainDate;
  /** The last day on which it can be accepted. */
  readonly validUntil?: PlainDate;
  readonly reference?: string;
  readonly brandId?: string;
  readonly templateId?: string;
  readonly projectId?: string;
}

/** An estimate with every edit worked in. */
export interface EstimateContent extends EstimateHeader, Priced {}

/** The invoice that an estimate has become: decided once, so whoever makes it makes the same one. */
export interface Conversion {
  readonly invoiceId: string;
  readonly date: PlainDate;
  readonly dueDate?: PlainDate;
}

export type EstimateCreated = DomainEvent<
  'EstimateCreated',
  EstimateContent & { readonly template?: true; readonly createdBy: string }
>;
/** An edit of a sent estimate makes a draft of it: what the customer holds is another one. */
export type EstimateEdited = DomainEvent<'EstimateEdited', Edit<EstimateHeader>>;
/** Without an address where it was handed over in another way. */
export type EstimateSent = DomainEvent<'EstimateSent', { readonly customerId: string; readonly to?: string }>;
export type EstimateAccepted = DomainEvent<'EstimateAccepted', Record<string, never>>;
export type EstimateDeclined = DomainEvent<'EstimateDeclined', { readonly reason?: string }>;
export type EstimateConverted = DomainEvent<'EstimateConverted', Conversion>;
export type EstimateDiscarded = DomainEvent<'EstimateDiscarded', Record<string, never>>;
export type EstimateEvent =
  | EstimateCreated
  | EstimateEdited
  | EstimateSent
  | EstimateAccepted
  | EstimateDeclined
  | EstimateConverted
  | EstimateDiscarded;

/** What becomes of an estimate by events; that one has expired follows from the day on which somebody asks. */
export type EstimateStep = 'draft' | 'sent' | 'accepted' | 'declined' | 'converted' | 'discarded';

export const ESTIMATE_STATUSES = [
  'draft',
  'sent',
  'accepted',
  'declined',
  'expired',
  'converted',
  'discarded',
] as const satisfies readonly (EstimateStep | 'expired')[];
export type EstimateStatus = (typeof ESTIMATE_STATUSES)[number];

export type Estimate =
  | { readonly status: 'absent' }
  | {
      readonly status: EstimateStep;
      readonly content: EstimateContent;
      /** Made to be copied: it is sent to nobody and becomes no invoice. */
      readonly template: boolean;
      readonly createdBy: string;
      /** With the revision of the event that decided it. */
      readonly conversion: (Conversion & { readonly revision: number }) | null;
    };

/** What is sent and not answered by its last day has expired. */
export function statusOn(
  day: PlainDate,
  status: EstimateStep,
  { validUntil }: Pick<EstimateHeader, 'validUntil'>,
): EstimateStatus {
  return status === 'sent' && validUntil !== undefined && validUntil < day ? 'expired' : status;
}

const record = (event: Recorded<EstimateEvent>) => ({ kind: 'estimate', id: recordIdOf(event.stream) });

const events: EventCatalogue<EstimateEvent> = {
  EstimateCreated: {
    schemaVersion: 1,
    summary: ({ template }) => `drafted ${template === true ? 'a template' : 'an'} estimate`,
    changes: madeFields,
    record,
    subjects: ({ customerId }) => (customerId === undefined ? [] : [customerId]),
  },
  EstimateEdited: { schemaVersion: 1, summary: () => 'edited an estimate', changes: editedFields, record },
  EstimateSent: {
    schemaVersion: 1,
    personal: { fields: ['to'], subject: ({ customerId }) => customerId, key: 'contact' },
    summary: () => 'sent an estimate',
    changes: ({ to }) => given('to', to),
    record,
    subjects: ({ customerId }) => [customerId],
  },
  EstimateAccepted: { schemaVersion: 1, summary: () => 'noted that an estimate was accepted', record },
  EstimateDeclined: { schemaVersion: 1, summary: () => 'noted that an estimate was declined', record },
  EstimateConverted: { schemaVersion: 1, summary: () => 'turned an estimate into an invoice', record },
  EstimateDiscarded: { schemaVersion: 1, summary: () => 'discarded a draft estimate', record },
};

export const estimates: Aggregate<Estimate, EstimateEvent> = {
  name: 'estimate',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => ({ status: 'absent' }),
  evolve,
  exists: ({ status }) => status !== 'absent',
  facts: (state) => (state.status === 'absent' ? {} : documentFacts(state)),
};

function evolve(state: Estimate, event: Recorded<EstimateEvent>): Estimate {
  if (event.type === 'EstimateCreated') {
    const { createdBy, template = false, ...content } = event.data;
    return { status: 'draft', content, template, createdBy, conversion: null };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'EstimateEdited':
      return { ...state, status: 'draft', content: editedContent(state.content, event.data) };
    case 'EstimateSent':
      return { ...state, status: 'sent' };
    case 'EstimateAccepted':
      return { ...state, status: 'accepted' };
    case 'EstimateDeclined':
      return { ...state, status: 'declined' };
    case 'EstimateConverted':
      return { ...state, status: 'converted', conversion: { ...event.data, revision: event.revision } };
    case 'EstimateDiscarded':
      return { ...state, status: 'discarded' };
  }
}
