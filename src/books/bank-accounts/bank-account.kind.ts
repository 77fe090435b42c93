import { streamOf } from '../../kernel/decider.js';
import { factsIn } from '../../platform/commands/record-kinds.js';
import { viewKind } from '../../platform/commands/view-kind.js';
import { bankAccounts, factsOf } from './bank-account.js';
import { answerOf } from './bank-account.handlers.js';
import { bankAccountsView } from './bank-account.view.js';

/** Bank accounts, for those who show records of all kinds. */
export const bankAccountKind = viewKind({
  kind: 'bank-account',
  readPermission: 'bank-accounts:read',
  view: bankAccountsView,
  factsOf: factsIn(bankAccounts),
  past: {
    streams: (organisation, id) => [streamOf(bankAccounts, organisation, id)],
    show: answerOf,
  },
  describe: (doc) => ({ label: doc.name, facts: factsOf(doc) }),
});
