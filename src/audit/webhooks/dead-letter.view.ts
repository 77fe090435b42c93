import { recordIdOf } from '../../kernel/decider.js';
import type { Instant } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { DeadLetterEvent } from './dead-letter.js';

/** An event that a webhook could not deliver, keyed by webhook and event. It goes when it was delivered after all. */
export interface DeadLetterDoc {
  readonly organisation: string;
  readonly webhook: string;
  readonly event: string;
  readonly type: string;
  /** In all, retries included. */
  readonly attempts: number;
  readonly error: string;
  readonly failedAt: Instant;
  readonly triedAt: Instant;
  /** Position of the failure: newest first means by this. */
  readonly created: string;
}

export const deadLettersView: ViewDefinition<DeadLetterDoc, DeadLetterEvent> = {
  name: 'webhook-letters',
  version: 1,
  events: ['WebhookDeliveryFailed', 'WebhookDeliveryRetried'],
  fields: { organisation: 'symbol', webhook: 'text', created: 'text' },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [['organisation', 'webhook']],
  keys: ({ stream, data }) => [`${recordIdOf(stream)}/${data.event.id}`],
  fold(doc, { type, data, metadata, stream, recordedAt, position }) {
    if (type === 'WebhookDeliveryFailed')
      return {
        organisation: metadata.organisation ?? '',
        webhook: recordIdOf(stream),
        event: data.event.id,
        type: data.event.type,
        attempts: (doc?.attempts ?? 0) + data.attempts,
        error: data.error,
        failedAt: recordedAt,
        triedAt: recordedAt,
        created: position,
      };
    if (doc === null || data.delivered) return null;
    return { ...doc, attempts: doc.attempts + 1, error: data.error ?? doc.error, triedAt: recordedAt };
  },
};
