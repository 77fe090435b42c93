import { streamOf } from '../../kernel/decider.js';
import { factsIn } from '../../platform/commands/record-kinds.js';
import { viewKind } from '../../platform/commands/view-kind.js';
import { factsOf, bankStatements } from './statement.js';
import { answerOf } from './statement.handlers.js';
import { bankStatementsView } from './statement.view.js';

/** Imports of bank statements, for those who show records of all kinds. */
export const bankStatementKind = viewKind({
  kind: 'bank-statement',
  readPermission: 'transactions:read',
  view: bankStatementsView,
  factsOf: factsIn(bankStatements),
  past: {
    streams: (organisation, id) => [streamOf(bankStatements, organisation, id)],
    show: answerOf,
  },
  describe: (doc) => ({
    label: doc.from === undefined ? 'Bank statement' : `Bank statement ${doc.from} to ${doc.to ?? ''}`,
    facts: factsOf(doc),
  }),
});
