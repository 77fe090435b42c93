import { Injectable } from '@nestjs/common';
import { Refusal } from '../../kernel/refusal.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type ChartAccount, isForLines } from './account.js';
import { chart } from './chart.js';

/** A line of a document, as far as its account goes. */
export interface AccountedLine {
  readonly accountCode?: string | null | undefined;
}

/** Which accounts lines of documents can name (rule 10). */
@Injectable()
export class LineAccounts {
  constructor(private readonly states: StateCache) {}

  /** Those of the chart, whether lines can name them or not; no line can name a bank account. */
  async accounts(organisation: string): Promise<{ byCode(code: string): ChartAccount | undefined }> {
    const { accounts } = (await this.states.load(chart, '', organisation)).state;
    return { byCode: (code) => accounts.get(code) };
  }

  /**
   * Accounts of income and of costs; never control, bank, equity or confidential ones. One that is confidential looks like
   * one that is not there, to whoever sees it too: what is true of an account is not told here.
   *
   * @throws Refusal validation-failed, naming each line
   */
  async check(
    { organisation }: Pick<RequestContext, 'organisation'>,
    side: 'sales' | 'purchases',
    lines: readonly AccountedLine[],
  ): Promise<void> {
    if (lines.every(({ accountCode }) => !accountCode)) return;
    const accounts = await this.accounts(organisation);
    const errors = lines.flatMap(({ accountCode }, index) => {
      if (!accountCode) return [];
      const account = accounts.byCode(accountCode);
      return account !== undefined && isForLines(account)
        ? []
        : [{ field: `lines.${index}.accountCode`, message: `is no account of income or costs for lines of ${side}` }];
    });
    const [first] = errors;
    if (first !== undefined) throw new Refusal('validation-failed', `${first.field}: ${first.message}`, { errors });
  }
}
