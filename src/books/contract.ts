/** What the books tell the other rooms: their records and the events of these. */
export { type BankAccountEvent, bankAccounts } from './bank-accounts/bank-account.js';
export { accountNumber, bic, iban, sortCode } from './bank-accounts/numbers.js';
export { type BrandEvent, brands } from './brands/brand.js';
export type { AccountType } from './chart/account.js';
export { chart, type ChartEvent } from './chart/chart.js';
export { type CustomerEvent, customers, requireUsable } from './customers/customer.js';
export {
  type DocumentTemplateEvent,
  documentTemplates,
  type TemplateKind,
} from './document-templates/document-template.js';
export { imports, type ImportEvent } from './imports/import.js';
export { type CreditNoteEvent, type CreditNoteIssued, creditNotes } from './invoices/credit-note.js';
export {
  type Amount,
  amountsOf,
  documentFacts,
  type DocumentPatch,
  type Edit,
  editedContent,
  editedFields,
  editOf,
  type Line,
  type LineInput,
  madeFields,
  MAX_LINES,
  newContent,
  type NewDocument,
  type Priced,
  priceLines,
  totalsOf,
} from './invoices/document.js';
export {
  type Invoice,
  type InvoiceCreated,
  type InvoiceEvent,
  type InvoiceIssued,
  invoices,
} from './invoices/invoice.js';
export { type JournalEvent, journals } from './journals/journal.js';
export type { OpenItem, Turnover, VatSum } from './ledger/reading.js';
export { numbers, type NumbersEvent } from './numbering/numbers.js';
export { type PeriodEvent, periods } from './periods/period.js';
export { type ProductEvent, products } from './products/product.js';
export { type TransactionEvent, transactions } from './transactions/transaction.js';
export { type TransferEvent, transfers } from './transfers/transfer.js';
