import { Inject, Injectable } from '@nestjs/common';
import { type Aggregate, type Decide, streamOf } from '../../kernel/decider.js';
import type { Actor, DomainEvent, Instant, Metadata, Recorded } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { Appender, type Draft } from '../../platform/commands/appender.js';
import { systemMetadata } from '../../platform/commands/metadata.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import { type StoredEvent, WrongExpectedRevision } from '../../platform/event-store/event-store.port.js';
import { newAgelessId, newId } from '../../platform/random.js';

/** The metadata of the events that were decided. */
export type Provenance<E extends DomainEvent = DomainEvent> = (events: readonly E[]) => Promise<Metadata>;

export interface Write<S, E extends DomainEvent> {
  readonly decide: Decide<S, E>;
  readonly by: Provenance<E>;
  /** Ids for the events, in order, where they follow from another event: a repeat writes the same ones. */
  readonly eventIds?: readonly string[];
}

/** Revision and position of a stream. */
export interface Head {
  readonly revision: number;
  readonly position: string | undefined;
}

const MAX_ATTEMPTS = 20;

/**
 * Writes to the streams of people, where the pipeline does not fit: nobody has signed in yet, several streams follow from
 * one request, or an answer may not tell what was written. Loads, decides, appends; a lost race is decided again.
 */
@Injectable()
export class AccountWriter {
  constructor(
    private readonly states: StateCache,
    private readonly appender: Appender,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Somebody asked for it over HTTP. Who they are may follow from what was decided: the account that they get. */
  request<E extends DomainEvent>(
    context: RequestContext,
    command: string,
    actor: Actor | ((events: readonly E[]) => Actor),
  ): Provenance<E> {
    return (events) =>
      this.appender.metadataOf({
        context,
        organisation: '',
        command,
        actor: typeof actor === 'function' ? actor(events) : actor,
      });
  }

  /** It follows from an event. */
  consequence(cause: Pick<StoredEvent, 'id' | 'metadata'>, command: string): Provenance {
    return async () => systemMetadata(cause, 'accounts', command);
  }

  /** The system does it by itself. */
  system(command: string): Provenance {
    return this.unasked('accounts', command);
  }

  /** Whoever runs the machine does it, by the command line. */
  operator(command: string): Provenance {
    return this.unasked('operator', command);
  }

  /** Instant of a decision now. */
  now(): Instant {
    return new Date(this.clock()).toISOString();
  }

  /** The state with every event that was acknowledged before the call. */
  async state<S, E extends DomainEvent>(aggregate: Aggregate<S, E>, id: string): Promise<S> {
    return (await this.states.load(aggregate, '', id)).state;
  }

  /** Where a stream stands. */
  async head<S, E extends DomainEvent>(aggregate: Aggregate<S, E>, id: string): Promise<Head> {
    const { revision, position } = await this.states.load(aggregate, '', id);
    return { revision, position };
  }

  /** Answers the events as recorded, when they are durable; none where there was nothing to do. @throws Refusal */
  async write<S, E extends DomainEvent>(
    aggregate: Aggregate<S, E>,
    id: string,
    { decide, by, eventIds = [] }: Write<S, E>,
  ): Promise<readonly Recorded<E>[]> {
    const draft: Draft = { eventIds: [...eventIds], keyed: undefined };
    const made = newAgelessId();
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const { state, revision } = await this.states.load(aggregate, '', id);
      const events = decide(state, { now: this.now(), userId: '', organisation: '', newId: made }, undefined);
      if (events.length === 0) return [];
      const metadata = await by(events);
      const stream = streamOf(aggregate, '', id);
      try {
        const expected = revision === -1 ? 'no-stream' : revision;
        return await this.appender.append(draft, { stream, expected, events, metadata });
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
      }
    }
    throw new Refusal('unavailable', 'Too many requests change this account at once; try again', { retryAfter: 1 });
  }

  private unasked(actor: string, command: string): Provenance {
    const id = newId(this.clock());
    return async () => ({ actor: { kind: 'system', id: actor }, command, correlationId: id, requestId: id });
  }
}
