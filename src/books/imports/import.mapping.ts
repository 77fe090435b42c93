import { LRUCache } from 'lru-cache';
import { derivedId } from '../../platform/commands/idempotency.js';
import type { CustomerCreated } from '../customers/customer.js';
import type { CreditNoteCreated, CreditNoteIssued } from '../invoices/credit-note.js';
import { type BillTo, bookedOf, priceLines, totalsOf } from '../invoices/document.js';
import type { InvoiceCreated, InvoiceIssued } from '../invoices/invoice.js';
import type { ProductCreated } from '../products/product.js';
import type { SourceDocument } from './documents.js';
import type { Row } from './rows.js';

/** Ids that are kept at hand: nearly every row names a product, and most products were named before. */
const REMEMBERED = 20_000;

/** Ids follow from what the file calls things, so the same file again meets what it made before. */
export class ImportedIds {
  private readonly products = new LRUCache<string, string>({ max: REMEMBERED });

  constructor(private readonly organisation: string) {}

  document(invoiceNo: string): string {
    return derivedId('imported-document', this.organisation, invoiceNo);
  }

  customer(customerId: string): string {
    return derivedId('imported-customer', this.organisation, customerId);
  }

  product(stockCode: string): string {
    const known = this.products.get(stockCode);
    if (known !== undefined) return known;
    const id = derivedId('imported-product', this.organisation, stockCode);
    this.products.set(stockCode, id);
    return id;
  }
}

const NO_CUSTOMER = 'No customer given';

const customerName = ({ customerId }: Row): string => (customerId === '' ? NO_CUSTOMER : `Customer ${customerId}`);

export function customerEvent(ids: ImportedIds, row: Row, createdBy: string): CustomerCreated {
  const { customerId: reference, country } = row;
  return {
    type: 'CustomerCreated',
    data: {
      customerId: ids.customer(reference),
      name: customerName(row),
      // Rows without a customer come from many countries.
      ...(reference === '' ? {} : { reference, ...(country === '' ? {} : { country }) }),
      createdBy,
    },
  };
}

/** An empty description is the stock code. */
const describe = ({ description, stockCode }: Row): string => (description === '' ? stockCode : description);

export const productEvent = (row: Row, createdBy: string): ProductCreated => ({
  type: 'ProductCreated',
  data: { name: describe(row), code: row.stockCode, unitPrice: row.unitPrice, createdBy },
});

/** The document of a source: VAT 0 unless it says otherwise, the source's number as reference. @throws Refusal where an amount is too large */
export function contentOf(
  ids: ImportedIds,
  document: SourceDocument,
  currency: string,
): Omit<InvoiceCreated['data'], 'createdBy'> {
  const [first] = document.rows;
  const lines = priceLines(
    document.kind,
    document.rows.map((row) => ({
      description: describe(row),
      // Amounts of a credit note come out negative by themselves; the source says so in its quantities.
      quantity: document.kind === 'invoice' ? row.quantity : negated(row.quantity),
      unitPrice: row.unitPrice,
      vatRate: row.vatRate,
      productId: row.stockCode === '' ? undefined : ids.product(row.stockCode),
      accountCode: row.accountCode,
    })),
    currency,
  );
  return {
    customerId: document.customer?.id ?? ids.customer(first.customerId),
    date: first.date,
    ...(first.dueDate === undefined ? {} : { dueDate: first.dueDate }),
    reference: document.invoiceNo,
    currency,
    lines,
    ...totalsOf(lines),
  };
}

export type DocumentEvents = readonly [InvoiceCreated, InvoiceIssued] | readonly [CreditNoteCreated, CreditNoteIssued];

/** A document comes in as issued, on its book date. */
export function documentEvents(
  document: SourceDocument,
  content: Omit<InvoiceCreated['data'], 'createdBy'>,
  number: number,
  createdBy: string,
): DocumentEvents {
  const made = { ...content, createdBy };
  const issue = {
    number,
    issuedOn: content.date,
    customerId: content.customerId,
    billTo: billTo(document),
    booked: bookedOf(content),
  };
  return document.kind === 'invoice'
    ? [
        { type: 'InvoiceCreated', data: made },
        { type: 'InvoiceIssued', data: issue },
      ]
    : [
        { type: 'CreditNoteCreated', data: made },
        { type: 'CreditNoteIssued', data: issue },
      ];
}

function billTo({ customer, rows: [first] }: SourceDocument): BillTo {
  const { name, country } = customer ?? { name: customerName(first), country: first.country };
  return { name, ...(country === undefined || country === '' ? {} : { country }) };
}

/** Of a canonical decimal. */
const negated = (quantity: string): string =>
  quantity === '0' ? quantity : quantity.startsWith('-') ? quantity.slice(1) : `-${quantity}`;
