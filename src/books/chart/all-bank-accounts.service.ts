import { Inject, Injectable } from '@nestjs/common';
import type { RecordFacts } from '../../kernel/decider.js';
import { READ_MODEL } from '../../platform/commands/tokens.js';
import { allPages } from '../../platform/read-model/all-pages.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { factsOf } from '../bank-accounts/bank-account.js';
import { bankAccountsView } from '../bank-accounts/bank-account.view.js';

export interface BankAccountInBrief {
  readonly id: string;
  readonly name: string;
  readonly archived: boolean;
  readonly facts: RecordFacts;
}

/** The bank accounts of an organisation, whoever asks, in the order in which they were made: that is what gives them codes. */
@Injectable()
export class AllBankAccounts {
  constructor(@Inject(READ_MODEL) private readonly model: ReadModel) {}

  async of(organisation: string): Promise<readonly BankAccountInBrief[]> {
    const newestFirst: BankAccountInBrief[] = [];
    const where = [{ field: 'organisation', eq: organisation }];
    for await (const page of allPages(this.model, bankAccountsView, { where, sort: 'newest' })) {
      for (const { key, doc } of page)
        newestFirst.push({ id: key, name: doc.name, archived: doc.status === 'archived', facts: factsOf(doc) });
    }
    return newestFirst.reverse();
  }
}
