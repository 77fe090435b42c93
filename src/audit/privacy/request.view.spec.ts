import { recorded } from '../../../test/support/specification.js';
import type { PrivacyRequestEvent } from './request.js';
import { type PrivacyRequestDoc, privacyRequestsView } from './request.view.js';

const subject = { kind: 'customer', id: 'c1' };
const [from, to] = ['2026-02-28T09:30:00.000Z', '2026-04-30T09:30:00.000Z'];
const received: PrivacyRequestEvent = {
  type: 'PrivacyRequestReceived',
  data: { subject, kind: 'access', receivedAt: '2026-01-31T09:30:00.000Z', dueAt: from },
};
const fold = (doc: PrivacyRequestDoc | null, revision: number, event: PrivacyRequestEvent): PrivacyRequestDoc | null =>
  privacyRequestsView.fold(doc, recorded('privacy-request-o1/r1', revision, event), 'r1');
const open = fold(null, 0, received)!;

const rows: readonly [PrivacyRequestEvent, Partial<PrivacyRequestDoc>][] = [
  [
    { type: 'PrivacyRequestExtended', data: { subject, from, to, reason: 'Ann wrote' } },
    { status: 'open', dueAt: to },
  ],
  [
    { type: 'PrivacyRequestPaused', data: { subject, reason: 'Ann who?' } },
    { status: 'paused', dueAt: from },
  ],
  [
    { type: 'PrivacyRequestResumed', data: { subject, from, to, pausedFor: 1 } },
    { status: 'open', dueAt: to },
  ],
  [{ type: 'PrivacyRequestCompleted', data: { subject, outcome: 'sent to Ann' } }, { status: 'completed' }],
  [{ type: 'PrivacyRequestRefused', data: { subject, reason: 'not Ann' } }, { status: 'refused' }],
];

describe('requests in a list', () => {
  it('begin open', () => {
    expect(open).toMatchObject({ status: 'open', kind: 'access', subjectId: 'c1', dueAt: from, revision: 0 });
  });

  it.each(rows)('go on by %j, without what was written about the person', (event, expected) => {
    const doc = fold(open, 1, event);
    expect(doc).toEqual({ ...open, ...expected, revision: 1 });
    expect(JSON.stringify(doc)).not.toContain('Ann');
    expect(fold(null, 1, event)).toBeNull();
  });
});
