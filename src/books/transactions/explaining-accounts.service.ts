import { Injectable } from '@nestjs/common';
import { invalid } from '../../kernel/refusal.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { isForLines } from '../chart/account.js';
import { chart } from '../chart/chart.js';
import type { Side } from './transaction.decide.js';

/** Which accounts of the chart can explain a transaction: those that lines of documents can name (rule 10). */
@Injectable()
export class ExplainingAccounts {
  constructor(private readonly states: StateCache) {}

  /** One that is confidential looks like one that is not there. @throws Refusal validation-failed */
  async sideOf({ organisation }: RequestContext, code: string): Promise<Side> {
    const { state } = await this.states.load(chart, '', organisation);
    const account = state.accounts.get(code);
    if (account === undefined || !isForLines(account)) throw invalid('accountCode', 'is no account of income or costs');
    return account.type === 'income' ? 'output' : 'input';
  }
}
