import { given } from '../../../test/support/specification.js';
import { type CreditNoteEvent, creditNotes } from './credit-note.js';
import { createCreditNote, issueCreditNote, sendCreditNote, voidCreditNote } from './credit-note.decide.js';

const asked = { description: 'Lantern', quantity: '2', unitPrice: '5', vatRate: 2000 };
const content = {
  customerId: 'c1',
  date: '2026-03-01',
  invoiceId: 'i1',
  currency: 'GBP',
  lines: [{ ...asked, net: -1000, vat: -200 }],
  ...{ net: -1000, vat: -200, total: -1200 },
} as const;
const billTo = { name: 'Hale Ltd' };
const credit = { invoiceId: 'i1', amount: 1200 };
const booked = {
  customerId: 'c1',
  date: '2026-03-01',
  total: -1200,
  amounts: [{ accountCode: '4000', vatRate: 2000, net: -1000, vat: -200 }],
};

const created: CreditNoteEvent = { type: 'CreditNoteCreated', data: { ...content, createdBy: 'ann' } };
const { invoiceId: _, ...alone } = content;
const createdAlone: CreditNoteEvent = { type: 'CreditNoteCreated', data: { ...alone, createdBy: 'ann' } };
const issue = { number: 3, issuedOn: '2026-03-01', customerId: 'c1', billTo, booked };
const issued: CreditNoteEvent = { type: 'CreditNoteIssued', data: { ...issue, credit } };
const creditNote = (...events: readonly CreditNoteEvent[]) => given(creditNotes, 'n1', ...events);

describe('creating a credit note', () => {
  it('takes the brand of the invoice that it corrects, or its own', () => {
    const input = { customerId: 'c1', date: '2026-03-01', invoiceId: 'i1', lines: [asked] };
    const branded = (brandId: string): CreditNoteEvent => ({
      type: 'CreditNoteCreated',
      data: { ...content, brandId, createdBy: 'n1' },
    });
    creditNote().when(createCreditNote(input), { currency: 'GBP', brandId: 'north' }).then(branded('north'));
    creditNote()
      .when(createCreditNote({ ...input, brandId: 'south' }), { currency: 'GBP', brandId: 'south' })
      .then(branded('south'));
  });
  it('takes positive quantities and comes out negative', () =>
    creditNote()
      .when(createCreditNote({ customerId: 'c1', date: '2026-03-01', invoiceId: 'i1', lines: [asked] }), {
        currency: 'GBP',
      })
      .then({ type: 'CreditNoteCreated', data: { ...content, createdBy: 'n1' } }));
  it('is refused for a date that is none', () =>
    creditNote()
      .when(createCreditNote({ customerId: 'c1', date: '2026-02-30', lines: [] }), { currency: 'GBP' })
      .thenRefused('validation-failed'));
});

describe('issuing a credit note', () => {
  it('says what it takes off its invoice', () =>
    creditNote(created).when(issueCreditNote(), { number: 3, billTo }).then(issued));
  it('takes nothing off where it corrects no invoice', () =>
    creditNote(createdAlone)
      .when(issueCreditNote(), { number: 3, billTo })
      .then({ type: 'CreditNoteIssued', data: issue }));
  it('is refused the second time', () =>
    creditNote(created, issued)
      .when(issueCreditNote(), { number: 4, billTo })
      .thenRefused('conflict', 'already-issued'));
  it('is refused once it is void', () =>
    creditNote(created, { type: 'CreditNoteVoided', data: { reason: 'x' } })
      .when(issueCreditNote(), { number: 4, billTo })
      .thenRefused('conflict', 'not-a-draft'));
  it('is refused without lines', () =>
    creditNote({ type: 'CreditNoteCreated', data: { ...content, lines: [], createdBy: 'ann' } })
      .when(issueCreditNote(), { number: 4, billTo })
      .thenRefused('conflict', 'no-lines-to-issue'));
});

describe('sending a credit note', () => {
  const to = 'rosa@klein.example';
  it('says where to', () =>
    creditNote(created, issued)
      .when(sendCreditNote(), { to })
      .then({ type: 'CreditNoteSent', data: { customerId: 'c1', to } }));
  it('is refused for a draft', () =>
    creditNote(created).when(sendCreditNote(), { to }).thenRefused('conflict', 'not-issued'));
});

describe('voiding a credit note', () => {
  it('gives back what it took off', () =>
    creditNote(created, issued)
      .when(voidCreditNote('mistake'))
      .then({ type: 'CreditNoteVoided', data: { reason: 'mistake', credit, booked } }));
  it('ends a draft too', () =>
    creditNote(created)
      .when(voidCreditNote('mistake'))
      .then({ type: 'CreditNoteVoided', data: { reason: 'mistake' } }));
  it('is refused the second time', () =>
    creditNote(created, { type: 'CreditNoteVoided', data: { reason: 'x' } })
      .when(voidCreditNote('mistake'))
      .thenRefused('conflict', 'already-void'));
  it('is refused for none', () => creditNote().when(voidCreditNote('mistake')).thenRefused('not-found'));
});
