import { given } from '../../../test/support/specification.js';
import type { Decide } from '../../kernel/decider.js';
import { type Invoice, type InvoiceEvent, invoices } from './invoice.js';
import {
  copyInvoice,
  createInvoice,
  discardInvoice,
  editInvoice,
  issueInvoice,
  recordPayment,
  remindOfInvoice,
  sendInvoice,
  reserveCredit,
  voidInvoice,
  type VoidNotes,
} from './invoice.decide.js';

const ACCOUNT = 'account-1';
const asked = { description: 'Lantern', quantity: '2', unitPrice: '5', vatRate: 2000 };
const lantern = { ...asked, net: 1000, vat: 200 };
const content = {
  customerId: 'c1',
  date: '2026-03-01',
  dueDate: '2026-03-31',
  currency: 'GBP',
  lines: [lantern],
  ...{ net: 1000, vat: 200, total: 1200 },
} as const;
const billTo = { name: 'Hale Ltd', country: 'United Kingdom' };
const booked = {
  customerId: 'c1',
  date: '2026-03-01',
  dueDate: '2026-03-31',
  total: 1200,
  amounts: [{ accountCode: '4000', vatRate: 2000, net: 1000, vat: 200 }],
};

const created: InvoiceEvent = { type: 'InvoiceCreated', data: { ...content, createdBy: 'ann' } };
const issued: InvoiceEvent = {
  type: 'InvoiceIssued',
  data: { number: 7, issuedOn: '2026-03-01', customerId: 'c1', billTo, booked },
};
const paid = (amount: number): InvoiceEvent => ({
  type: 'PaymentRecorded',
  data: { amount, date: '2026-03-02', paymentAccountId: ACCOUNT, customerId: 'c1' },
});
const voided: InvoiceEvent = { type: 'InvoiceVoided', data: { reason: 'wrong customer', booked } };
const discarded: InvoiceEvent = { type: 'InvoiceDiscarded', data: {} };
const reserved = (creditNoteId: string, amount: number): InvoiceEvent => ({
  type: 'CreditReserved',
  data: { creditNoteId, amount },
});
const released = (creditNoteId: string, amount: number): InvoiceEvent => ({
  type: 'CreditReleased',
  data: { creditNoteId, amount },
});
const voidNotes = (...ids: readonly string[]): VoidNotes => ({ voidNotes: new Set(ids) });
const invoice = (...events: readonly InvoiceEvent[]) => given(invoices, 'i1', ...events);

describe('creating an invoice', () => {
  const input = { customerId: 'c1', date: '2026-03-01', dueDate: '2026-03-31', lines: [asked], projectId: null };

  it('makes a draft with what its lines come to', () =>
    invoice()
      .when(createInvoice(input), { currency: 'GBP' })
      .then({ type: 'InvoiceCreated', data: { ...content, createdBy: 'i1' } }));
  it('may have no lines yet', () =>
    invoice()
      .when(createInvoice({ ...input, lines: [] }), { currency: 'GBP' })
      .then({ type: 'InvoiceCreated', data: { ...content, lines: [], net: 0, vat: 0, total: 0, createdBy: 'i1' } }));
  it.each([{ date: '2026-02-30' }, { dueDate: '2026-13-01' }])('is refused for a date that is none: %j', (wrong) =>
    invoice()
      .when(createInvoice({ ...input, ...wrong }), { currency: 'GBP' })
      .thenRefused('validation-failed'),
  );
});

describe('editing an invoice', () => {
  it('says what changed, and of the lines only those that did', () =>
    invoice(created)
      .when(editInvoice({ dueDate: null, reference: 'PO 1', lines: [asked, { ...asked, quantity: 1 }] }))
      .then({
        type: 'InvoiceEdited',
        data: {
          changes: {
            dueDate: { from: '2026-03-31' },
            reference: { to: 'PO 1' },
            net: { from: 1000, to: 1500 },
            vat: { from: 200, to: 300 },
            total: { from: 1200, to: 1800 },
          },
          lines: [{ line: 2, from: null, to: { ...lantern, quantity: '1', net: 500, vat: 100 } }],
        },
      } as never));
  it('does nothing where nothing changes', () =>
    invoice(created)
      .when(editInvoice({ date: '2026-03-01', lines: [{ ...asked, quantity: 2, unitPrice: '5.00' }] }))
      .then());
  it('counts from what an earlier edit made', () =>
    invoice(created, {
      type: 'InvoiceEdited',
      data: { changes: { customerId: { from: 'c1', to: 'c2' } }, lines: [{ line: 1, from: lantern, to: null }] },
    })
      .when(editInvoice({ customerId: 'c2', lines: [] }))
      .then({
        type: 'InvoiceEdited',
        data: {
          changes: { net: { from: 1000, to: 0 }, vat: { from: 200, to: 0 }, total: { from: 1200, to: 0 } },
          lines: [],
        },
      }));
  it.each([
    ['issued', [issued]],
    ['discarded', [discarded]],
    ['void', [issued, voided]],
  ] as const)('is refused for a %s one', (_, events) =>
    invoice(created, ...events)
      .when(editInvoice({ reference: 'x' }))
      .thenRefused('conflict', 'not-a-draft'),
  );
  it('is refused for a date that is none', () =>
    invoice(created)
      .when(editInvoice({ date: '1899-01-01' }))
      .thenRefused('validation-failed'));
});

describe('issuing an invoice', () => {
  it('gives it its number, and keeps whom it was made out to', () =>
    invoice(created).when(issueInvoice(), { number: 7, billTo }).then(issued));
  it.each([
    ['already-issued', [issued]],
    ['already-issued', [issued, voided]],
    ['not-a-draft', [discarded]],
  ] as const)('is refused: %s', (rule, events) =>
    invoice(created, ...events)
      .when(issueInvoice(), { number: 8, billTo })
      .thenRefused('conflict', rule),
  );
  it('is refused without lines', () =>
    invoice({ type: 'InvoiceCreated', data: { ...content, lines: [], createdBy: 'ann' } })
      .when(issueInvoice(), { number: 7, billTo })
      .thenRefused('conflict', 'no-lines-to-issue'));
  it('is refused for none', () => invoice().when(issueInvoice(), { number: 7, billTo }).thenRefused('not-found'));
});

describe('an invoice that was issued before there was a ledger', () => {
  it('takes nothing out of it when it is voided', () =>
    invoice(created, { type: 'InvoiceIssued', data: { number: 7, issuedOn: '2026-03-01', customerId: 'c1', billTo } })
      .when(voidInvoice('wrong customer'), voidNotes())
      .then({ type: 'InvoiceVoided', data: { reason: 'wrong customer' } }));
});

describe('recording a payment', () => {
  const payment = { amount: 1200, date: '2026-03-02', paymentAccountId: ACCOUNT };

  it('takes the whole amount', () =>
    invoice(created, issued).when(recordPayment(payment), voidNotes()).then(paid(1200)));
  it('takes what is left', () =>
    invoice(created, issued, paid(1000))
      .when(recordPayment({ ...payment, amount: 200 }), voidNotes())
      .then(paid(200)));
  it.each([
    ['more than the total', [], 1201],
    ['more than is left', [paid(1000)], 201],
    ['more than credit notes leave', [reserved('n1', 101), reserved('n2', 100)], 1000],
  ] as const)('is refused: %s', (_, before, amount) =>
    invoice(created, issued, ...before)
      .when(recordPayment({ ...payment, amount }), voidNotes())
      .thenRefused('conflict', 'payment-exceeds-outstanding'),
  );
  it('counts no credit note that is void, and gives its credit back', () =>
    invoice(created, issued, reserved('n1', 700), reserved('n2', 200))
      .when(recordPayment({ ...payment, amount: 1000 }), voidNotes('n1'))
      .then(released('n1', 700), paid(1000)));
  it.each([{ amount: 0 }, { amount: -1 }, { date: '2026-02-30' }])('is refused with %j', (wrong) =>
    invoice(created, issued)
      .when(recordPayment({ ...payment, ...wrong }), voidNotes())
      .thenRefused('validation-failed'),
  );
  it.each([[[]], [[discarded]], [[issued, voided]]] as const)('is refused unless it is issued: %j', (events) =>
    invoice(created, ...events)
      .when(recordPayment(payment), voidNotes())
      .thenRefused('conflict', 'not-issued'),
  );
});

describe('reserving a credit', () => {
  const reserve =
    (creditNoteId: string, amount: number): Decide<Invoice, InvoiceEvent, VoidNotes> =>
    (state, _, notes) =>
      reserveCredit(state, { creditNoteId, amount }, notes);

  it('is for one credit note, up to all of the invoice', () =>
    invoice(created, issued).when(reserve('n1', 1200), voidNotes()).then(reserved('n1', 1200)));
  it('is for what other credit notes leave', () =>
    invoice(created, issued, reserved('n1', 700)).when(reserve('n2', 500), voidNotes()).then(reserved('n2', 500)));
  it('is refused for more than they leave', () =>
    invoice(created, issued, reserved('n1', 700))
      .when(reserve('n2', 501), voidNotes())
      .thenRefused('conflict', 'credit-exceeds-invoice'));
  it('has room again once one of them is void, or given back', () => {
    invoice(created, issued, reserved('n1', 700))
      .when(reserve('n2', 501), voidNotes('n1'))
      .then(released('n1', 700), reserved('n2', 501));
    invoice(created, issued, reserved('n1', 700), released('n1', 700))
      .when(reserve('n2', 1200), voidNotes())
      .then(reserved('n2', 1200));
  });
  it('does nothing the second time', () =>
    invoice(created, issued, reserved('n1', 700)).when(reserve('n1', 700), voidNotes()).then());
  it('takes no heed of payments: what was paid is owed back', () =>
    invoice(created, issued, paid(1200)).when(reserve('n1', 1200), voidNotes()).then(reserved('n1', 1200)));
  it('lies on the side of the total, so no credit makes room for another', () => {
    invoice(created, issued).when(reserve('n1', -1), voidNotes()).thenRefused('conflict', 'credit-exceeds-invoice');
    const owing = invoice({ type: 'InvoiceCreated', data: { ...content, total: -1200, createdBy: 'ann' } }, issued);
    owing.when(reserve('n1', -1200), voidNotes()).then(reserved('n1', -1200));
    for (const amount of [1, -1201]) {
      owing.when(reserve('n1', amount), voidNotes()).thenRefused('conflict', 'credit-exceeds-invoice');
    }
  });
  it.each([[[]], [[created]], [[created, discarded]], [[created, issued, voided]]] as const)(
    'is refused unless the invoice is issued: %j',
    (events) =>
      invoice(...events)
        .when(reserve('n1', 1), voidNotes())
        .thenRefused('conflict', 'invoice-not-issued'),
  );
});

describe('voiding an invoice', () => {
  const because = voidInvoice('wrong customer');

  it('keeps its number and the reason', () => {
    invoice(created, issued).when(because, voidNotes()).then(voided);
    expect(invoice(created, issued, voided).state).toMatchObject({ status: 'void', number: 7 });
  });
  it('is refused once it is paid', () =>
    invoice(created, issued, paid(1)).when(because, voidNotes()).thenRefused('conflict', 'has-payments'));
  it('is refused while a credit note corrects it, or is about to', () =>
    invoice(created, issued, reserved('n1', 1), reserved('n2', 1))
      .when(because, voidNotes('n1'))
      .thenRefused('conflict', 'has-credit-notes'));
  it('gives back the credits of those that are void', () =>
    invoice(created, issued, reserved('n1', 1), reserved('n2', 0))
      .when(because, voidNotes('n1', 'n2'))
      .then(released('n1', 1), released('n2', 0), voided));
  it.each([[[]], [[discarded]], [[issued, voided]]] as const)('is refused unless it is issued: %j', (events) =>
    invoice(created, ...events)
      .when(because, voidNotes())
      .thenRefused('conflict', 'not-issued'),
  );
});

describe('sending an invoice', () => {
  const to = 'rosa@klein.example';
  const sent: InvoiceEvent = { type: 'InvoiceSent', data: { customerId: content.customerId, to } };

  it('says where to, again too', () => {
    invoice(created, issued).when(sendInvoice(), { to }).then(sent);
    invoice(created, issued, sent, paid(100)).when(sendInvoice(), { to }).then(sent);
  });
  it.each([
    ['a draft', [created]],
    ['a void one', [created, issued, voided]],
    ['a discarded one', [created, discarded]],
  ])('is refused for %s', (_, events) =>
    invoice(...events)
      .when(sendInvoice(), { to })
      .thenRefused('conflict', 'not-issued'),
  );
  it('is refused for none', () => invoice().when(sendInvoice(), { to }).thenRefused('not-found'));
});

describe('reminding of an invoice', () => {
  const to = 'rosa@klein.example';
  const reminded = (daysAfterDue: number): InvoiceEvent => ({
    type: 'InvoiceReminderSent',
    data: { customerId: content.customerId, to, daysAfterDue },
  });
  const remind = (days: number, ...voided: readonly string[]) => remindOfInvoice(days, to, voidNotes(...voided));

  it('happens once for each reminder', () => {
    invoice(created, issued).when(remind(7)).then(reminded(7));
    invoice(created, issued, reminded(7)).when(remind(7)).then();
    invoice(created, issued, reminded(7)).when(remind(14)).then(reminded(14));
    invoice(created, issued, reminded(14)).when(remind(7)).then();
  });
  it('ends when nothing is owed any more', () => {
    invoice(created, issued, paid(1200)).when(remind(7)).then();
    invoice(created, issued, paid(1199)).when(remind(7)).then(reminded(7));
    invoice(created, issued, reserved('n1', 1200)).when(remind(7)).then();
    invoice(created, issued, reserved('n1', 1200)).when(remind(7, 'n1')).then(reminded(7));
  });
  it.each([
    ['none', []],
    ['a draft', [created]],
    ['a void one', [created, issued, voided]],
  ])('is not done for %s', (_, events) =>
    invoice(...events)
      .when(remind(7))
      .then(),
  );
});

describe('discarding an invoice', () => {
  it('discards a draft', () => invoice(created).when(discardInvoice()).then(discarded));
  it('does nothing the second time', () => invoice(created, discarded).when(discardInvoice()).then());
  it('is refused once it is issued', () =>
    invoice(created, issued).when(discardInvoice()).thenRefused('conflict', 'not-a-draft'));
});

describe('copying an invoice', () => {
  const copied = (date: string, dueDate: string): InvoiceEvent => ({
    type: 'InvoiceCreated',
    data: { ...content, date, dueDate, createdBy: 'i1' },
  });

  it('makes a draft of today with as many days to pay', () =>
    invoice()
      .when(copyInvoice({ ...content, date: '2026-01-31', dueDate: '2026-03-02' }))
      .then(copied('2026-03-01', '2026-03-31')));
  it('or of another date', () =>
    invoice().when(copyInvoice(content, '2028-02-01')).then(copied('2028-02-01', '2028-03-02')));
  it('is refused where it would be due beyond the calendar of the books', () =>
    invoice().when(copyInvoice(content, '2999-12-31')).thenRefused('validation-failed'));
});

describe('what authorisation knows of an invoice', () => {
  it('is who made it, and where it belongs', () => {
    const filed: InvoiceEvent = {
      type: 'InvoiceCreated',
      data: { ...content, projectId: 'p', brandId: 'b', createdBy: 'ann' },
    };
    expect(invoices.facts(invoice(filed).state)).toEqual({ createdBy: 'ann', projectId: 'p', brandId: 'b' });
    expect(invoices.facts(invoice().state)).toEqual({});
    expect(invoices.exists(invoice().state)).toBe(false);
  });
});

describe('the trail of an invoice', () => {
  it('leaves out what is there for the ledger only', () => {
    expect(invoices.events.PaymentRecorded.changes?.(paid(5).data as never)).toEqual([
      { field: 'amount', from: null, to: 5 },
      { field: 'date', from: null, to: '2026-03-02' },
      { field: 'paymentAccountId', from: null, to: ACCOUNT },
    ]);
    expect(invoices.events.InvoiceVoided.changes?.(voided.data as never)).toEqual([
      { field: 'reason', from: null, to: 'wrong customer' },
    ]);
  });
  it('says what happened in a sentence, and which lines changed', () => {
    expect(invoices.events.InvoiceIssued.summary(issued.data as never)).toBe('issued invoice 7');
    expect(invoices.events.InvoiceCreated.changes?.(created.data as never)).toContainEqual({
      field: 'total',
      from: null,
      to: 1200,
    });
    expect(
      invoices.events.InvoiceEdited.changes?.({
        changes: { total: { from: 1200, to: 0 } },
        lines: [{ line: 1, from: lantern, to: null }],
      }),
    ).toEqual([
      { field: 'total', from: 1200, to: 0 },
      { field: 'lines.1', from: lantern, to: null },
    ]);
  });
});
