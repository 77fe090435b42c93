import { given, NOW } from '../../../test/support/specification.js';
import { isOverdue, type Known, privacyRequests, type PrivacyRequestEvent } from './request.js';
import {
  completeRequest,
  extendRequest,
  pauseRequest,
  receiveRequest,
  refuseRequest,
  resumeRequest,
} from './request.decide.js';

type At = PrivacyRequestEvent & { at?: string };
const subject = { kind: 'customer', id: 'c1' };
const receivedAt = '2026-01-31T09:30:00.000Z';
/** NOW is 1 March: a request of 31 January was due on 28 February. */
const late: At = {
  type: 'PrivacyRequestReceived',
  data: { subject, kind: 'access', receivedAt, dueAt: '2026-02-28T09:30:00.000Z' },
};
const fresh: At = {
  type: 'PrivacyRequestReceived',
  data: { subject, kind: 'erasure', receivedAt: '2026-02-10T08:00:00.000Z', dueAt: '2026-03-10T08:00:00.000Z' },
};
const paused: At = { type: 'PrivacyRequestPaused', data: { subject }, at: '2026-02-27T09:00:00.000Z' };
const completed: At = { type: 'PrivacyRequestCompleted', data: { subject, outcome: 'sent' } };
const request = (...events: readonly At[]) => given(privacyRequests, 'r1', ...events);

describe('a request', () => {
  it('counts from its receipt, which was not in the future', () => {
    request().when(receiveRequest('access', receivedAt), subject).then(late);
    request()
      .when(receiveRequest('objection', undefined), subject)
      .then({
        type: 'PrivacyRequestReceived',
        data: { subject, kind: 'objection', receivedAt: NOW, dueAt: '2026-04-01T09:00:00.000Z' },
      });
    request().when(receiveRequest('access', '2026-03-01T09:00:00.001Z'), subject).thenRefused('validation-failed');
  });

  it('is extended by two further months, once, before it is due', () => {
    const extended: PrivacyRequestEvent = {
      type: 'PrivacyRequestExtended',
      data: { subject, from: '2026-03-10T08:00:00.000Z', to: '2026-05-10T08:00:00.000Z', reason: 'many' },
    };
    request(fresh).when(extendRequest('many')).then(extended);
    request(fresh, extended).when(extendRequest('many')).thenRefused('conflict', 'already-extended');
    request(late).when(extendRequest('many')).thenRefused('conflict', 'overdue');
  });

  it('does not run while it is not known who asks', () => {
    request(fresh)
      .when(pauseRequest('passport'))
      .then({
        type: 'PrivacyRequestPaused',
        data: { subject, reason: 'passport' },
      });
    request(fresh, paused).when(pauseRequest(undefined)).then();
    request(late).when(pauseRequest(undefined)).thenRefused('conflict', 'overdue');
    // Two days stood still; the extension keeps them.
    const resumed: PrivacyRequestEvent = {
      type: 'PrivacyRequestResumed',
      data: { subject, from: '2026-03-10T08:00:00.000Z', to: '2026-03-12T08:00:00.000Z', pausedFor: 172_800_000 },
    };
    request(fresh, paused).when(resumeRequest()).then(resumed);
    request(fresh).when(resumeRequest()).then();
    request(fresh, paused, resumed)
      .when(extendRequest('many'))
      .then({
        type: 'PrivacyRequestExtended',
        data: { subject, from: '2026-03-12T08:00:00.000Z', to: '2026-05-12T08:00:00.000Z', reason: 'many' },
      });
  });

  it('is late when nobody has answered in time, and not while it is paused or over', () => {
    const overdue = (...events: readonly At[]): boolean => isOverdue(request(...events).state as Known, NOW);
    expect(overdue(late)).toBe(true);
    expect(overdue(fresh)).toBe(false);
    expect(overdue(late, paused)).toBe(false);
    expect(overdue(late, completed)).toBe(false);
  });

  it('ends once, completed or refused, late ones too', () => {
    request(late).when(completeRequest('sent', undefined)).then(completed);
    request(fresh, paused)
      .when(refuseRequest('nobody of that name'))
      .then({ type: 'PrivacyRequestRefused', data: { subject, reason: 'nobody of that name' } });
    for (const step of [completeRequest('x', 'y'), refuseRequest('x'), extendRequest('x'), pauseRequest('x')])
      request(late, completed).when(step).thenRefused('conflict', 'request-closed');
    request().when(refuseRequest('x')).thenRefused('not-found');
  });
});
