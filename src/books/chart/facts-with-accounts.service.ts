import type { Aggregate, Existing, ReadState, RecordFacts } from '../../kernel/decider.js';
import type { DomainEvent } from '../../kernel/event.js';
import type { StateCache } from '../../platform/commands/state-cache.js';
import type { AccountKey } from '../ledger/entry.js';
import type { AccountSight } from './account-sight.service.js';

/** What decides about records that tell of accounts: who made one, where it belongs, and all that the accounts ask for. */
export abstract class FactsWithAccounts<State extends { readonly status: string }, E extends DomainEvent> {
  constructor(
    private readonly states: StateCache,
    private readonly sight: AccountSight,
    private readonly aggregate: Aggregate<State, E>,
    private readonly accountsIn: (state: Existing<State>) => readonly AccountKey[],
  ) {}

  /** At the moment of which `read` reads: marks of accounts come and go. */
  async of(read: ReadState, organisation: string, state: State): Promise<RecordFacts> {
    if (state.status === 'absent') return {};
    const accounts = this.accountsIn(state as Existing<State>);
    return { ...this.aggregate.facts(state), also: await this.sight.needs(read, organisation, accounts) };
  }

  now(organisation: string, state: State): Promise<RecordFacts> {
    return this.of(this.states.read, organisation, state);
  }

  /** What a command about one is authorised on. */
  about(organisation: string, id: string) {
    return {
      record: { kind: this.aggregate.name, id },
      factsOf: (state: State) => this.now(organisation, state),
    };
  }
}
