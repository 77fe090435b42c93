import type { Decide } from '../../kernel/decider.js';
import type { Instant } from '../../kernel/event.js';
import { conflict, invalid, notFound } from '../../kernel/refusal.js';
import { dueAtOf } from './deadlines.js';
import {
  dueWith,
  isOverdue,
  type Known,
  type PrivacyRequest,
  type PrivacyRequestEvent,
  type RequestKind,
} from './request.js';
import type { Subject } from './subject.js';

type Decision<Prepared = undefined> = Decide<PrivacyRequest, PrivacyRequestEvent, Prepared>;

/** `receivedAt` is when the request reached anybody in the organisation, which may be a while ago; now, where it is left out. */
export const receiveRequest =
  (kind: RequestKind, given: Instant | undefined): Decision<Subject> =>
  (_, { now }, subject) => {
    const receivedAt = given ?? now;
    if (receivedAt > now) throw invalid('receivedAt', 'must not be in the future');
    const dueAt = dueAtOf({ receivedAt, extended: false, pausedFor: 0 });
    return [{ type: 'PrivacyRequestReceived', data: { subject, kind, receivedAt, dueAt } }];
  };

/** By two further months, once, and as long as it is not late. */
export const extendRequest =
  (reason: string): Decision =>
  (state, { now }) => {
    const request = unanswered(state);
    if (request.extended) throw conflict('already-extended', 'The time to answer is extended once');
    if (isOverdue(request, now)) throw conflict('overdue', 'The time to answer was over before it was extended');
    const { subject, dueAt: from } = request;
    const to = dueWith(request, { extended: true });
    return [{ type: 'PrivacyRequestExtended', data: { subject, from, to, reason } }];
  };

export const pauseRequest =
  (reason: string | undefined): Decision =>
  (state, { now }) => {
    const request = unanswered(state);
    if (request.status === 'paused') return [];
    if (isOverdue(request, now))
      throw conflict('overdue', 'The time to answer was over before anybody asked who it is');
    const why = reason === undefined ? {} : { reason };
    return [{ type: 'PrivacyRequestPaused', data: { subject: request.subject, ...why } }];
  };

export const resumeRequest =
  (): Decision =>
  (state, { now }) => {
    const request = unanswered(state);
    const { pausedAt, subject, dueAt: from } = request;
    if (pausedAt === undefined) return [];
    // The clock of another node may be behind the one that paused it.
    const pausedFor = request.pausedFor + Math.max(0, Date.parse(now) - Date.parse(pausedAt));
    const to = dueWith(request, { pausedFor });
    return [{ type: 'PrivacyRequestResumed', data: { subject, from, to, pausedFor } }];
  };

export const completeRequest =
  (outcome: string, reason: string | undefined): Decision =>
  (state) => {
    const { subject } = unanswered(state);
    const why = reason === undefined ? {} : { reason };
    return [{ type: 'PrivacyRequestCompleted', data: { subject, outcome, ...why } }];
  };

export const refuseRequest =
  (reason: string): Decision =>
  (state) => [{ type: 'PrivacyRequestRefused', data: { subject: unanswered(state).subject, reason } }];

function unanswered(state: PrivacyRequest): Known {
  if (state.status === 'absent') throw notFound();
  if (state.status === 'completed' || state.status === 'refused')
    throw conflict('request-closed', `This request was ${state.status} already`);
  return state;
}
