import { recordIdOf } from '../../kernel/decider.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { reachTokens } from '../../access/contract.js';
import { factsOfSide, type Moved, type TransferClaim, type TransferEvent, type TransferSide } from './transfer.js';

export interface TransferDoc extends Moved {
  readonly organisation: string;
  readonly revision: number;
  readonly status: 'recorded' | 'void';
  readonly currency: string;
  readonly reference?: string;
  readonly reason?: string;
  readonly createdBy: string;
  readonly brands: { readonly [S in TransferSide]?: string };
  readonly claims: { readonly [S in TransferSide]?: TransferClaim };
  /** By book date, and on one day by when it was recorded. */
  readonly order: string;
  /** Whoever is told of the transfer reaches both accounts, so there are tokens for each. */
  readonly reachFrom: readonly string[];
  readonly reachTo: readonly string[];
}

export const transfersView: ViewDefinition<TransferDoc, TransferEvent> = {
  name: 'transfers',
  version: 1,
  events: ['TransferRecorded', 'TransferClaimed', 'TransferVoided'],
  fields: {
    organisation: 'symbol',
    status: 'text',
    from: 'text',
    to: 'text',
    date: 'text',
    amount: 'number',
    order: 'text',
    reachFrom: 'texts',
    reachTo: 'texts',
  },
  sorts: { newest: { field: 'order', direction: 'desc', unique: true } },
  indexes: [['organisation', 'from'], ['organisation', 'to'], ['organisation', 'amount'], ['organisation']],
  keys: (event) => [recordIdOf(event.stream)],
  fold(doc, event) {
    const { revision } = event;
    if (event.type === 'TransferRecorded') {
      const { data } = event;
      return {
        ...data,
        organisation: event.metadata.organisation ?? '',
        revision,
        status: 'recorded',
        claims: {},
        order: `${data.date} ${event.position}`,
        reachFrom: reachTokens(factsOfSide(data, 'from')),
        reachTo: reachTokens(factsOfSide(data, 'to')),
      };
    }
    if (doc === null) return null;
    switch (event.type) {
      case 'TransferClaimed':
        return { ...doc, revision, claims: { ...doc.claims, [event.data.side]: event.data } };
      case 'TransferVoided':
        return { ...doc, revision, status: 'void', reason: event.data.reason };
    }
  },
};
