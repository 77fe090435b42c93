import { recordIdOf } from '../../kernel/decider.js';
import type { PlainDate, Recorded } from '../../kernel/event.js';
import type { Condition, ViewDefinition } from '../../kernel/view.js';
import { beginnings } from '../../kernel/words.js';
import { reachTokens } from '../../access/contract.js';
import { documentFacts, editedContent } from '../contract.js';
import type { EstimateContent, EstimateCreated, EstimateEvent, EstimateStatus, EstimateStep } from './estimate.js';

/** An estimate as it is answered, but for the customer's name, and for whether it has expired by the day of the answer. */
export interface EstimateDoc extends EstimateContent {
  readonly organisation: string;
  readonly revision: number;
  readonly form: EstimateForm;
  readonly status: EstimateStep;
  /** The last day on which it can be accepted, the last day of all where none is set. */
  readonly lapses: PlainDate;
  /** The invoice that it has become. */
  readonly invoiceId?: string;
  readonly reason?: string;
  readonly createdBy: string;
  /** Position of the first event: newest first means by this. */
  readonly created: string;
  readonly reach: readonly string[];
  /** What it is searched by: its reference. Whom it is for stands in the customer's document only. */
  readonly texts: readonly string[];
}

export type EstimateForm = 'estimate' | 'template';

const NEVER: PlainDate = '9999-12-31';

export const estimatesView: ViewDefinition<EstimateDoc, EstimateEvent> = {
  name: 'estimates',
  version: 1,
  events: [
    'EstimateCreated',
    'EstimateEdited',
    'EstimateSent',
    'EstimateAccepted',
    'EstimateDeclined',
    'EstimateConverted',
    'EstimateDiscarded',
  ],
  fields: {
    organisation: 'symbol',
    form: 'text',
    status: 'text',
    customerId: 'text',
    date: 'text',
    lapses: 'text',
    created: 'text',
    reach: 'texts',
    texts: 'texts',
  },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [
    ['organisation', 'customerId'],
    ['organisation', 'form'],
    ['organisation', 'status'],
    ['organisation', 'texts'],
    ['organisation', 'reach'],
    ['organisation'],
  ],
  keys: (event) => [recordIdOf(event.stream)],
  fold(doc, event) {
    if (event.type === 'EstimateCreated') return created(event);
    if (doc === null) return null;
    const { revision } = event;
    switch (event.type) {
      case 'EstimateEdited': {
        const content = editedContent(doc, event.data);
        return reckoned({ ...content, revision, status: 'draft' });
      }
      case 'EstimateSent':
        return { ...doc, revision, status: 'sent' };
      case 'EstimateAccepted':
        return { ...doc, revision, status: 'accepted' };
      case 'EstimateDeclined':
        return { ...doc, revision, status: 'declined', ...event.data };
      case 'EstimateConverted':
        return { ...doc, revision, status: 'converted', invoiceId: event.data.invoiceId };
      case 'EstimateDiscarded':
        return { ...doc, revision, status: 'discarded' };
    }
  },
};

function created({ data, ...event }: Recorded<EstimateCreated>): EstimateDoc {
  const { createdBy, template, ...content } = data;
  return reckoned({
    ...content,
    organisation: event.metadata.organisation ?? '',
    revision: event.revision,
    form: template === true ? 'template' : 'estimate',
    status: 'draft',
    createdBy,
    created: event.position,
  });
}

/** With what follows from its content. */
const reckoned = (doc: Omit<EstimateDoc, 'lapses' | 'reach' | 'texts'>): EstimateDoc => ({
  ...doc,
  lapses: doc.validUntil ?? NEVER,
  reach: reachTokens(documentFacts({ content: doc, createdBy: doc.createdBy })),
  texts: beginnings(doc.reference),
});

/** Estimates that have a status on a day. */
export function withStatus(status: EstimateStatus, day: PlainDate): readonly Condition[] {
  switch (status) {
    case 'sent':
      return [
        { field: 'status', eq: 'sent' },
        { field: 'lapses', from: day },
      ];
    case 'expired':
      return [
        { field: 'status', eq: 'sent' },
        { field: 'lapses', before: day },
      ];
    case 'draft':
    case 'accepted':
    case 'declined':
    case 'converted':
    case 'discarded':
      return [{ field: 'status', eq: status }];
  }
}
