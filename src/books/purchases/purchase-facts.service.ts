import { Injectable } from '@nestjs/common';
import type { ReadState, RecordFacts } from '../../kernel/decider.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { AccountSight } from '../chart/account-sight.service.js';
import { accountOf, type Purchase, purchases } from './purchase.js';
import type { Lined } from './seen-pages.service.js';

/** What decides about a purchase: who made it, where it belongs, and all that the accounts of its lines ask for. */
@Injectable()
export class PurchaseFacts {
  constructor(
    private readonly states: StateCache,
    private readonly sight: AccountSight,
  ) {}

  /** At the moment of which `read` reads: marks of accounts come and go. */
  async of(read: ReadState, organisation: string, purchase: Purchase): Promise<RecordFacts> {
    if (purchase.status === 'absent') return {};
    return this.withAccounts(read, organisation, purchases.facts(purchase), purchase.content);
  }

  /** The same for whatever has lines. */
  async withAccounts(
    read: ReadState,
    organisation: string,
    facts: RecordFacts,
    { lines }: Lined,
  ): Promise<RecordFacts> {
    return { ...facts, also: await this.sight.needs(read, organisation, lines.map(accountOf)) };
  }

  now(organisation: string, purchase: Purchase): Promise<RecordFacts> {
    return this.of((aggregate, within, id) => this.states.load(aggregate, within, id), organisation, purchase);
  }

  /** What a command about a purchase is authorised on. */
  about(organisation: string, id: string) {
    return {
      record: { kind: 'purchase', id },
      factsOf: (purchase: Purchase) => this.now(organisation, purchase),
    };
  }
}
