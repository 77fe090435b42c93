import type { Feature } from '../../platform/feature.js';
import {
  ChangeBankAccountHandler,
  CreateBankAccountHandler,
  GetBankAccountHandler,
  ListBankAccountsHandler,
} from './bank-account.handlers.js';
import { BankAccountLookup } from './bank-account-lookup.service.js';
import { BankAccountsController } from './bank-account.http.js';
import { bankAccountKind } from './bank-account.kind.js';

/** For the room's module. */
export const bankAccountsFeature: Feature = {
  controllers: [BankAccountsController],
  providers: [
    BankAccountLookup,
    bankAccountKind,
    CreateBankAccountHandler,
    ChangeBankAccountHandler,
    GetBankAccountHandler,
    ListBankAccountsHandler,
  ],
};
