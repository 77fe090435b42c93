import { Injectable, type OnModuleInit } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { Consequences } from '../../platform/commands/consequences.js';
import { systemMetadata } from '../../platform/commands/metadata.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import { purchases } from '../purchases/purchase.js';
import { draftFromOrder } from '../purchases/purchase.decide.js';
import { type PurchaseOrderConverted, purchaseOrders } from './purchase-order.js';
import { purchaseOf } from './purchase-order.decide.js';

/** Makes the purchases that orders have become. The command does it at once; this is for those that stopped short. */
@Injectable()
export class OrderPurchases implements Reactor, OnModuleInit {
  readonly name = 'order-purchases';
  readonly types = ['PurchaseOrderConverted'] as const;

  constructor(
    private readonly states: StateCache,
    private readonly consequences: Consequences,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this);
  }

  async handle(event: Recorded): Promise<void> {
    await this.make(event as Recorded<PurchaseOrderConverted>);
  }

  /** Once, whoever comes first. Answers where the purchase stands. */
  async make(
    cause: Recorded<PurchaseOrderConverted>,
  ): Promise<{ readonly revision: number; readonly position: string }> {
    const organisation = cause.metadata.organisation ?? '';
    const id = recordIdOf(cause.stream);
    const { state } = await this.states.load(purchaseOrders, organisation, id);
    if (state.status === 'absent') throw new Error(`Order ${id} was converted and is not there`);
    const { purchaseId } = cause.data;
    const metadata = systemMetadata(cause, this.name, 'DraftPurchase');
    const decide = draftFromOrder(purchaseOf(id, state.content, cause.data), [...state.writtenBy]);
    await this.consequences.write(purchases, organisation, purchaseId, decide, metadata);
    const { revision, position } = await this.states.load(purchases, organisation, purchaseId);
    return { revision, position: position! };
  }
}
