import { Inject, Injectable } from '@nestjs/common';
import { type Aggregate, type Decide, streamOf } from '../../kernel/decider.js';
import type { DomainEvent, Metadata } from '../../kernel/event.js';
import { Appender } from '../../platform/commands/appender.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import { WrongExpectedRevision } from '../../platform/event-store/event-store.port.js';
import { type DeadLetterEvent, deadLetters, type Undelivered } from './dead-letter.js';
import { retryLetter } from './dead-letter.decide.js';
import { pauseWebhook } from './webhook.decide.js';
import { isLive, type PauseReason, webhooks } from './webhook.js';

/** What made the system write: an event that was to be delivered. */
export interface Cause {
  readonly id: string;
  readonly metadata: Pick<Metadata, 'correlationId' | 'requestId'>;
}

/** What the system itself writes down about webhooks: that one stands still, what it gave up, what it sent after all. */
@Injectable()
export class WebhookJournal {
  constructor(
    private readonly states: StateCache,
    private readonly appender: Appender,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Nothing where it is not active any more. */
  async pause(organisation: string, id: string, reason: PauseReason, cause: Cause): Promise<void> {
    await this.write(webhooks, organisation, id, cause, 'PauseWebhook', (state, context) =>
      isLive(state) ? pauseWebhook(reason)(state, context, undefined) : [],
    );
  }

  /** Once for an event that is a dead letter already. */
  async gaveUp(
    organisation: string,
    id: string,
    letter: { readonly host: string; readonly event: Undelivered; readonly attempts: number; readonly error: string },
    cause: Cause,
  ): Promise<void> {
    const failed: DeadLetterEvent = { type: 'WebhookDeliveryFailed', data: letter };
    await this.write(deadLetters, organisation, id, cause, 'GiveUpDelivery', (letters) =>
      letters.has(letter.event.id) ? [] : [failed],
    );
  }

  /** Takes an event off the dead letters where it was one: a replay got through. */
  async delivered(organisation: string, id: string, host: string, cause: Cause): Promise<void> {
    const { state } = await this.states.load(deadLetters, organisation, id);
    if (!state.has(cause.id)) return;
    await this.write(deadLetters, organisation, id, cause, 'DeliverLetter', (letters, deciding) =>
      letters.has(cause.id) ? retryLetter(cause.id)(letters, deciding, { host }) : [],
    );
  }

  private async write<S, E extends DomainEvent>(
    aggregate: Aggregate<S, E>,
    organisation: string,
    id: string,
    cause: Cause,
    command: string,
    decide: Decide<S, E>,
  ): Promise<void> {
    const metadata: Metadata = {
      organisation,
      actor: { kind: 'system', id: 'webhooks' },
      command,
      correlationId: cause.metadata.correlationId,
      causationId: cause.id,
      requestId: cause.metadata.requestId,
    };
    for (;;) {
      const { state, revision } = await this.states.load(aggregate, organisation, id);
      const now = new Date(this.clock()).toISOString();
      const events = decide(state, { now, userId: '', organisation, newId: '' }, undefined);
      if (events.length === 0) return;
      const expected = revision === -1 ? ('no-stream' as const) : revision;
      const append = { stream: streamOf(aggregate, organisation, id), expected, events, metadata };
      try {
        await this.appender.append({ eventIds: [], keyed: undefined }, append);
        return;
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
      }
    }
  }
}
