import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { ReadState, RecordFacts } from '../../kernel/decider.js';
import type { Past } from '../../platform/commands/past-documents.js';
import { type RecordDescription, type RecordKind, RecordKinds } from '../../platform/commands/record-kinds.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { AccountSight } from './account-sight.service.js';
import { chart } from './chart.js';
import { answerOf } from './chart.handlers.js';
import { accountIn, ofChart } from './chart-reader.service.js';

/** Accounts of the chart, for those who show records of all kinds; bank accounts are a kind of their own. */
@Injectable()
export class ChartAccountKind implements RecordKind, OnModuleInit {
  readonly kind = 'chart-account';
  readonly readPermission = 'chart-of-accounts:read';

  constructor(
    private readonly kinds: RecordKinds,
    private readonly states: StateCache,
    private readonly sight: AccountSight,
  ) {}

  onModuleInit(): void {
    this.kinds.register(this);
  }

  /** From the log: a mark must not be forgotten for as long as a view is behind. */
  async describe(organisation: string, ids: readonly string[]): Promise<ReadonlyMap<string, RecordDescription>> {
    const { state } = await this.states.load(chart, '', organisation);
    const found = ids.map(async (id) => {
      const account = accountIn(state, organisation, id);
      if (account === undefined) return [];
      const { code, fields } = account;
      const also = await this.sight.needsNow(organisation, [code]);
      return [[id, { label: `${code} ${fields.name}`, facts: { also } }] as const];
    });
    return new Map((await Promise.all(found)).flat());
  }

  readonly factsOf = async (read: ReadState, organisation: string, id: string): Promise<RecordFacts | undefined> => {
    const { state } = await read(chart, '', organisation);
    const account = accountIn(state, organisation, id);
    return account && { also: await this.sight.needs(read, organisation, [account.code]) };
  };

  readonly asOf = async (past: Past, organisation: string, id: string): Promise<object | undefined> => {
    const { state } = await past.read(chart, '', organisation);
    const account = accountIn(state, organisation, id);
    return account && answerOf(ofChart(organisation, account));
  };
}
