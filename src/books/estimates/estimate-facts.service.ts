import { Injectable } from '@nestjs/common';
import { StateCache } from '../../platform/commands/state-cache.js';
import { AccountSight } from '../chart/account-sight.service.js';
import { FactsWithAccounts } from '../chart/facts-with-accounts.service.js';
import type { Line } from '../contract.js';
import { type Estimate, type EstimateEvent, estimates } from './estimate.js';

/** The accounts that lines name; that of the others is on every document, and never confidential. */
export const accountsIn = (lines: readonly Line[]): readonly string[] =>
  lines.flatMap(({ accountCode }) => accountCode ?? []);

@Injectable()
export class EstimateFacts extends FactsWithAccounts<Estimate, EstimateEvent> {
  constructor(states: StateCache, sight: AccountSight) {
    super(states, sight, estimates, ({ content }) => accountsIn(content.lines));
  }
}
