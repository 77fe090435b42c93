import { Injectable } from '@nestjs/common';
import { StateCache } from '../../platform/commands/state-cache.js';
import { AccountSight } from '../chart/account-sight.service.js';
import { FactsWithAccounts } from '../chart/facts-with-accounts.service.js';
import { accountsOf } from '../purchases/purchase.js';
import { type PurchaseOrder, type PurchaseOrderEvent, purchaseOrders } from './purchase-order.js';

@Injectable()
export class OrderFacts extends FactsWithAccounts<PurchaseOrder, PurchaseOrderEvent> {
  constructor(states: StateCache, sight: AccountSight) {
    super(states, sight, purchaseOrders, ({ content }) => accountsOf(content));
  }
}
