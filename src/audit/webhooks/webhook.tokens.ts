/** How webhooks are sent: `WebhookTuning`. */
export const WEBHOOK_TUNING = Symbol('WebhookTuning');

export interface WebhookTuning {
  /** Whether the machine itself may be sent to, also without TLS. */
  readonly loopback: boolean;
  /** Milliseconds behind each failed attempt but the last: one more attempt than there are pauses. */
  readonly pauses: readonly number[];
  /** For one attempt, in milliseconds. */
  readonly timeoutMs: number;
}
