import { recorded } from '../../../test/support/specification.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import type { ViewReader } from '../../platform/http/view-reader.js';
import type { EstimateEvent } from './estimate.js';
import { GetEstimate, GetEstimateHandler, ListEstimates, ListEstimatesHandler } from './estimate.queries.js';
import { type EstimateDoc, estimatesView } from './estimate.view.js';
import type { EstimateSight } from './estimate-sight.service.js';

const events: readonly EstimateEvent[] = [
  {
    type: 'EstimateCreated',
    data: {
      ...{ customerId: 'c1', date: '2026-02-15', validUntil: '2026-02-28', currency: 'GBP', lines: [] },
      ...{ net: 0, vat: 0, total: 0, createdBy: 'ann' },
    },
  },
  { type: 'EstimateSent', data: { customerId: 'c1' } },
];
const doc = events.reduce<EstimateDoc | null>(
  (before, event, revision) => estimatesView.fold(before, recorded('estimate-o/e1', revision, event), 'e1'),
  null,
)!;
const context = { organisation: 'o' } as RequestContext;

/** The clock belongs to whoever answers: the same document has expired a moment later. */
describe.each([
  ['the last moment of its last day', '2026-02-28T23:59:59.999Z', 'sent'],
  ['the first moment of the day after', '2026-03-01T00:00:00.000Z', 'expired'],
])('an estimate that was sent, at %s', (_name, now, status) => {
  const clock = () => Date.parse(now);
  const views = {
    getMany: async () => ({ value: [{ name: 'Rosa Klein' }], position: '1' }),
    byKey: async () => ({ value: new Map([['c1', { name: 'Rosa Klein' }]]), position: '1' }),
  } as unknown as ViewReader;
  let asked: readonly unknown[] = [];
  const sight = {
    record: async () => ({ value: doc, position: '1' }),
    page: async (_: unknown, conditions: readonly unknown[]) => {
      asked = conditions;
      return { value: { items: [{ key: 'e1', doc }], next: null }, position: '1' };
    },
  } as unknown as EstimateSight;

  it(`is ${status}`, async () => {
    const { body } = await new GetEstimateHandler(views, sight, clock).execute(new GetEstimate(context, 'e1'));
    expect(body).toMatchObject({ id: 'e1', status, customer: { id: 'c1', name: 'Rosa Klein' } });
  });
  it('is asked for in the view by that day', async () => {
    const list = new ListEstimates(context, { limit: 50, status: 'expired' });
    const { body } = await new ListEstimatesHandler(views, sight, clock).execute(list);
    expect(body).toMatchObject({ items: [{ status }], next: null });
    expect(asked).toContainEqual({ field: 'lapses', before: now.slice(0, 10) });
  });
});
