import { given, recorded } from '../../../test/support/specification.js';
import { openReconciliationsView } from './open-reconciliation.view.js';
import { type ReconciliationEvent, reconciliations } from './reconciliation.js';
import {
  abortReconciliation,
  beginReconciliation,
  finishReconciliation,
  MAX_LINES,
  type ReconciliationInput,
} from './reconciliation.decide.js';
import { reconciliationsView } from './reconciliation.view.js';

const agreed = {
  reconciliationId: 'n1',
  bankAccountId: 'a1',
  through: '2026-03-31',
  opening: 100,
  closing: 350,
  createdBy: 'ann',
};
const begun: ReconciliationEvent = {
  type: 'ReconciliationBegun',
  data: { ...agreed, lines: [{ id: 't1', revision: 2 }] },
};
const finished: ReconciliationEvent = { type: 'ReconciliationFinished', data: { ...agreed, count: 1 } };
const aborted: ReconciliationEvent = {
  type: 'ReconciliationAborted',
  data: { reconciliationId: 'n1', bankAccountId: 'a1' },
};
const books = (...events: readonly ReconciliationEvent[]) => given(reconciliations, 'o1', ...events);
const begin = (more: Partial<ReconciliationInput> = {}) =>
  beginReconciliation({ bankAccountId: 'a1', through: '2026-03-31', closing: 350, opening: 100, ...more });
const lines = [
  { id: 't1', revision: 2, amount: 300, codes: ['4000'] },
  { id: 't2', revision: 5, amount: -50, codes: [] },
];
const found = { lines, unexplained: 0 };

describe('a reconciliation', () => {
  it('begins where the statement ends with what the books come to', () =>
    books()
      .when(begin(), { ...found, brandId: 'b1' })
      .then({
        type: 'ReconciliationBegun',
        data: {
          ...agreed,
          reconciliationId: 'new-id',
          createdBy: 'o1',
          brandId: 'b1',
          codes: ['4000'],
          lines: [
            { id: 't1', revision: 2 },
            { id: 't2', revision: 5 },
          ],
        },
      }));
  it('says by how much they differ', () => {
    books()
      .when(begin({ closing: 349 }), found)
      .thenRefused('conflict', 'balance-differs');
    expect(() => begin({ closing: 349 })(books().state, { newId: '', userId: '' } as never, found)).toThrow(
      'ends with 349, the transactions with 350: they differ by -1',
    );
  });
  it('begins with nothing, later with what it ended with', () => {
    books()
      .when(begin({ opening: undefined, closing: 250 }), found)
      .then(expect.anything());
    books(begun, finished)
      .when(begin({ opening: undefined, closing: 600 }), found)
      .then(expect.anything());
    books(begun, finished)
      .when(begin({ opening: 350, closing: 600 }), found)
      .then(expect.anything());
    books(begun, finished)
      .when(begin({ opening: 0, closing: 250 }), found)
      .thenRefused('conflict', 'opening-differs');
    books(begun, aborted)
      .when(begin({ opening: 0, closing: 250 }), found)
      .then(expect.anything());
  });
  it('knows the accounts of all that its balance comes from', () => {
    const before: ReconciliationEvent = {
      type: 'ReconciliationFinished',
      data: { ...agreed, codes: ['7000'], count: 1 },
    };
    books(begun, before)
      .when(begin({ opening: undefined, closing: 600 }), found)
      .then(expect.objectContaining({ data: expect.objectContaining({ codes: ['7000', '4000'] }) }));
  });
  it('takes what comes out for agreed where nothing is said', () =>
    books(begun, finished)
      .when(begin({ opening: undefined, closing: undefined }), found)
      .then(expect.objectContaining({ data: expect.objectContaining({ closing: 600 }) })));
  it.each([
    ['transactions-unexplained', { lines, unexplained: 2 }],
    ['nothing-to-reconcile', { lines: [], unexplained: 0 }],
  ])('is refused: %s', (rule, prepared) => books().when(begin(), prepared).thenRefused('conflict', rule));
  it('is refused beside another one of the account, not of another account', () => {
    books(begun).when(begin(), found).thenRefused('conflict', 'reconciliation-under-way');
    books(begun)
      .when(begin({ bankAccountId: 'a2' }), found)
      .then(expect.anything());
  });
  it('has no more lines than an event can hold', () => {
    const many = Array.from({ length: MAX_LINES + 1 }, (_, n) => ({
      id: String(n),
      revision: 0,
      amount: 0,
      codes: [],
    }));
    books().when(begin(), { lines: many, unexplained: 0 }).thenRefused('validation-failed');
  });
  it('ends once', () => {
    books(begun).when(finishReconciliation('n1')).then(finished);
    books(begun).when(abortReconciliation('n1')).then(aborted);
    for (const end of [finishReconciliation('n1'), abortReconciliation('n1')]) {
      books(begun, finished).when(end).then();
      books(begun, aborted).when(end).then();
      books().when(end).then();
    }
    books(begun).when(finishReconciliation('n2')).then();
  });
});

describe('the views of reconciliations', () => {
  const at = <E extends ReconciliationEvent>(event: E, revision: number) =>
    recorded('reconciliations-o1', revision, event);
  it('ReconciliationFinished', () => {
    const event = at(finished, 1);
    expect(reconciliationsView.keys(event)).toEqual(['n1']);
    expect(reconciliationsView.fold(null, event, 'n1')).toEqual({
      ...agreed,
      count: 1,
      organisation: '',
      reconciledAt: event.recordedAt,
      created: event.position,
      reach: ['*||a1', 'by:ann', 'by:ann||a1'],
    });
  });
  it.each([finished, aborted])('open until $type', (end) => {
    const open = openReconciliationsView.fold(null, at(begun, 4), 'n1');
    expect(open).toMatchObject({ organisation: '', reservedBy: 4 });
    expect(openReconciliationsView.keys(at(begun, 4))).toEqual(['n1']);
    expect(openReconciliationsView.fold(open, at(end, 5), 'n1')).toBeNull();
  });
});
