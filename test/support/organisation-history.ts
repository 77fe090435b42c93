import type { Decide } from '../../src/kernel/decider.js';
import type { Recorded } from '../../src/kernel/event.js';
import { Refusal } from '../../src/kernel/refusal.js';
import type { Grant } from '../../src/access/contract.js';
import { foundOrganisation } from '../../src/access/organisations/organisation.decide.js';
import {
  organisations,
  type OrganisationEvent,
  type OrganisationState,
} from '../../src/access/organisations/organisation.js';

export const ORGANISATION = '01990000-0000-7000-8000-00000000c0de';
export const START = '2026-03-01T09:00:00.000Z';

/** A user id, the same for the same name. */
export const person = (name: string): string =>
  `01990000-0000-7000-8000-${Buffer.from(name.padEnd(6, ' ').slice(0, 6)).toString('hex')}`;

export const grant = (role: string, more: Partial<Grant> = {}): Grant => ({
  role,
  readOnly: false,
  switches: [],
  ...more,
});

type AnyDecide<P> = Decide<OrganisationState, OrganisationEvent, P>;

/**
 * An organisation as its own history: decisions are made on what was decided before, by somebody, at some time. Nothing
 * but deciders and evolve; personal fields are left out of what is folded, as in the running system.
 */
export class OrganisationHistory {
  state: OrganisationState = organisations.initial();
  readonly events: Recorded<OrganisationEvent>[] = [];
  now = START;
  private made = 0;

  /** Founded by the person called `primary`. */
  static founded(): OrganisationHistory {
    const history = new OrganisationHistory();
    history.do('primary', foundOrganisation({ name: 'Hale & Daughters', currency: 'GBP' }));
    return history;
  }

  /** Moves the clock. */
  later(milliseconds: number): this {
    this.now = new Date(Date.parse(this.now) + milliseconds).toISOString();
    return this;
  }

  /** What would follow now; throws what the decision throws. */
  decide<P = undefined>(actor: string, decide: AnyDecide<P>, prepared?: P): readonly OrganisationEvent[] {
    const context = { now: this.now, userId: person(actor), organisation: ORGANISATION, newId: this.newId() };
    return decide(this.state, context, prepared as P);
  }

  /** Decides and records what follows. */
  do<P = undefined>(actor: string, decide: AnyDecide<P>, prepared?: P): readonly Recorded<OrganisationEvent>[] {
    const recorded = this.decide(actor, decide, prepared).map((event, index) => this.recorded(actor, event, index));
    for (const event of recorded) {
      this.state = organisations.evolve(this.state, withoutPersonal(event));
      this.events.push(event);
    }
    return recorded;
  }

  /** The rule, or the code, by which a decision is refused; undefined if it is not. */
  refusal<P = undefined>(actor: string, decide: AnyDecide<P>, prepared?: P): string | undefined {
    try {
      this.decide(actor, decide, prepared);
      return undefined;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return error.details.rule ?? error.code;
    }
  }

  /** The roles of a person, for people. */
  roles(name: string): readonly string[] | undefined {
    return this.state.members.get(person(name))?.grants.map(({ role }) => role);
  }

  private newId(): string {
    this.made += 1;
    return `01990000-0000-7000-9000-${String(this.made).padStart(12, '0')}`;
  }

  private recorded(actor: string, event: OrganisationEvent, index: number): Recorded<OrganisationEvent> {
    const revision = this.events.length + index;
    return {
      ...event,
      id: this.newId(),
      stream: `organisation-${ORGANISATION}`,
      revision,
      position: String(revision).padStart(16, '0'),
      recordedAt: this.now,
      schemaVersion: 1,
      metadata: {
        organisation: ORGANISATION,
        actor: { kind: 'user', id: person(actor) },
        command: 'Test',
        correlationId: 'test',
        requestId: 'test',
      },
    };
  }
}

function withoutPersonal(event: Recorded<OrganisationEvent>): Recorded<OrganisationEvent> {
  const { personal } = organisations.events[event.type];
  const kept = Object.entries(event.data).filter(
    ([field]) => !(personal?.fields as readonly string[] | undefined)?.includes(field),
  );
  return { ...event, data: Object.fromEntries(kept) } as Recorded<OrganisationEvent>;
}
