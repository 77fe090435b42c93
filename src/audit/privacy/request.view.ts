import { recordIdOf } from '../../kernel/decider.js';
import type { Instant, Recorded } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { Known, PrivacyRequestEvent, RequestKind } from './request.js';
import type { Subject } from './subject.js';

/** A request without the texts that stand in it: these are read from the log when it is shown. */
export interface PrivacyRequestDoc {
  readonly organisation: string;
  readonly revision: number;
  readonly status: Known['status'];
  readonly kind: RequestKind;
  readonly subject: Subject;
  readonly subjectId: string;
  readonly receivedAt: Instant;
  readonly dueAt: Instant;
  /** Position of the first event: newest first means by this. */
  readonly created: string;
}

export const privacyRequestsView: ViewDefinition<PrivacyRequestDoc, PrivacyRequestEvent> = {
  name: 'privacy-requests',
  version: 1,
  events: [
    'PrivacyRequestReceived',
    'PrivacyRequestExtended',
    'PrivacyRequestPaused',
    'PrivacyRequestResumed',
    'PrivacyRequestCompleted',
    'PrivacyRequestRefused',
  ],
  fields: { organisation: 'symbol', status: 'text', subjectId: 'text', created: 'text' },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [['organisation', 'subjectId'], ['organisation', 'status'], ['organisation']],
  keys: (event) => [recordIdOf(event.stream)],
  fold(doc, event) {
    if (event.type === 'PrivacyRequestReceived') return received(event);
    return doc && { ...doc, ...changed(event), revision: event.revision };
  },
};

function received(
  event: Extract<Recorded<PrivacyRequestEvent>, { type: 'PrivacyRequestReceived' }>,
): PrivacyRequestDoc {
  const { subject, kind, receivedAt, dueAt } = event.data;
  return {
    organisation: event.metadata.organisation ?? '',
    revision: event.revision,
    status: 'open',
    kind,
    subject,
    subjectId: subject.id,
    receivedAt,
    dueAt,
    created: event.position,
  };
}

function changed(
  event: Exclude<Recorded<PrivacyRequestEvent>, { type: 'PrivacyRequestReceived' }>,
): Partial<PrivacyRequestDoc> {
  switch (event.type) {
    case 'PrivacyRequestExtended':
      return { dueAt: event.data.to };
    case 'PrivacyRequestPaused':
      return { status: 'paused' };
    case 'PrivacyRequestResumed':
      return { status: 'open', dueAt: event.data.to };
    case 'PrivacyRequestCompleted':
      return { status: 'completed' };
    case 'PrivacyRequestRefused':
      return { status: 'refused' };
  }
}
