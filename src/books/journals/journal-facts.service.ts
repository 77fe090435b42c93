import { Injectable } from '@nestjs/common';
import { StateCache } from '../../platform/commands/state-cache.js';
import { AccountSight } from '../chart/account-sight.service.js';
import { FactsWithAccounts } from '../chart/facts-with-accounts.service.js';
import { type Journal, type JournalEvent, journals } from './journal.js';

@Injectable()
export class JournalFacts extends FactsWithAccounts<Journal, JournalEvent> {
  constructor(states: StateCache, sight: AccountSight) {
    super(states, sight, journals, ({ fields }) => fields.lines.map(({ account }) => account));
  }
}
