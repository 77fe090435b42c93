import { changed } from '../../kernel/changes.js';
import { recordIdOf } from '../../kernel/decider.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { beginnings } from '../../kernel/words.js';
import { reachTokens } from '../../access/contract.js';
import {
  editedTexts,
  ERASED_TEXTS,
  type Explanation,
  explanationOf,
  factsOf,
  type Match,
  matchOf,
  type Money,
  type Origin,
  type Texts,
  type TransactionEvent,
  withCodes,
} from './transaction.js';

export const TRANSACTION_STATUSES = ['unexplained', 'explained', 'matching', 'matched', 'reconciled', 'void'] as const;
export type TransactionStatus = (typeof TRANSACTION_STATUSES)[number];

export interface TransactionDoc extends Money, Texts {
  readonly organisation: string;
  readonly revision: number;
  readonly status: TransactionStatus;
  readonly currency: string;
  readonly brandId?: string;
  readonly origin: Origin;
  readonly statementId?: string;
  readonly bankReference?: string;
  readonly explanation?: Explanation;
  readonly match?: Match;
  readonly reconciliationId?: string;
  readonly reason?: string;
  readonly createdBy: string;
  /** Every account that ever explained it, itself or by what it was matched to. */
  readonly codes: readonly string[];
  /** Position of the first event. */
  readonly created: string;
  /** By book date, and on one day by when it came in. */
  readonly order: string;
  readonly reach: readonly string[];
  /** What it is searched by: what the bank calls it. */
  readonly texts: readonly string[];
}

/** What was forgotten is not found. */
const textsOf = ({ description, payee, bankReference }: Texts & { readonly bankReference?: string }) =>
  description === ERASED_TEXTS.description ? beginnings(bankReference) : beginnings(description, payee, bankReference);

export const transactionsView: ViewDefinition<TransactionDoc, TransactionEvent> = {
  name: 'transactions',
  version: 1,
  events: [
    'TransactionRecorded',
    'TransactionEdited',
    'TransactionExplained',
    'TransactionUnexplained',
    'TransactionMatchBegun',
    'TransactionMatched',
    'TransactionMatchFailed',
    'TransactionUnmatched',
    'TransactionReconciled',
    'TransactionReleased',
    'TransactionVoided',
  ],
  fields: {
    organisation: 'symbol',
    bankAccountId: 'text',
    status: 'text',
    date: 'text',
    order: 'text',
    created: 'text',
    reach: 'texts',
    texts: 'texts',
  },
  sorts: {
    newest: { field: 'order', direction: 'desc', unique: true },
    recorded: { field: 'created', direction: 'desc', unique: true },
  },
  indexes: [
    ['organisation', 'texts'],
    ['organisation', 'bankAccountId', 'status'],
    ['organisation', 'bankAccountId'],
    ['organisation', 'status'],
    ['organisation', 'reach'],
    ['organisation'],
  ],
  keys: (event) => [recordIdOf(event.stream)],
  fold(doc, event) {
    const { revision } = event;
    if (event.type === 'TransactionRecorded') {
      const { year: _, ...data } = event.data;
      return {
        ...data,
        organisation: event.metadata.organisation ?? '',
        revision,
        status: 'unexplained',
        codes: [],
        created: event.position,
        order: `${data.date} ${event.position}`,
        reach: reachTokens(factsOf(data)),
        texts: textsOf(data),
      };
    }
    if (doc === null) return null;
    switch (event.type) {
      case 'TransactionEdited': {
        const money = changed({ date: doc.date, amount: doc.amount }, event.data.changes);
        const { payee: _, ...rest } = doc;
        const texts = editedTexts({ description: doc.description, ...payeeOf(doc) }, event.data);
        const order = `${money.date} ${doc.created}`;
        return { ...rest, ...money, ...texts, revision, order, texts: textsOf({ ...rest, ...texts }) };
      }
      case 'TransactionExplained':
        return {
          ...doc,
          revision,
          status: 'explained',
          explanation: explanationOf(event.data),
          codes: withCodes(doc.codes, event.data.accountCode),
        };
      case 'TransactionMatchBegun':
        return {
          ...doc,
          revision,
          status: 'matching',
          match: matchOf(event.data),
          codes: withCodes(doc.codes, ...(event.data.codes ?? [])),
        };
      case 'TransactionMatched':
        return { ...doc, revision, status: 'matched', match: matchOf(event.data) };
      case 'TransactionUnexplained':
      case 'TransactionMatchFailed':
      case 'TransactionUnmatched': {
        const { explanation: _, match: __, ...rest } = doc;
        return { ...rest, revision, status: 'unexplained' };
      }
      case 'TransactionReconciled':
        return { ...doc, revision, status: 'reconciled', reconciliationId: event.data.reconciliationId };
      case 'TransactionReleased': {
        const { reconciliationId: _, ...rest } = doc;
        return { ...rest, revision, status: doc.match === undefined ? 'explained' : 'matched' };
      }
      case 'TransactionVoided':
        return { ...doc, revision, status: 'void', reason: event.data.reason };
    }
  },
};

const payeeOf = ({ payee }: Texts) => (payee === undefined ? {} : { payee });
