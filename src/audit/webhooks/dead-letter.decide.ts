import type { Decide } from '../../kernel/decider.js';
import { notFound } from '../../kernel/refusal.js';
import type { DeadLetterEvent, DeadLetters } from './dead-letter.js';

/** What came of another attempt; `error` is absent where it was delivered. */
export interface Retried {
  readonly host: string;
  readonly error?: string;
}

/** A retry is told however it ends. */
export const retryLetter =
  (eventId: string): Decide<DeadLetters, DeadLetterEvent, Retried> =>
  (letters, _, { host, error }) => {
    const event = letters.get(eventId);
    if (event === undefined) throw notFound();
    const delivered = error === undefined;
    return [
      { type: 'WebhookDeliveryRetried', data: { host, event, delivered, ...(error !== undefined && { error }) } },
    ];
  };
