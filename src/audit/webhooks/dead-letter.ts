import { type EventCatalogue, given } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent, Recorded } from '../../kernel/event.js';

/** An event that a webhook was to send, and where it stands. */
export interface Undelivered {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly revision: number;
}

/** The webhook went on behind an event that it could not deliver. `error` is made of our words and codes. */
export type WebhookDeliveryFailed = DomainEvent<
  'WebhookDeliveryFailed',
  { readonly host: string; readonly event: Undelivered; readonly attempts: number; readonly error: string }
>;
/** It was tried again, by hand or by a replay. */
export type WebhookDeliveryRetried = DomainEvent<
  'WebhookDeliveryRetried',
  { readonly host: string; readonly event: Undelivered; readonly delivered: boolean; readonly error?: string }
>;
export type DeadLetterEvent = WebhookDeliveryFailed | WebhookDeliveryRetried;

/** What could not be delivered and has not been since, by the ids of the events. */
export type DeadLetters = ReadonlyMap<string, Undelivered>;

const record = ({ stream }: Recorded<DeadLetterEvent>) => ({ kind: 'webhook', id: recordIdOf(stream) });

export const deadLetterEvents: EventCatalogue<DeadLetterEvent> = {
  WebhookDeliveryFailed: {
    schemaVersion: 1,
    summary: ({ host, event, attempts }) =>
      `gave up sending ${event.type} to ${host} after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`,
    changes: ({ error }) => [{ field: 'error', from: null, to: error }],
    record,
  },
  WebhookDeliveryRetried: {
    schemaVersion: 1,
    summary: ({ host, event, delivered }) =>
      delivered ? `sent ${event.type} to ${host} after all` : `tried in vain to send ${event.type} to ${host} again`,
    changes: ({ error }) => given('error', error),
    record,
  },
};

/** The dead letters of a webhook stand in a stream of their own, so that the webhook's stays as short as its settings are. */
export const deadLetters: Aggregate<DeadLetters, DeadLetterEvent> = {
  name: 'webhook-letters',
  within: 'organisation',
  events: deadLetterEvents,
  readsPersonalFields: false,
  initial: () => new Map(),
  evolve: (letters, { type, data }) => {
    const open = letters as Map<string, Undelivered>;
    if (type === 'WebhookDeliveryFailed') open.set(data.event.id, data.event);
    else if (data.delivered) open.delete(data.event.id);
    return open;
  },
  exists: (letters) => letters.size > 0,
  facts: () => ({}),
};

/** What is never sent: a webhook that fails would make another one fail, and that one this one. */
export const NEVER_SENT: ReadonlySet<string> = new Set(Object.keys(deadLetterEvents));
