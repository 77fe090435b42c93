import { recordIdOf } from '../../kernel/decider.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { reachTokens } from '../../access/contract.js';
import { factsOf, type StatementFacts, type BankStatementImported } from './statement.js';

export interface StatementDoc extends StatementFacts {
  readonly organisation: string;
  readonly revision: number;
  readonly createdBy: string;
  readonly created: string;
  readonly reach: readonly string[];
}

export const bankStatementsView: ViewDefinition<StatementDoc, BankStatementImported> = {
  name: 'bank-statements',
  version: 1,
  events: ['BankStatementImported'],
  fields: { organisation: 'symbol', bankAccountId: 'text', created: 'text', reach: 'texts' },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [['organisation', 'bankAccountId']],
  keys: (event) => [recordIdOf(event.stream)],
  fold: (_, { data, metadata, revision, position }) => ({
    ...data,
    organisation: metadata.organisation ?? '',
    revision,
    created: position,
    reach: reachTokens(factsOf(data)),
  }),
};
