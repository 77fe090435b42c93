import type { Feature } from '../../platform/feature.js';
import { AccountSight } from './account-sight.service.js';
import { AllBankAccounts } from './all-bank-accounts.service.js';
import {
  AccountsInSight,
  AddAccountHandler,
  ChangeAccountHandler,
  GetAccountHandler,
  ListAccountsHandler,
} from './chart.handlers.js';
import { ChartController } from './chart.http.js';
import { ChartAccountKind } from './chart.kind.js';
import { ChartReader } from './chart-reader.service.js';
import { ConfidentialAccounts } from './confidential-accounts.service.js';
import { LineAccounts } from './line-accounts.service.js';
import { SoldOn } from './sold-on.service.js';

/** For the room's module. */
export const chartFeature: Feature = {
  controllers: [ChartController],
  providers: [
    AllBankAccounts,
    ChartReader,
    ConfidentialAccounts,
    AccountSight,
    AccountsInSight,
    LineAccounts,
    SoldOn,
    ChartAccountKind,
    AddAccountHandler,
    ChangeAccountHandler,
    GetAccountHandler,
    ListAccountsHandler,
  ],
};
