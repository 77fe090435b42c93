import { Injectable } from '@nestjs/common';
import { StateCache } from '../../platform/commands/state-cache.js';
import { accounts } from '../accounts/account.js';
import type { BothAccounts } from '../organisations/handover.decide.js';

/** Looks at the accounts of the two people of a handover, with every change that was acknowledged before. */
@Injectable()
export class BothAccountsService {
  constructor(private readonly states: StateCache) {}

  async of(primary: string, other: string): Promise<BothAccounts> {
    const [one, two] = await Promise.all([
      this.states.load(accounts, '', primary),
      this.states.load(accounts, '', other),
    ]);
    return {
      primaryOpen: one.state.status === 'open',
      otherVerified: two.state.status === 'open' && two.state.verified,
    };
  }
}
