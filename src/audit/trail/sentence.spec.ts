import type { FieldChange } from '../../kernel/catalogue.js';
import { fieldName, money, sentenceOf, type Telling } from './sentence.js';

const change = (field: string, from: unknown, to: unknown): FieldChange => ({ field, from, to });

const told = (changes: readonly FieldChange[], more: Partial<Telling> = {}): string =>
  sentenceOf(
    { data: { changes: {} }, recordedAt: '2026-03-01T09:30:00.000Z' },
    { summary: 'edited a draft invoice', kind: 'invoice', label: 'Invoice 1042', currency: 'GBP', changes, ...more },
  );

describe('the sentence of an edit', () => {
  it.each<[string, readonly FieldChange[]]>([
    ['changed the due date of invoice 1042 from 1 May to 1 June', [change('dueDate', '2026-05-01', '2026-06-01')]],
    [
      'changed the due date of invoice 1042 from 31 December 2025 to 1 June',
      [change('dueDate', '2025-12-31', '2026-06-01')],
    ],
    ['set the due date of invoice 1042 to 1 June', [change('dueDate', null, '2026-06-01')]],
    ['cleared the reference of invoice 1042 (it was PO 7)', [change('reference', 'PO 7', null)]],
    [
      'changed the due date of invoice 1042 from 1 May to 1 June and cleared its notes (it was call first)',
      [change('dueDate', '2026-05-01', '2026-06-01'), change('notes', 'call first', null)],
    ],
    [
      'changed the total of invoice 1042 from 150.00 GBP to 1,250.50 GBP and changed its line 1',
      [
        change('total', 15_000, 125_050),
        change('net', 15_000, 125_050),
        change('vat', 0, 1),
        change('lines.1', { quantity: '1' }, { quantity: '2' }),
      ],
    ],
    ['changed the tags of invoice 1042 from a, b to c', [change('tags', ['a', 'b'], ['c'])]],
    ['changed the default of invoice 1042 from no to yes', [change('default', false, true)]],
    [
      'changed the VAT rate, notes, date, reference, brand and 1 more of invoice 1042',
      ['vatRate', 'notes', 'date', 'reference', 'brandId', 'templateId'].map((field) => change(field, 'a', 'b')),
    ],
  ])('%s', (sentence, changes) => {
    expect(told(changes)).toBe(sentence);
  });

  it.each<[string, FieldChange]>([
    ['an id', change('customerId', '0190a6d8-0000-7000-8000-000000000001', '0190a6d8-0000-7000-8000-000000000002')],
    ['a long text', change('customer', 'x'.repeat(61), 'y')],
    ['a text of several lines', change('customer', 'a', 'b\nBcc: all')],
    ['what was erased', change('customer', 'erased', 'erased')],
  ])('leaves out %s', (_, one) => {
    expect(told([one])).toBe('changed the customer of invoice 1042');
  });

  it.each<[string, Partial<Telling>]>([
    ['renamed the customer Rosa Klein to Rosa Gross', { kind: 'customer', label: 'Rosa Gross' }],
    ['renamed a customer Rosa Klein to Rosa Gross', { kind: 'customer', label: null }],
  ])('%s', (sentence, more) => {
    expect(told([change('name', 'Rosa Klein', 'Rosa Gross')], more)).toBe(sentence);
  });

  it.each<[string, Partial<Telling>]>([
    ['set the email of the customer Rosa Klein to r@k.example', { kind: 'customer', label: 'Rosa Klein' }],
    ['set the email of a customer (erased) to r@k.example', { kind: 'customer', label: 'erased' }],
    ['set the email of the draft invoice to r@k.example', { label: 'Invoice (draft)' }],
    ['set the email of credit note 7 to r@k.example', { kind: 'credit-note', label: 'Credit note 7' }],
    ['set the email of an invoice to r@k.example', { label: null }],
  ])('%s', (sentence, more) => {
    expect(told([change('email', null, 'r@k.example')], more)).toBe(sentence);
  });

  it('is the one of the catalogue where the changes are no fields', () => {
    expect(told([change('invoices:read', null, 'all')])).toBe('edited a draft invoice');
    expect(told([])).toBe('edited a draft invoice');
  });
});

describe('the sentence of everything else', () => {
  const said = (summary: string, kind: string, label: string | null): string =>
    sentenceOf(
      { data: { reason: 'x' }, recordedAt: '2026-03-01T09:30:00.000Z' },
      { summary, kind, label, currency: 'GBP', changes: [change('reason', null, 'x')] },
    );

  it.each([
    ['voided an invoice', 'invoice', 'Invoice 7', 'voided invoice 7'],
    ['archived a project', 'project', 'Ball', 'archived the project Ball'],
    ['archived a project', 'project', null, 'archived a project'],
    [
      'changed the roles of a member: Sales -> Admin',
      'member',
      'Bob Hale',
      'changed the roles of the member Bob Hale: Sales -> Admin',
    ],
    ['issued invoice 7', 'invoice', 'Invoice 7', 'issued invoice 7'],
    // A name is no pattern of a replacement.
    ['archived a product', 'product', '$& $1', 'archived the product $& $1'],
  ])('%s, of %s %s: %s', (summary, kind, label, sentence) => {
    expect(said(summary, kind, label)).toBe(sentence);
  });
});

it.each([
  [0, 'GBP', '0.00 GBP'],
  [5, 'GBP', '0.05 GBP'],
  [-123_456_789, 'GBP', '-1,234,567.89 GBP'],
  [1250, 'JPY', '1,250 JPY'],
  [1250, 'KWD', '1.250 KWD'],
  [1250, '', '12.50'],
])('%i %s is %s', (minor, currency, text) => {
  expect(money(minor, currency)).toBe(text);
});

it.each([
  ['dueDate', 'due date'],
  ['defaultTemplateId', 'default template'],
  ['lines.12', 'line 12'],
  ['iban', 'IBAN'],
  ['unitPrice', 'unit price'],
])('%s is the %s', (field, name) => {
  expect(fieldName(field)).toBe(name);
});

describe('the sentence of an event whose summary names its record', () => {
  it.each<[string, Partial<Telling>]>([
    ['began an import of invoices', { label: 'Import of invoices' }],
    ['began an import of invoices', { label: null }],
  ])('%s', (sentence, more) => {
    const telling = { summary: 'began an import of invoices', kind: 'import', currency: 'GBP', changes: [], ...more };
    expect(sentenceOf({ data: {}, recordedAt: '2026-03-01T09:30:00.000Z' }, telling as Telling)).toBe(sentence);
  });
});
