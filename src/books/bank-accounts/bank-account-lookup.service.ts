import { Injectable } from '@nestjs/common';
import { conflict } from '../../kernel/refusal.js';
import type { RecordFacts } from '../../kernel/decider.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { currentAccountOf } from '../chart/chart-reader.service.js';
import { bankAccounts } from './bank-account.js';

/** A bank account as those need it who keep records of it. */
export interface KnownBankAccount {
  readonly id: string;
  readonly brandId?: string | undefined;
  readonly archived: boolean;
}

/** The bank accounts of an organisation one by one, as new as every acknowledged change. */
@Injectable()
export class BankAccountLookup {
  constructor(private readonly states: StateCache) {}

  /** The account that every organisation has is no record, and found all the same. */
  async find(organisation: string, id: string): Promise<KnownBankAccount | undefined> {
    if (id === currentAccountOf(organisation)) return { id, archived: false };
    const { state } = await this.states.load(bankAccounts, organisation, id);
    if (state.status === 'absent') return undefined;
    return { id, brandId: state.fields.brandId, archived: state.status === 'archived' };
  }

  /**
   * What a record of an account is authorised on before it is there. An account that is not there is one that nobody with a
   * limit reaches.
   */
  async factsFor(organisation: string, id: string): Promise<RecordFacts> {
    const account = await this.find(organisation, id);
    return { bankAccountId: id, brandId: account?.brandId };
  }
}

/** @throws Refusal conflict */
export function requireUnarchived(account: KnownBankAccount): KnownBankAccount {
  if (account.archived) throw conflict('bank-account-archived', 'An archived bank account gets no new records');
  return account;
}
