import { Injectable } from '@nestjs/common';
import { conflict } from '../../kernel/refusal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import type { Journal } from '../journals/journal.js';
import { bankIn } from '../ledger/entry.js';
import { paymentClaims } from './payment-claim.js';
import { journalSlot, transactions } from './transaction.js';
import { holds } from './transaction.decide.js';

/** Journals that a line of the bank's statement stands for: what they book on a bank account has happened. */
@Injectable()
export class HeldJournals {
  constructor(private readonly states: StateCache) {}

  /** @throws Refusal conflict where a bank transaction is matched to what the journal books on one of its bank accounts */
  async requireFree(organisation: string, id: string, journal: Journal): Promise<void> {
    if (journal.status === 'absent') return;
    for (const { account } of journal.fields.lines) {
      const bankAccountId = bankIn(account);
      if (bankAccountId !== undefined && (await this.isHeld(organisation, journalSlot(id, bankAccountId))))
        throw conflict('journal-matched', 'A bank transaction is matched to this journal: take the match back first');
    }
  }

  private async isHeld(organisation: string, slot: string): Promise<boolean> {
    const { holder } = (await this.states.load(paymentClaims, organisation, slot)).state;
    if (holder === undefined) return false;
    return holds((await this.states.load(transactions, organisation, holder.transactionId)).state, holder.matchId);
  }
}
