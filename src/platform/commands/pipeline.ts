import { type Aggregate, type Decide, type DecisionContext, type RecordFacts, streamOf } from '../../kernel/decider.js';
import type { Authority, DomainEvent, Recorded } from '../../kernel/event.js';
import { notFound, Refusal } from '../../kernel/refusal.js';
import { type Awaitable, WrongExpectedRevision } from '../event-store/event-store.port.js';
import { newId } from '../random.js';
import { tracing } from '../telemetry/tracing.js';
import type { Appender, Draft } from './appender.js';
import type { DomainCommand } from './command.js';
import type { Evidence, RecordRef } from './evidence.port.js';
import { derivedId, type Idempotency, type IdempotencyRecord } from './idempotency.js';
import { actorOf } from './metadata.js';
import { type Authoriser, CommandAnswer, isMark, type Principal } from './principal.js';
import { type AnsweredBefore, emptyEntry, type Loaded, type StateCache } from './state-cache.js';
import type { Clock } from './tokens.js';

/** What differs from command to command besides its decision. */
export interface Step<State, E extends DomainEvent, Prepared = undefined> {
  readonly decide: Decide<State, E, Prepared>;
  /**
   * Fetches what the decision needs from elsewhere, after authorisation and before deciding; runs again on every retry.
   * May have effects that are safe to repeat (a number reserved for this record).
   */
  readonly prepare?: (state: State, id: string) => Promise<Prepared>;
  /** For a new record: the facts to authorise on; by default it is the actor's own, in no project. */
  readonly facts?: RecordFacts;
  /** Where the record to authorise on is another one than the aggregate's (which then knows no facts of its own). */
  readonly about?: { readonly record: RecordRef; readonly factsOf: (state: State) => Awaitable<RecordFacts> };
  /** For a change that may move the record to another project or brand: its facts afterwards. Both ends are authorised. */
  readonly factsAfter?: (state: State) => RecordFacts;
  /** What the answer says beyond revision and position, from the events of this command as recorded. */
  readonly answer?: (events: readonly Recorded<E>[]) => {
    readonly id?: string;
    readonly extra?: Readonly<Record<string, unknown>>;
  };
  /** Whether a `change` makes something with an id of its own, so that it is answered 201. */
  readonly makes?: boolean;
  /** The person whom a token stood for, where there is no session. */
  readonly tokenHolder?: string;
  /** The authority where the route's mark is no permission and the caller found another. */
  readonly authority?: Authority;
}

/** A command on its way: the same through all its attempts. */
interface Work<State, E extends DomainEvent, Prepared> {
  readonly aggregate: Aggregate<State, E>;
  readonly command: DomainCommand;
  readonly step: Step<State, E, Prepared>;
  readonly id: string;
  readonly isNew: boolean;
  readonly keyed: IdempotencyRecord | undefined;
  /** Id for what the command makes inside the record. */
  readonly newId: string;
}

/** How often a command that lost a race is decided again before the client is asked to come back. */
const MAX_ATTEMPTS = 20;

/**
 * The one way from a command to events: load, authorise on the record, decide, append, acknowledge. Resolves when the
 * events are durable. A lost race goes back to the beginning, authorisation included; a command that pinned a revision
 * (`If-Match`) is refused instead.
 */
export class CommandPipeline {
  constructor(
    private readonly states: StateCache,
    private readonly appender: Appender,
    private readonly authoriser: Authoriser,
    private readonly evidence: Evidence,
    private readonly idempotency: Idempotency,
    private readonly clock: Clock,
  ) {}

  /** A record with a stream of its own. Its id is derived from the idempotency key where there is one. */
  create<S, E extends DomainEvent, P = undefined>(
    aggregate: Aggregate<S, E>,
    command: DomainCommand,
    step: Step<S, E, P>,
  ): Promise<CommandAnswer> {
    const keyed = this.idempotency.of(command.context);
    const id = keyed === undefined ? newId(this.clock()) : derivedId('record', keyed.key);
    return this.run({ aggregate, command, step, id, isNew: true, keyed, newId: id });
  }

  /** A change of the record with this id. @throws Refusal */
  change<S, E extends DomainEvent, P = undefined>(
    aggregate: Aggregate<S, E>,
    command: DomainCommand,
    id: string,
    step: Step<S, E, P>,
  ): Promise<CommandAnswer> {
    const keyed = this.idempotency.of(command.context);
    const made = keyed === undefined ? newId(this.clock()) : derivedId('made', keyed.key);
    return this.run({ aggregate, command, step, id, isNew: false, keyed, newId: made });
  }

  private run<S, E extends DomainEvent, P>(work: Work<S, E, P>): Promise<CommandAnswer> {
    return tracing === undefined ? this.attempts(work) : tracing.command(work.command.name, () => this.attempts(work));
  }

  private async attempts<S, E extends DomainEvent, P>(work: Work<S, E, P>): Promise<CommandAnswer> {
    const draft: Draft = { eventIds: [], keyed: work.keyed };
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      try {
        const answer = await this.attempt(work, draft);
        if (answer !== 'moved') return answer;
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
      }
    }
    throw new Refusal('unavailable', 'Too many people are changing this at once; try again', { retryAfter: 1 });
  }

  /** `moved`: the record changed while the command was being prepared, so what was authorised may not hold any more. */
  private async attempt<S, E extends DomainEvent, P>(
    work: Work<S, E, P>,
    draft: Draft,
  ): Promise<CommandAnswer | 'moved'> {
    const { aggregate, command, step, id } = work;
    const { context } = command;
    const loaded = await this.load(work);
    const { revision } = loaded;
    if (!work.isNew && !aggregate.exists(loaded.state)) throw notFound();
    const authority = await this.authorise(work, loaded.state);
    const before = work.keyed && loaded.answered.get(work.keyed.key);
    if (before !== undefined) return this.repeat(work, before);
    if (context.ifMatch !== undefined && context.ifMatch !== revision) {
      throw new Refusal('precondition-failed', `The record is at revision ${revision}`);
    }
    const prepared = (await step.prepare?.(loaded.state, id)) as P;
    if (loaded.revision !== revision) return 'moved';

    const events = step.decide(loaded.state, this.decisionContext(work), prepared);
    if (events.length === 0) return new CommandAnswer(id, revision, loaded.position, false);
    const metadata = await this.appender.metadataOf({
      context,
      organisation: organisationOf(work),
      command: command.name,
      actor: actorOf(context, step.tokenHolder),
      authority,
      keyed: work.keyed,
    });
    const recorded = await this.appender.append(draft, {
      stream: streamOf(aggregate, context.organisation, id),
      expected: revision === -1 ? 'no-stream' : revision,
      events,
      metadata,
    });
    return answerFor(work, recorded);
  }

  /** A new record without a key cannot exist yet: nothing to read. */
  private load<S, E extends DomainEvent, P>({
    aggregate,
    command,
    id,
    isNew,
    keyed,
  }: Work<S, E, P>): Awaitable<Loaded<S>> {
    if (isNew && keyed === undefined) return emptyEntry(aggregate);
    return this.states.load(aggregate, command.context.organisation, id);
  }

  private async authorise<S, E extends DomainEvent, P>(work: Work<S, E, P>, state: S): Promise<Authority | undefined> {
    const { aggregate, command, step, id } = work;
    const { principal, permission } = command.context;
    if (isMark(permission)) return step.authority;
    if (principal === undefined) throw new Refusal('unauthenticated', 'Sign in first');
    if (!aggregate.exists(state))
      return this.authoriseOn({ createdBy: principal.userId, ...step.facts }, command, principal);
    const record = step.about?.record ?? { kind: aggregate.name, id };
    if (step.factsAfter !== undefined) await this.authoriseOn(step.factsAfter(state), command, principal, record);
    const facts = step.about === undefined ? aggregate.facts(state) : await step.about.factsOf(state);
    return this.authoriseOn(facts, command, principal, record);
  }

  private async authoriseOn(
    facts: RecordFacts,
    { context }: DomainCommand,
    principal: Principal,
    record?: RecordRef,
  ): Promise<Authority> {
    const { organisation, permission } = context;
    const verdict = await this.authoriser.authorise(principal, organisation, permission, facts);
    if (verdict.allowed) return verdict.authority;
    await this.evidence.refused(context, verdict.because, record);
    if (verdict.because === 'area') {
      throw new Refusal('permission-denied', `This needs the permission ${permission}`, { permission });
    }
    throw notFound();
  }

  private decisionContext<S, E extends DomainEvent, P>({ command, step, newId: made }: Work<S, E, P>): DecisionContext {
    return new Deciding(
      this.clock(),
      command.context.principal?.userId ?? step.tokenHolder ?? '',
      command.context.organisation,
      made,
    );
  }

  private async repeat<S, E extends DomainEvent, P>(
    work: Work<S, E, P>,
    before: AnsweredBefore,
  ): Promise<CommandAnswer> {
    if (before.body !== work.keyed?.body) {
      throw new Refusal('idempotency-mismatch', 'Use a new Idempotency-Key for another request');
    }
    const stream = streamOf(work.aggregate, work.command.context.organisation, work.id);
    return answerFor(work, await this.appender.recorded<E>(stream, before.first, before.last));
  }
}

/** The instant is written out only for the decisions that ask. */
class Deciding implements DecisionContext {
  constructor(
    private readonly at: number,
    readonly userId: string,
    readonly organisation: string,
    readonly newId: string,
  ) {}

  get now(): string {
    return new Date(this.at).toISOString();
  }
}

function organisationOf<S, E extends DomainEvent, P>({ aggregate, command, id }: Work<S, E, P>): string {
  switch (aggregate.within) {
    case 'organisation':
      return command.context.organisation;
    case 'itself':
      return id;
    case 'nothing':
      return '';
  }
}

function answerFor<S, E extends DomainEvent, P>(work: Work<S, E, P>, events: readonly Recorded<E>[]): CommandAnswer {
  const last = events[events.length - 1]!;
  const { id, extra } = work.step.answer?.(events) ?? {};
  return new CommandAnswer(id ?? work.id, last.revision, last.position, work.isNew || work.step.makes === true, extra);
}
