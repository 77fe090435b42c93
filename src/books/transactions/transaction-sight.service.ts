import { Injectable } from '@nestjs/common';
import type { ReadState, RecordFacts } from '../../kernel/decider.js';
import { FurtherPermission } from '../../platform/commands/further-permission.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { AccountSight } from '../chart/account-sight.service.js';
import { factsOf, type Transaction, transactions } from './transaction.js';

type Told = Parameters<typeof factsOf>[0] & { readonly codes: readonly string[] };

/** What it takes to see a transaction: its bank account, and the accounts that have explained it (rule 6). */
@Injectable()
export class TransactionSight {
  constructor(
    private readonly accounts: AccountSight,
    private readonly further: FurtherPermission,
    private readonly states: StateCache,
  ) {}

  async factsOf(organisation: string, transaction: Told, read: ReadState = this.states.read): Promise<RecordFacts> {
    const also = await this.accounts.needs(read, organisation, transaction.codes);
    return { ...factsOf(transaction), ...(also.length === 0 ? {} : { also }) };
  }

  /** @throws Refusal not-found where the request's permission does not reach the transaction */
  async require(context: RequestContext, id: string, transaction: Told): Promise<void> {
    const facts = await this.factsOf(context.organisation, transaction);
    await this.further.require(context, context.permission, facts, { kind: transactions.name, id });
  }

  /** For a command about the transaction. */
  about(organisation: string, id: string) {
    return {
      record: { kind: transactions.name, id },
      factsOf: (state: Transaction) => (state.status === 'absent' ? {} : this.factsOf(organisation, state)),
    };
  }
}
