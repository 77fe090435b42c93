import { Injectable } from '@nestjs/common';
import type { ReadState, RecordFacts } from '../../kernel/decider.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { AccountSight } from '../chart/account-sight.service.js';
import type { Line } from '../contract.js';
import { type Estimate, estimates } from './estimate.js';

/** The accounts that lines name; that of the others is on every document, and never confidential. */
export const accountsIn = (lines: readonly Line[]): readonly string[] =>
  lines.flatMap(({ accountCode }) => accountCode ?? []);

/** What decides about an estimate: who made it, where it belongs, and all that the accounts of its lines ask for. */
@Injectable()
export class EstimateFacts {
  constructor(
    private readonly states: StateCache,
    private readonly sight: AccountSight,
  ) {}

  /** At the moment of which `read` reads: marks of accounts come and go. */
  async of(read: ReadState, organisation: string, estimate: Estimate): Promise<RecordFacts> {
    if (estimate.status === 'absent') return {};
    const also = await this.sight.needs(read, organisation, accountsIn(estimate.content.lines));
    return { ...estimates.facts(estimate), also };
  }

  now(organisation: string, estimate: Estimate): Promise<RecordFacts> {
    return this.of((aggregate, within, id) => this.states.load(aggregate, within, id), organisation, estimate);
  }

  /** What a command about an estimate is authorised on. */
  about(organisation: string, id: string) {
    return {
      record: { kind: 'estimate', id },
      factsOf: (estimate: Estimate) => this.now(organisation, estimate),
    };
  }
}
