import { recorded } from '../../../test/support/specification.js';
import type { EstimateEvent } from './estimate.js';
import { type EstimateDoc, estimatesView, withStatus } from './estimate.view.js';
import { openConversionsView } from './open-conversions.view.js';

const line = { description: 'Portraits', quantity: '2', unitPrice: '5', vatRate: 2000, net: 1000, vat: 200 };
const content = {
  customerId: 'c1',
  date: '2026-02-15',
  validUntil: '2026-03-01',
  currency: 'GBP',
  lines: [line],
  ...{ net: 1000, vat: 200, total: 1200 },
} as const;
const draft: EstimateDoc = {
  ...content,
  organisation: '',
  revision: 0,
  form: 'estimate',
  status: 'draft',
  lapses: '2026-03-01',
  createdBy: 'ann',
  created: '00000000',
  reach: ['by:ann'],
  texts: [],
};
const sent: EstimateDoc = { ...draft, revision: 1, status: 'sent' };
const { validUntil: _, ...lasting } = draft;

const STREAM = 'estimate-o/e1';

type Row = readonly [string, EstimateDoc | null, number, EstimateEvent, EstimateDoc | null];

const rows: readonly Row[] = [
  ['EstimateCreated', null, 0, { type: 'EstimateCreated', data: { ...content, createdBy: 'ann' } }, draft],
  [
    'EstimateCreated of a template',
    null,
    0,
    { type: 'EstimateCreated', data: { ...content, template: true, createdBy: 'ann' } },
    { ...draft, form: 'template' },
  ],
  [
    'EstimateEdited',
    sent,
    2,
    {
      type: 'EstimateEdited',
      data: {
        changes: {
          validUntil: { from: '2026-03-01', to: undefined },
          brandId: { from: undefined, to: 'b1' },
          reference: { from: undefined, to: 'Ball' },
        },
        lines: [{ line: 1, from: line, to: null }],
      },
    },
    {
      ...lasting,
      brandId: 'b1',
      reference: 'Ball',
      texts: ['ba', 'bal', 'ball'],
      lines: [],
      revision: 2,
      lapses: '9999-12-31',
      reach: ['*|b1|', 'by:ann', 'by:ann|b1|'],
    },
  ],
  ['EstimateSent', draft, 1, { type: 'EstimateSent', data: { customerId: 'c1' } }, sent],
  ['EstimateAccepted', sent, 2, { type: 'EstimateAccepted', data: {} }, { ...sent, revision: 2, status: 'accepted' }],
  [
    'EstimateDeclined',
    sent,
    2,
    { type: 'EstimateDeclined', data: { reason: 'too dear' } },
    { ...sent, revision: 2, status: 'declined', reason: 'too dear' },
  ],
  [
    'EstimateConverted',
    sent,
    2,
    { type: 'EstimateConverted', data: { invoiceId: 'i1', date: '2026-03-01' } },
    { ...sent, revision: 2, status: 'converted', invoiceId: 'i1' },
  ],
  [
    'EstimateDiscarded',
    draft,
    1,
    { type: 'EstimateDiscarded', data: {} },
    { ...draft, revision: 1, status: 'discarded' },
  ],
  ['EstimateSent of an unknown one', null, 1, { type: 'EstimateSent', data: { customerId: 'c1' } }, null],
];

describe('the view of estimates', () => {
  it.each(rows)('%s', (_name, before, revision, event, after) => {
    const happened = recorded(STREAM, revision, event);
    expect(estimatesView.keys(happened)).toEqual(['e1']);
    expect(estimatesView.fold(before, happened, 'e1')).toEqual(after);
  });
  it('has a row for each type of event', () => {
    expect(new Set(rows.map(([, , , { type }]) => type))).toEqual(new Set(estimatesView.events));
  });
  it('finds what is sent and what has expired apart, by a day', () => {
    expect(withStatus('sent', '2026-03-02')).toEqual([
      { field: 'status', eq: 'sent' },
      { field: 'lapses', from: '2026-03-02' },
    ]);
    expect(withStatus('expired', '2026-03-02')).toEqual([
      { field: 'status', eq: 'sent' },
      { field: 'lapses', before: '2026-03-02' },
    ]);
    expect(withStatus('accepted', '2026-03-02')).toEqual([{ field: 'status', eq: 'accepted' }]);
  });
});

describe('the view of conversions whose invoice is not there', () => {
  const conversion = recorded(STREAM, 3, {
    type: 'EstimateConverted',
    data: { invoiceId: 'i1', date: '2026-03-01' },
  } as const);
  const open = { organisation: '', estimateId: 'e1', reservedAt: conversion.recordedAt, reservedBy: 3 };

  it('begins with the conversion and ends with the invoice', () => {
    const made = recorded('invoice-o/i1', 0, {
      type: 'InvoiceCreated',
      data: { ...content, createdBy: 'ann' },
    } as const);
    expect(openConversionsView.keys(conversion)).toEqual(['i1']);
    expect(openConversionsView.keys(made)).toEqual(['i1']);
    expect(openConversionsView.fold(null, conversion, 'i1')).toEqual(open);
    expect(openConversionsView.fold(open, made, 'i1')).toBeNull();
  });
});
