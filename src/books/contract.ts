/** What the books tell the other rooms: their records and the events of these. */
export { type BankAccountEvent, bankAccounts } from './bank-accounts/bank-account.js';
export { type BrandEvent, brands } from './brands/brand.js';
export { type CustomerEvent, customers, requireUsable } from './customers/customer.js';
export { type DocumentTemplateEvent, documentTemplates } from './document-templates/document-template.js';
export { imports, type ImportEvent } from './imports/import.js';
export { type CreditNoteEvent, type CreditNoteIssued, creditNotes } from './invoices/credit-note.js';
export { type InvoiceEvent, type InvoiceIssued, invoices } from './invoices/invoice.js';
export { numbers, type NumbersEvent } from './numbering/numbers.js';
export { type ProductEvent, products } from './products/product.js';
