import { given, NOW } from '../../../test/support/specification.js';
import { extentOf, type TrailExportEvent, type TrailExports, trailExports } from './trail-export.js';
import {
  approveTrailExport,
  beginTrailExport,
  declineTrailExport,
  requestExport,
  requireApproved,
} from './trail-export.decide.js';

const extent = extentOf({ format: 'csv', from: '2026-01-01T00:00:00.000Z', reason: 'tax audit' });
const exportId = 'x1';
const requested: TrailExportEvent = { type: 'TrailExportRequested', data: { exportId, ...extent } };
const approved: TrailExportEvent = { type: 'TrailExportApproved', data: { exportId } };
const declined: TrailExportEvent = { type: 'TrailExportDeclined', data: { exportId, reason: 'too much' } };
const begun: TrailExportEvent = { type: 'TrailExportBegun', data: { exportId } };

/** The events of the specification are the system's, which is nobody; whoever decides is `org`. */
const asked = (...events: readonly TrailExportEvent[]) =>
  given<TrailExports, TrailExportEvent>(trailExports, 'org', requested, ...events);
const own = (...events: readonly TrailExportEvent[]) => {
  const { state } = asked(...events);
  return new Map([...state].map(([id, one]) => [id, { ...one, by: 'org' }]));
};
const context = { now: NOW, userId: 'org', organisation: '', newId: 'n1' };
const NEVER = 'nothing refused it';
const refusalOf = (decide: () => unknown): unknown => {
  try {
    decide();
  } catch (error) {
    return (error as { readonly details: { readonly rule?: string } }).details.rule;
  }
  return NEVER;
};

describe('a request for an export of the trail', () => {
  it('says what is to be taken out and why, where approval is asked for', () =>
    given(trailExports, 'org')
      .when(requestExport(extent), { secondApproval: true })
      .then({ type: 'TrailExportRequested', data: { exportId: 'new-id', ...extent } }));
  it('is not needed where one person decides', () =>
    given(trailExports, 'org')
      .when(requestExport(extent), { secondApproval: false })
      .thenRefused('conflict', 'no-approval-needed'));
  it('is of a time that does not end before it begins', () =>
    given(trailExports, 'org')
      .when(requestExport({ ...extent, to: '2025-12-31T00:00:00.000Z' }), { secondApproval: true })
      .thenRefused('validation-failed'));
  it('is approved by somebody else, once', () => {
    asked().when(approveTrailExport(exportId)).then(approved);
    expect(refusalOf(() => approveTrailExport(exportId)(own(), context, undefined))).toBe('second-person');
    for (const then of [approved, declined])
      asked(then).when(approveTrailExport(exportId)).thenRefused('conflict', 'not-pending');
    given(trailExports, 'org').when(approveTrailExport(exportId)).thenRefused('not-found');
  });
  it('is declined, also by who asked, while nobody has approved it', () => {
    asked().when(declineTrailExport(exportId, 'too much')).then(declined);
    expect(declineTrailExport(exportId, 'too much')(own(), context, undefined)).toEqual([declined]);
    asked(approved).when(declineTrailExport(exportId, 'late')).thenRefused('conflict', 'not-pending');
    given(trailExports, 'org').when(declineTrailExport(exportId, 'what')).thenRefused('not-found');
  });
});

describe('an export of the trail that waits for approval', () => {
  const begin = (events: readonly TrailExportEvent[], more: Partial<typeof extent> = {}, now = NOW): unknown =>
    refusalOf(() => beginTrailExport(exportId, { ...extent, ...more })(own(...events), { ...context, now }, undefined));

  it('begins by who asked, when somebody else has approved it, once', () => {
    expect(beginTrailExport(exportId, extent)(own(approved), context, undefined)).toEqual([begun]);
    expect(begin([])).toBe('not-approved');
    expect(begin([declined])).toBe('not-approved');
    expect(begin([approved, begun])).toBe('approval-used');
  });
  it('begins by nobody else, whoever approved it', () =>
    asked(approved).when(beginTrailExport(exportId, extent)).thenRefused('conflict', 'asked-by-another'));
  it('is of what was approved and nothing else', () => {
    const others = [
      { format: 'jsonl' as const },
      { from: null },
      { from: '2025-01-01T00:00:00.000Z' },
      { to: '2026-02-01T00:00:00.000Z' },
      { reason: 'something else' },
    ];
    expect(others.map((other) => begin([approved], other))).toEqual(others.map(() => 'not-as-approved'));
  });
  it('can wait for seven days from its approval, until the last millisecond', () => {
    expect(begin([approved], {}, '2026-03-08T08:59:59.999Z')).toBe(NEVER);
    expect(begin([approved], {}, '2026-03-08T09:00:00.000Z')).toBe('approval-expired');
  });
  it('is one that was asked for', () => {
    expect(() => requireApproved(own(approved), 'x2', extent, context)).toThrow(/no such record/);
  });
});
