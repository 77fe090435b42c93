import { Injectable } from '@nestjs/common';
import type { ReadState, RecordFacts } from '../../kernel/decider.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { PurchaseFacts } from '../purchases/purchase-facts.service.js';
import { type PurchaseOrder, purchaseOrders } from './purchase-order.js';

/** What decides about an order: who made it, where it belongs, and all that the accounts of its lines ask for. */
@Injectable()
export class OrderFacts {
  constructor(
    private readonly states: StateCache,
    private readonly facts: PurchaseFacts,
  ) {}

  /** At the moment of which `read` reads: marks of accounts come and go. */
  async of(read: ReadState, organisation: string, order: PurchaseOrder): Promise<RecordFacts> {
    if (order.status === 'absent') return {};
    return this.facts.withAccounts(read, organisation, purchaseOrders.facts(order), order.content);
  }

  now(organisation: string, order: PurchaseOrder): Promise<RecordFacts> {
    return this.of((aggregate, within, id) => this.states.load(aggregate, within, id), organisation, order);
  }

  /** What a command about an order is authorised on. */
  about(organisation: string, id: string) {
    return {
      record: { kind: 'purchase-order', id },
      factsOf: (order: PurchaseOrder) => this.now(organisation, order),
    };
  }
}
