import { type EventCatalogue, given } from '../../kernel/catalogue.js';
import { type Aggregate, type Existing, recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent, Instant, Recorded } from '../../kernel/event.js';
import { dueAtOf } from './deadlines.js';
import { type AboutSubject, aPerson, concerned, explained, type Subject } from './subject.js';

/** Rights of data subjects (GDPR Art. 15 to 18, 20, 21). */
export const REQUEST_KINDS = ['access', 'portability', 'rectification', 'erasure', 'restriction', 'objection'] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

export type PrivacyRequestReceived = DomainEvent<
  'PrivacyRequestReceived',
  AboutSubject & { readonly kind: RequestKind; readonly receivedAt: Instant; readonly dueAt: Instant }
>;
type Moved = AboutSubject & { readonly from: Instant; readonly to: Instant };
/** `reason`: the requests are complex, or many (GDPR Art. 12(3)); the person is told within the first month. */
export type PrivacyRequestExtended = DomainEvent<'PrivacyRequestExtended', Moved & { readonly reason: string }>;
/** It is not known for sure who asks (GDPR Art. 12(6)): the clock stands until it is. */
export type PrivacyRequestPaused = DomainEvent<'PrivacyRequestPaused', AboutSubject & { readonly reason?: string }>;
export type PrivacyRequestResumed = DomainEvent<
  'PrivacyRequestResumed',
  Moved & { /** Milliseconds for which it stood, in all. */ readonly pausedFor: number }
>;
export type PrivacyRequestCompleted = DomainEvent<
  'PrivacyRequestCompleted',
  AboutSubject & { readonly outcome: string; readonly reason?: string }
>;
export type PrivacyRequestRefused = DomainEvent<'PrivacyRequestRefused', AboutSubject & { readonly reason: string }>;

export type PrivacyRequestEvent =
  | PrivacyRequestReceived
  | PrivacyRequestExtended
  | PrivacyRequestPaused
  | PrivacyRequestResumed
  | PrivacyRequestCompleted
  | PrivacyRequestRefused;

export type PrivacyRequest =
  | { readonly status: 'absent' }
  | {
      readonly status: 'open' | 'paused' | 'completed' | 'refused';
      readonly subject: Subject;
      readonly kind: RequestKind;
      readonly receivedAt: Instant;
      readonly dueAt: Instant;
      readonly extended: boolean;
      readonly pausedFor: number;
      readonly pausedAt?: Instant;
      readonly closedAt?: Instant;
      readonly outcome?: string;
      /** Of the end, else of the extension. */
      readonly reason?: string;
      readonly extensionReason?: string;
    };

export type Known = Existing<PrivacyRequest>;

const record = ({ stream }: Recorded<PrivacyRequestEvent>) => ({ kind: 'privacy-request', id: recordIdOf(stream) });
const about = { schemaVersion: 1, record, subjects: concerned } as const;
const due = ({ from, to }: Moved) => [{ field: 'dueAt', from, to }];

const events: EventCatalogue<PrivacyRequestEvent> = {
  PrivacyRequestReceived: {
    ...about,
    summary: (data) => `received a request of ${aPerson(data)}: ${data.kind}`,
    changes: ({ kind, receivedAt, dueAt }) => [
      ...given('kind', kind),
      ...given('receivedAt', receivedAt),
      ...given('dueAt', dueAt),
    ],
  },
  PrivacyRequestExtended: {
    ...about,
    personal: explained,
    summary: (data) => `extended the time to answer a request of ${aPerson(data)}`,
    changes: (data) => [...due(data), ...given('reason', data.reason)],
  },
  PrivacyRequestPaused: {
    ...about,
    personal: explained,
    summary: (data) => `paused a request of ${aPerson(data)} to check who asks`,
    changes: ({ reason }) => given('reason', reason),
  },
  PrivacyRequestResumed: {
    ...about,
    summary: (data) => `went on with a request of ${aPerson(data)}`,
    changes: due,
  },
  PrivacyRequestCompleted: {
    ...about,
    personal: { ...explained, fields: ['outcome', 'reason'] },
    summary: (data) => `completed a request of ${aPerson(data)}`,
    changes: ({ outcome, reason }) => [...given('outcome', outcome), ...given('reason', reason)],
  },
  PrivacyRequestRefused: {
    ...about,
    personal: explained,
    summary: (data) => `refused a request of ${aPerson(data)}`,
    changes: ({ reason }) => given('reason', reason),
  },
};

export const privacyRequests: Aggregate<PrivacyRequest, PrivacyRequestEvent> = {
  name: 'privacy-request',
  within: 'organisation',
  events,
  readsPersonalFields: true,
  initial: () => ({ status: 'absent' }),
  evolve,
  exists: ({ status }) => status !== 'absent',
  facts: () => ({}),
};

function evolve(state: PrivacyRequest, event: Recorded<PrivacyRequestEvent>): PrivacyRequest {
  if (event.type === 'PrivacyRequestReceived') {
    return { ...event.data, status: 'open', extended: false, pausedFor: 0 };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'PrivacyRequestExtended':
      return { ...state, extended: true, dueAt: event.data.to, extensionReason: event.data.reason };
    case 'PrivacyRequestPaused':
      return { ...state, status: 'paused', pausedAt: event.recordedAt };
    case 'PrivacyRequestResumed': {
      const { pausedAt: _, ...rest } = state;
      return { ...rest, status: 'open', dueAt: event.data.to, pausedFor: event.data.pausedFor };
    }
    case 'PrivacyRequestCompleted': {
      const { outcome, reason } = event.data;
      const why = reason === undefined ? {} : { reason };
      return { ...state, status: 'completed', closedAt: event.recordedAt, outcome, ...why };
    }
    case 'PrivacyRequestRefused':
      return { ...state, status: 'refused', closedAt: event.recordedAt, reason: event.data.reason };
  }
}

/** Nobody has answered in time. A request that is paused is not late: its clock stands. */
export const isOverdue = ({ status, dueAt }: Pick<Known, 'status' | 'dueAt'>, now: Instant): boolean =>
  status === 'open' && dueAt < now;

/** When it would be due with another history. */
export const dueWith = (request: Known, change: Partial<Pick<Known, 'extended' | 'pausedFor'>>): Instant =>
  dueAtOf({ ...request, ...change });
