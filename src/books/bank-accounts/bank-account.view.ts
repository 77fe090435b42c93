import { changed } from '../../kernel/changes.js';
import { recordIdOf } from '../../kernel/decider.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { reachTokens } from '../../access/contract.js';
import { type BankAccountEvent, type BankAccountFields, factsOf } from './bank-account.js';

export interface BankAccountDoc extends BankAccountFields {
  readonly organisation: string;
  readonly bankAccountId: string;
  readonly revision: number;
  readonly status: 'active' | 'archived';
  readonly currency: string;
  readonly createdBy: string;
  /** Position of the first event: newest first means by this. */
  readonly created: string;
  readonly reach: readonly string[];
}

export const bankAccountsView: ViewDefinition<BankAccountDoc, BankAccountEvent> = {
  name: 'bank-accounts',
  version: 1,
  events: ['BankAccountCreated', 'BankAccountEdited', 'BankAccountArchived', 'BankAccountRestored'],
  fields: { organisation: 'symbol', status: 'text', created: 'text', reach: 'texts' },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [['organisation', 'reach'], ['organisation', 'status'], ['organisation']],
  keys: (event) => [recordIdOf(event.stream)],
  fold(doc, event) {
    const { revision } = event;
    if (event.type === 'BankAccountCreated') {
      return {
        ...event.data,
        organisation: event.metadata.organisation ?? '',
        revision,
        status: 'active',
        created: event.position,
        reach: reachTokens(factsOf(event.data)),
      };
    }
    if (doc === null) return null;
    switch (event.type) {
      case 'BankAccountEdited': {
        const edited = changed<BankAccountDoc>(doc, event.data.changes);
        return { ...edited, revision, reach: reachTokens(factsOf(edited)) };
      }
      case 'BankAccountArchived':
        return { ...doc, revision, status: 'archived' };
      case 'BankAccountRestored':
        return { ...doc, revision, status: 'active' };
    }
  },
};
