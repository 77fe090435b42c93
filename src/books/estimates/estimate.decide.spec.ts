import { given } from '../../../test/support/specification.js';
import { type Invoice, type InvoiceEvent, invoices } from '../contract.js';
import { type EstimateContent, type EstimateEvent, estimates, statusOn } from './estimate.js';
import {
  acceptEstimate,
  convertEstimate,
  copyEstimate,
  createEstimate,
  declineEstimate,
  discardEstimate,
  draftInvoice,
  editEstimate,
  sendEstimate,
} from './estimate.decide.js';

/** Decisions are made on 2026-03-01. */
const asked = { description: 'Portraits', quantity: '2', unitPrice: '5', vatRate: 2000 };
const line = { ...asked, net: 1000, vat: 200 };
const content = {
  customerId: 'c1',
  date: '2026-02-15',
  validUntil: '2026-03-01',
  currency: 'GBP',
  lines: [line],
  ...{ net: 1000, vat: 200, total: 1200 },
} as const satisfies EstimateContent;
const { customerId: _, ...forNobody } = content;

const createdWith = (data: object): EstimateEvent => ({
  type: 'EstimateCreated',
  data: { ...content, createdBy: 'ann', ...data },
});
const created = createdWith({});
const lapsed = createdWith({ validUntil: '2026-02-28' });
const template: EstimateEvent = { type: 'EstimateCreated', data: { ...forNobody, template: true, createdBy: 'ann' } };
const sent: EstimateEvent = { type: 'EstimateSent', data: { customerId: 'c1' } };
const accepted: EstimateEvent = { type: 'EstimateAccepted', data: {} };
const declined: EstimateEvent = { type: 'EstimateDeclined', data: {} };
const discarded: EstimateEvent = { type: 'EstimateDiscarded', data: {} };
const converted: EstimateEvent = { type: 'EstimateConverted', data: { invoiceId: 'i1', date: '2026-03-01' } };
const estimate = (...events: readonly EstimateEvent[]) => given(estimates, 'e1', ...events);

describe('creating an estimate', () => {
  const input = { customerId: 'c1', date: '2026-02-15', validUntil: '2026-03-01', lines: [asked], brandId: null };
  const GBP = { currency: 'GBP' };

  it('makes a draft with what its lines come to', () =>
    estimate()
      .when(createEstimate(input), GBP)
      .then({ type: 'EstimateCreated', data: { ...content, createdBy: 'e1' } }));
  it('needs a customer, but for a template', () => {
    estimate()
      .when(createEstimate({ ...input, customerId: null }), GBP)
      .thenRefused('validation-failed');
    estimate()
      .when(createEstimate({ ...input, customerId: null, template: true }), GBP)
      .then({ type: 'EstimateCreated', data: { ...forNobody, template: true, createdBy: 'e1' } });
  });
  it.each([{ date: '2026-02-30' }, { validUntil: '2025-02-29' }])('is refused for a date that is none: %j', (wrong) =>
    estimate()
      .when(createEstimate({ ...input, ...wrong }), GBP)
      .thenRefused('validation-failed'),
  );
});

describe('editing an estimate', () => {
  const edited: EstimateEvent = {
    type: 'EstimateEdited',
    data: { changes: { validUntil: { from: '2026-03-01', to: '2026-04-01' } }, lines: [] },
  };
  it('says what changed, and of the lines only those that did', () =>
    estimate(created)
      .when(editEstimate({ reference: 'Ball', lines: [asked, { ...asked, quantity: 1 }] }))
      .then({
        type: 'EstimateEdited',
        data: {
          changes: {
            reference: { to: 'Ball' },
            net: { from: 1000, to: 1500 },
            vat: { from: 200, to: 300 },
            total: { from: 1200, to: 1800 },
          },
          lines: [{ line: 2, from: null, to: { ...line, quantity: '1', net: 500, vat: 100 } }],
        },
      } as never));
  it('makes a draft again of one that was sent', () => {
    const after = estimate(created, sent);
    after.when(editEstimate({ validUntil: '2026-04-01' })).then(edited);
    expect(estimate(created, sent, edited).state).toMatchObject({
      status: 'draft',
      content: { validUntil: '2026-04-01' },
    });
  });
  it('works on one that has expired', () =>
    estimate(lapsed, sent)
      .when(editEstimate({ validUntil: null }))
      .then({
        type: 'EstimateEdited',
        data: { changes: { validUntil: { from: '2026-02-28' } }, lines: [] },
      } as never));
  it('does nothing where nothing changes', () =>
    estimate(created, sent)
      .when(editEstimate({ date: '2026-02-15', lines: [{ ...asked, unitPrice: '5.00' }] }))
      .then());
  it('leaves only a template without a customer', () => {
    estimate(created)
      .when(editEstimate({ customerId: null }))
      .thenRefused('validation-failed');
    estimate(template)
      .when(editEstimate({ customerId: null }))
      .then();
  });
  it.each([
    ['accepted', [sent, accepted]],
    ['declined', [sent, declined]],
    ['converted', [converted]],
    ['discarded', [discarded]],
  ] as const)('is refused for a %s one', (status, events) =>
    estimate(created, ...events)
      .when(editEstimate({ reference: 'x' }))
      .thenRefused('conflict', `estimate-${status}`),
  );
});

describe('sending an estimate', () => {
  it('is done once', () => {
    estimate(created).when(sendEstimate(), {}).then(sent);
    estimate(created, sent).when(sendEstimate(), {}).then();
  });
  it('may be repeated by mail', () => {
    const mailed: EstimateEvent = { type: 'EstimateSent', data: { customerId: 'c1', to: 'rosa@klein.example' } };
    for (const before of [[created], [created, sent]])
      estimate(...before)
        .when(sendEstimate(), { to: 'rosa@klein.example' })
        .then(mailed);
  });
  it('holds on the last day, and is refused after it', () => {
    expect(content.validUntil).toBe('2026-03-01');
    estimate(lapsed).when(sendEstimate(), {}).thenRefused('conflict', 'estimate-expired');
    estimate(lapsed, sent).when(sendEstimate(), {}).thenRefused('conflict', 'estimate-expired');
  });
  it('is refused without lines, for a template, and once it is answered', () => {
    estimate(createdWith({ lines: [], net: 0, vat: 0, total: 0 }))
      .when(sendEstimate(), {})
      .thenRefused('conflict', 'no-lines-to-send');
    estimate(template).when(sendEstimate(), {}).thenRefused('conflict', 'template-estimate');
    estimate(created, sent, accepted).when(sendEstimate(), {}).thenRefused('conflict', 'estimate-accepted');
    estimate().when(sendEstimate(), {}).thenRefused('not-found');
  });
});

describe('the answer to an estimate', () => {
  it('is noted once', () => {
    estimate(created, sent).when(acceptEstimate()).then(accepted);
    estimate(created, sent, accepted).when(acceptEstimate()).then();
    estimate(created, sent, declined).when(declineEstimate('too dear')).then();
  });
  it('may be a reason, a change of mind, or a late no', () => {
    const why: EstimateEvent = { type: 'EstimateDeclined', data: { reason: 'too dear' } };
    estimate(created, sent).when(declineEstimate('too dear')).then(why);
    estimate(created, sent, accepted).when(declineEstimate()).then(declined);
    estimate(lapsed, sent).when(declineEstimate()).then(declined);
  });
  it('is refused where nothing was asked, or not any more', () => {
    estimate(created).when(acceptEstimate()).thenRefused('conflict', 'estimate-draft');
    estimate(created).when(declineEstimate()).thenRefused('conflict', 'estimate-draft');
    estimate(lapsed, sent).when(acceptEstimate()).thenRefused('conflict', 'estimate-expired');
    estimate(created, sent, declined).when(acceptEstimate()).thenRefused('conflict', 'estimate-declined');
    for (const answer of [acceptEstimate(), declineEstimate()])
      estimate(template).when(answer).thenRefused('conflict', 'template-estimate');
  });
});

describe('copying an estimate', () => {
  const copied = (data: object): EstimateEvent => createdWith({ createdBy: 'e1', ...data });

  it('keeps how long it holds, over a leap day too', () => {
    estimate()
      .when(copyEstimate(content, {}))
      .then(copied({ date: '2026-03-01', validUntil: '2026-03-15' }));
    estimate()
      .when(copyEstimate(content, { date: '2028-02-20' }))
      .then(copied({ date: '2028-02-20', validUntil: '2028-03-05' }));
  });
  it('may be for another customer, who is needed where the original has none', () => {
    estimate()
      .when(copyEstimate(content, { customerId: 'c2', date: content.date }))
      .then(copied({ customerId: 'c2' }));
    estimate()
      .when(copyEstimate(forNobody, { customerId: 'c1', date: content.date }))
      .then(copied({}));
    estimate().when(copyEstimate(forNobody, {})).thenRefused('validation-failed');
  });
  it('is refused for a day beyond the calendar of the books', () =>
    estimate()
      .when(copyEstimate(content, { date: '2999-12-31' }))
      .thenRefused('validation-failed'));
});

describe('turning an estimate into an invoice', () => {
  it.each([
    ['a draft', [created]],
    ['a draft past its last day, which was offered to nobody', [lapsed]],
    ['what was sent', [created, sent]],
    ['what was accepted', [created, sent, accepted]],
  ] as const)('works for %s', (_name, events) =>
    estimate(...events)
      .when(convertEstimate('i1', {}))
      .then(converted),
  );
  it('says the dates of the invoice', () =>
    estimate(created)
      .when(convertEstimate('i1', { date: '2026-04-01', dueDate: '2026-05-01' }))
      .then({ type: 'EstimateConverted', data: { invoiceId: 'i1', date: '2026-04-01', dueDate: '2026-05-01' } }));
  it('happens once', () =>
    estimate(created, converted)
      .when(convertEstimate('i1', { date: '2026-04-01' }))
      .then());
  it('is refused for what nobody wants, and for templates', () => {
    estimate(created, sent, declined).when(convertEstimate('i1', {})).thenRefused('conflict', 'estimate-declined');
    estimate(created, discarded).when(convertEstimate('i1', {})).thenRefused('conflict', 'estimate-discarded');
    estimate(lapsed, sent).when(convertEstimate('i1', {})).thenRefused('conflict', 'estimate-expired');
    estimate(template).when(convertEstimate('i1', {})).thenRefused('conflict', 'template-estimate');
  });
});

describe('the invoice of an estimate', () => {
  const invoice = (...events: readonly InvoiceEvent[]) => given<Invoice, InvoiceEvent>(invoices, 'i1', ...events);
  const made: InvoiceEvent = {
    type: 'InvoiceCreated',
    data: {
      ...{ customerId: 'c1', date: '2026-04-01', dueDate: '2026-05-01', currency: 'GBP', projectId: 'p1' },
      ...{ lines: [line], net: 1000, vat: 200, total: 1200, createdBy: 'i1' },
    },
  };
  const dates = { invoiceId: 'i1', date: '2026-04-01', dueDate: '2026-05-01' };

  it('has its lines, its project and its brand, and no template for estimates', () =>
    invoice()
      .when(draftInvoice({ ...content, projectId: 'p1', templateId: 't1' }, dates))
      .then(made));
  it('is made once', () => invoice(made).when(draftInvoice(content, dates)).then());
  it('is made out to somebody', () => {
    expect(() => invoice().when(draftInvoice(forNobody, dates)).then()).toThrow(/is for somebody/);
  });
});

describe('discarding an estimate', () => {
  it('is for drafts, templates among them, and is done once', () => {
    estimate(created).when(discardEstimate()).then(discarded);
    estimate(template).when(discardEstimate()).then(discarded);
    estimate(created, discarded).when(discardEstimate()).then();
  });
  it('is refused for what anybody has seen', () =>
    estimate(created, sent).when(discardEstimate()).thenRefused('conflict', 'estimate-sent'));
});

describe('the status of an estimate', () => {
  it('is expired from the day after the last one, where nobody has answered', () => {
    expect(statusOn('2026-03-01', 'sent', content)).toBe('sent');
    expect(statusOn('2026-03-02', 'sent', content)).toBe('expired');
    expect(statusOn('2026-03-02', 'accepted', content)).toBe('accepted');
    expect(statusOn('2026-03-02', 'draft', content)).toBe('draft');
    expect(statusOn('2999-01-01', 'sent', {})).toBe('sent');
  });
});

describe('what authorisation and the trail know of an estimate', () => {
  it('is who made it, its project and its brand', () => {
    const { state } = estimate(createdWith({ projectId: 'p1', brandId: 'b1' }));
    expect(estimates.facts(state)).toEqual({ createdBy: 'ann', projectId: 'p1', brandId: 'b1' });
    expect(estimates.exists(state)).toBe(true);
    expect(estimates.exists(estimate().state)).toBe(false);
    expect(estimates.facts(estimate().state)).toEqual({});
  });
  it('is about the customer whom it names', () => {
    const { EstimateCreated, EstimateEdited } = estimates.events;
    expect(EstimateCreated.subjects?.(created.data as never)).toEqual(['c1']);
    expect(EstimateCreated.subjects?.(template.data as never)).toEqual([]);
    expect(EstimateCreated.summary(template.data as never)).toBe('drafted a template estimate');
    expect(
      EstimateEdited.changes?.({
        changes: { reference: { from: 'A', to: 'B' } },
        lines: [{ line: 1, from: line, to: null }],
      }),
    ).toEqual([
      { field: 'reference', from: 'A', to: 'B' },
      { field: 'lines.1', from: line, to: null },
    ]);
  });
});
