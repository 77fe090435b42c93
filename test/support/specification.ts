import { type Aggregate, type Decide, type DecisionContext, streamOf } from '../../src/kernel/decider.js';
import type { DomainEvent, Recorded } from '../../src/kernel/event.js';
import { Refusal, type RefusalCode } from '../../src/kernel/refusal.js';

export const NOW = '2026-03-01T09:00:00.000Z';

export interface Then<E extends DomainEvent> {
  /** Exactly these events follow; none means that nothing happens. */
  then(...events: readonly E[]): void;
  thenRefused(code: RefusalCode, rule?: string): void;
}

/** An event as recorded in a stream, at `NOW` unless said otherwise. */
export function recorded<E extends DomainEvent>(
  stream: string,
  revision: number,
  event: E,
  recordedAt = NOW,
): Recorded<E> {
  const id = `00000000-0000-7000-8000-${String(revision).padStart(12, '0')}`;
  const metadata = {
    actor: { kind: 'system', id: 'spec' },
    command: 'Spec',
    correlationId: 'c',
    requestId: 'r',
  } as const;
  return {
    ...event,
    id,
    stream,
    revision,
    position: String(revision).padStart(8, '0'),
    recordedAt,
    schemaVersion: 1,
    metadata,
  } as Recorded<E>;
}

/** Given what happened to a record, when a command is decided, then events follow or it is refused. */
export function given<S, E extends DomainEvent>(
  aggregate: Aggregate<S, E>,
  id: string,
  ...events: readonly (E & { at?: string })[]
) {
  const stream = streamOf(aggregate, '', id);
  const state = events.reduce<S>(
    (before, { at, ...event }, index) => aggregate.evolve(before, recorded(stream, index, event as unknown as E, at)),
    aggregate.initial(),
  );
  const context: DecisionContext = { now: NOW, userId: id, organisation: '', newId: 'new-id' };
  return {
    state,
    when<P>(decide: Decide<S, E, P>, ...prepared: P extends undefined ? [] : [P]): Then<E> {
      const run = (): readonly E[] => decide(state, context, prepared[0] as P);
      return {
        then: (...expected) => expect(run()).toEqual(expected),
        thenRefused: (code, rule) => {
          let refusal: unknown;
          try {
            run();
          } catch (error) {
            refusal = error;
          }
          expect(refusal).toBeInstanceOf(Refusal);
          expect(refusal).toMatchObject({ code, details: rule === undefined ? {} : { rule } });
        },
      };
    },
  };
}
