import {
  DecimalField,
  Integer,
  ListOf,
  OneOf,
  OptionalText,
  PageQuery,
  PlainDateField,
  Text,
  Uuid,
} from '../../platform/http/fields.js';
import { MAX_VAT_RATE } from '../products/product.js';
import { MAX_LINES } from './document.js';
import { DOCUMENT_STATUSES, type DocumentStatus } from './invoice.view.js';

/** What a line of any document says. */
export class PricedLineDto {
  @Text({ max: 1000, multiline: true })
  description!: string;

  @DecimalField()
  quantity!: string;

  @DecimalField()
  unitPrice!: string;

  @Integer({ min: 0, max: MAX_VAT_RATE, optional: true, description: 'Basis points; 0 by default' })
  vatRate?: number;
}

export class LineDto extends PricedLineDto {
  @Uuid({ optional: true })
  productId?: string;

  @OptionalText({ max: 20 })
  accountCode?: string;
}

export class InvoiceDto {
  @Uuid()
  customerId!: string;

  @PlainDateField()
  date!: string;

  @PlainDateField({ optional: true })
  dueDate?: string;

  @ListOf(LineDto, { max: MAX_LINES })
  lines!: LineDto[];

  @OptionalText({ max: 200 })
  reference?: string;

  @Uuid({ optional: true })
  brandId?: string;

  @Uuid({ optional: true })
  templateId?: string;

  @Uuid({ optional: true })
  projectId?: string;
}

export class CreditNoteDto extends InvoiceDto {
  @Uuid({ optional: true, description: 'The invoice that is credited, of the same customer' })
  invoiceId?: string;
}

export class VoidDto {
  @Text({ max: 500 })
  reason!: string;
}

export class DocumentsQuery extends PageQuery {
  @OneOf(DOCUMENT_STATUSES, { optional: true })
  status?: DocumentStatus;

  @Uuid({ optional: true })
  customerId?: string;

  @PlainDateField({ optional: true, description: 'First book date' })
  from?: string;

  @PlainDateField({ optional: true, description: 'Last book date' })
  to?: string;
}

export class InvoicesQuery extends DocumentsQuery {
  @OneOf(['true'], { optional: true, description: 'Only what is owed and was due before today' })
  overdue?: 'true';
}
