import { Inject, Injectable } from '@nestjs/common';
import type { AlsoNeeded, ReadState } from '../../kernel/decider.js';
import { meetsAlso } from '../../platform/commands/also-needed.js';
import { AUTHORISER, type Authoriser, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Hiding, hidingBy } from '../../platform/http/hiding.js';
import { bankAccounts } from '../bank-accounts/bank-account.js';
import { type AccountKey, bankIn, bankKey } from '../ledger/entry.js';
import { AllBankAccounts } from './all-bank-accounts.service.js';
import { chart } from './chart.js';
import { ConfidentialAccounts } from './confidential-accounts.service.js';

const CONFIDENTIAL: AlsoNeeded = { permission: 'confidential-accounts:read', facts: {} };

/** Whoever may look at some bank accounts only is told of no others; who has no say about them at all is not limited. */
const ofBankAccount = (facts: AlsoNeeded['facts']): AlsoNeeded => ({
  permission: 'bank-accounts:read',
  facts,
  ifHeld: true,
});

/**
 * Which accounts somebody is told of, and so which journals: one that touches an account that is not there for them is not
 * there either. The same twice over, for one record (its facts) and for lists (what is hidden).
 */
@Injectable()
export class AccountSight {
  constructor(
    private readonly confidential: ConfidentialAccounts,
    private readonly banks: AllBankAccounts,
    private readonly states: StateCache,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
  ) {}

  /** What a record that tells of these accounts asks for besides, at the moment of which `read` reads. */
  async needs(read: ReadState, organisation: string, keys: readonly AccountKey[]): Promise<readonly AlsoNeeded[]> {
    const { state } = await read(chart, '', organisation);
    const needs = new Map<AccountKey, AlsoNeeded>();
    for (const key of new Set(keys)) {
      const bankId = bankIn(key);
      if (state.accounts.get(key)?.confidential === true) needs.set('confidential', CONFIDENTIAL);
      if (bankId === undefined) continue;
      const { state: bank } = await read(bankAccounts, organisation, bankId);
      // The account that everybody has is no record, and nobody is kept from it.
      if (bankAccounts.exists(bank)) needs.set(key, ofBankAccount(bankAccounts.facts(bank)));
    }
    return [...needs.values()];
  }

  needsNow(organisation: string, keys: readonly AccountKey[]): Promise<readonly AlsoNeeded[]> {
    return this.needs(this.states.read, organisation, keys);
  }

  /** Accounts that are not there for whoever asks. */
  async hiddenFrom(context: RequestContext): Promise<ReadonlySet<AccountKey>> {
    const hidden = new Set<AccountKey>(await this.confidential.hiddenFrom(context));
    for (const { id, facts } of await this.banks.of(context.organisation)) {
      if (!(await meetsAlso(this.authoriser, context, { also: [ofBankAccount(facts)] }))) hidden.add(bankKey(id));
    }
    return hidden;
  }

  /** Hides the documents that tell of such an account. */
  hiding<Doc>(accountsIn: (doc: Doc) => readonly AccountKey[]): Hiding<Doc> {
    return hidingBy((context) => this.hiddenFrom(context), accountsIn);
  }
}
