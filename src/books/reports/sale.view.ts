import { recordIdOf } from '../../kernel/decider.js';
import type { Instant, PlainDate, Recorded } from '../../kernel/event.js';
import { type Decimal, decimalOf, microsOf, type Minor } from '../../kernel/money.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { reachTokens } from '../../access/contract.js';
import { type CreditNoteEvent, editedContent, type InvoiceEvent, type Line } from '../contract.js';

/** What a document has sold of one product on one account; without an id, all its lines that name no product. */
export interface SoldProduct {
  readonly productId?: string;
  readonly accountCode?: string;
  /** Negative on a credit note, as the amounts are. */
  readonly quantity: Decimal;
  readonly net: Minor;
  readonly vat: Minor;
}

/** An invoice or a credit note, as far as reports of sales go. Keyed by its id. */
export interface SaleDoc {
  readonly organisation: string;
  /** `draft` until it is in the ledger; those from before there was one stay it. */
  readonly status: 'draft' | 'booked';
  readonly customerId: string;
  readonly date: PlainDate;
  readonly projectId?: string;
  readonly brandId?: string;
  readonly createdBy: string;
  readonly reach: readonly string[];
  /** Of a draft. */
  readonly lines: readonly Line[];
  /** Of what is in the ledger. */
  readonly sold: readonly SoldProduct[];
  readonly bookedAt?: Instant;
  readonly voidedAt?: Instant;
}

type SaleEvent = Extract<
  InvoiceEvent | CreditNoteEvent,
  {
    type:
      | 'InvoiceCreated'
      | 'InvoiceEdited'
      | 'InvoiceIssued'
      | 'InvoiceVoided'
      | 'InvoiceDiscarded'
      | 'CreditNoteCreated'
      | 'CreditNoteIssued'
      | 'CreditNoteVoided';
  }
>;

export const salesView: ViewDefinition<SaleDoc, SaleEvent> = {
  name: 'sales',
  version: 1,
  events: [
    'InvoiceCreated',
    'InvoiceEdited',
    'InvoiceIssued',
    'InvoiceVoided',
    'InvoiceDiscarded',
    'CreditNoteCreated',
    'CreditNoteIssued',
    'CreditNoteVoided',
  ],
  fields: { organisation: 'symbol', status: 'text', date: 'text', reach: 'texts' },
  sorts: { byDate: { field: 'date', direction: 'asc' } },
  indexes: [
    ['organisation', 'status', 'reach'],
    ['organisation', 'status'],
  ],
  keys: (event) => [recordIdOf(event.stream)],
  fold(doc, event) {
    if (event.type === 'InvoiceCreated' || event.type === 'CreditNoteCreated') return drafted(event);
    if (doc === null) return null;
    switch (event.type) {
      case 'InvoiceEdited': {
        const { organisation, status, sold } = doc;
        const edited = editedContent(doc, event.data);
        return { organisation, status, ...headerOf(edited), lines: edited.lines, sold };
      }
      case 'InvoiceIssued':
        return booked(doc, event, 1);
      case 'CreditNoteIssued':
        return booked(doc, event, -1);
      case 'InvoiceVoided':
      case 'CreditNoteVoided':
        return doc.status === 'booked' ? { ...doc, voidedAt: event.recordedAt } : null;
      case 'InvoiceDiscarded':
        return null;
    }
  },
};

type Header = Pick<SaleDoc, 'customerId' | 'date' | 'projectId' | 'brandId' | 'createdBy'>;

/** What an edit may have taken away is left out. */
const headerOf = ({ customerId, date, projectId, brandId, createdBy }: Header) => ({
  customerId,
  date,
  ...(projectId === undefined ? {} : { projectId }),
  ...(brandId === undefined ? {} : { brandId }),
  createdBy,
  reach: reachTokens({ createdBy, projectId, brandId }),
});

const drafted = ({
  data,
  metadata,
}: Recorded<Extract<SaleEvent, { type: 'InvoiceCreated' | 'CreditNoteCreated' }>>): SaleDoc => ({
  organisation: metadata.organisation ?? '',
  status: 'draft',
  ...headerOf(data),
  lines: data.lines,
  sold: [],
});

/** The lines have done their work; quantities of credit notes are given positive. */
function booked(
  doc: SaleDoc,
  { data, recordedAt }: Recorded<Extract<SaleEvent, { type: 'InvoiceIssued' | 'CreditNoteIssued' }>>,
  sign: 1 | -1,
): SaleDoc {
  if (data.booked === undefined) return doc;
  const groups = new Map<string, { first: Line; micros: bigint; net: Minor; vat: Minor }>();
  for (const line of doc.lines) {
    const key = `${line.productId ?? ''}/${line.accountCode ?? ''}`;
    const group = groups.get(key) ?? { first: line, micros: 0n, net: 0, vat: 0 };
    groups.set(key, group);
    group.micros += BigInt(sign) * microsOf(line.quantity);
    group.net += line.net;
    group.vat += line.vat;
  }
  const sold = [...groups.values()].map(({ first: { productId, accountCode }, micros, net, vat }) => ({
    quantity: decimalOf(micros),
    net,
    vat,
    ...(productId === undefined ? {} : { productId }),
    ...(accountCode === undefined ? {} : { accountCode }),
  }));
  return { ...doc, status: 'booked', lines: [], sold, bookedAt: recordedAt };
}
