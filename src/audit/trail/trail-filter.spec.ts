import { counterEvents } from '../../../test/support/counter.js';
import { Refusal } from '../../kernel/refusal.js';
import { accessPaths } from '../../platform/read-model/access-path.js';
import { declarationOf } from '../../platform/read-model/declaration.js';
import { merged } from './catalogue.js';
import { conditionsOf, type TrailFilter } from './trail-filter.js';
import { trailOf } from './trail.view.js';

const view = trailOf(merged([counterEvents]));

describe('a search of the trail', () => {
  it('is always one of an organisation', () => {
    expect(conditionsOf('org', {}, undefined)).toEqual([{ field: 'organisation', eq: 'org' }]);
  });

  it.each<[TrailFilter, string[] | undefined, object[]]>([
    [{ type: 'InvoiceIssued' }, undefined, [{ field: 'type', eq: 'InvoiceIssued' }]],
    [{ record: 'r' }, undefined, [{ field: 'record', eq: 'r' }]],
    [{ permission: 'invoices:issue' }, undefined, [{ field: 'permission', eq: 'invoices:issue' }]],
    [{ outcome: 'accepted' }, undefined, [{ field: 'outcome', eq: 'accepted' }]],
    [{ outcome: 'refused' }, undefined, [{ field: 'type', in: ['AccessRefused'] }]],
    [{ outcome: 'read' }, undefined, [{ field: 'type', in: ['AuditExported', 'SensitiveDataRead'] }]],
    [
      { outcome: 'read', type: 'InvoiceIssued' },
      undefined,
      [
        { field: 'type', in: ['AuditExported', 'SensitiveDataRead'] },
        { field: 'type', eq: 'InvoiceIssued' },
      ],
    ],
    [{ actor: 'bob' }, undefined, [{ field: 'people', has: 'by:bob' }]],
    [{ actor: 'bob', type: 'InvoiceIssued' }, undefined, [{ field: 'deed', eq: 'bob/InvoiceIssued' }]],
    [{ subject: 'rosa' }, undefined, [{ field: 'people', has: 'of:rosa' }]],
    [{}, ['bob', 'rosa'], [{ field: 'people', hasAny: ['by:bob', 'of:bob', 'by:rosa', 'of:rosa'] }]],
    [{}, [], [{ field: 'people', hasAny: [] }]],
    [{ from: '2026-03-01T00:00:00.000Z' }, undefined, [{ field: 'moment', from: '2026-03-01T00:00:00.000Z' }]],
    [{ to: '2026-03-01T00:00:00.000Z' }, undefined, [{ field: 'moment', before: '2026-03-01T00:00:00.000Z' }]],
  ])('by %j and people %j is served by an index', (filter, people, conditions) => {
    const where = conditionsOf('org', filter, people);
    expect(where.slice(1)).toEqual(conditions);
    expect(() => accessPaths(view, declarationOf(view), { where, sort: 'newest' })).not.toThrow();
  });

  it('by a moment holds what was recorded at `from`, and not what was recorded at `to`', () => {
    const [from, to] = ['2026-03-01T09:00:00.000Z', '2026-03-01T10:00:00.000Z'];
    const [, range] = conditionsOf('org', { from, to }, undefined) as [object, { from: string; before: string }];
    const holds = (moment: string): boolean => moment >= range.from && moment < range.before;
    const moments = ['2026-03-01T08:59:59.999Z/7', `${from}/0`, '2026-03-01T09:59:59.999Z/9', `${to}/0`];
    expect(moments.map(holds)).toEqual([false, true, true, false]);
  });

  it('does not end before it begins', () => {
    const filter = { from: '2026-03-01T10:00:00.000Z', to: '2026-03-01T09:00:00.000Z' };
    expect(() => conditionsOf('org', filter, undefined)).toThrow(Refusal);
  });
});
