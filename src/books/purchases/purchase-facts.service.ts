import { Injectable } from '@nestjs/common';
import { StateCache } from '../../platform/commands/state-cache.js';
import { AccountSight } from '../chart/account-sight.service.js';
import { FactsWithAccounts } from '../chart/facts-with-accounts.service.js';
import { accountsOf, type Purchase, type PurchaseEvent, purchases } from './purchase.js';

@Injectable()
export class PurchaseFacts extends FactsWithAccounts<Purchase, PurchaseEvent> {
  constructor(states: StateCache, sight: AccountSight) {
    super(states, sight, purchases, ({ content }) => accountsOf(content));
  }
}
