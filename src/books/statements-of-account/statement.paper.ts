import type { Minor } from '../../kernel/money.js';
import { BYTE_ORDER_MARK, csvRow, Figure } from '../../platform/csv.js';
import { amountText } from '../ledger/amount.js';
import { longDate, money } from '../rendering/amounts.js';
import { KIND_NAMES, type Sender } from '../rendering/document.js';
import type { Printed } from '../rendering/printed.js';
import type { LineType, StatementLine } from './statement.js';
import type { StatementInMoney } from './statement.service.js';

const TYPES: Readonly<Record<LineType, string>> = {
  invoice: 'Invoice',
  'credit-note': 'Credit note',
  payment: 'Payment',
  refund: 'Refund',
  other: 'Other',
};

/** `Payment of invoice 7`, `Credit note 3` */
function labelOf({ type, documentKind, number }: StatementLine): string {
  if (number === null || documentKind === null) return TYPES[type];
  const document = `${KIND_NAMES[documentKind]} ${number}`;
  return type === documentKind ? document : `${TYPES[type]}, ${document.toLowerCase()}`;
}

const periodOf = ({ from, to }: Pick<StatementInMoney, 'from' | 'to'>): string =>
  from === null ? `up to ${longDate(to)}` : `${longDate(from)} to ${longDate(to)}`;

export function statementPaper(statement: StatementInMoney, customer: string, sender: Sender): Printed {
  const { lines, opening, closing, overdue, currency } = statement;
  const shown = (amount: Minor): string => money(amount, currency);
  const { name, address, phone, email, website } = sender;
  return {
    title: 'Statement',
    subtitle: periodOf(statement),
    from: { name, lines: [address, phone, email, website].filter((line) => line !== undefined) },
    to: { name: customer },
    table: {
      columns: [
        { label: 'Date', share: 1.4 },
        { label: 'Document', share: 4 },
        { label: 'Due', share: 1.4 },
        { label: 'Amount', share: 1.7, align: 'right' },
        { label: 'Balance', share: 1.7, align: 'right' },
      ],
      rows: [
        { cells: ['', 'Brought forward', '', '', shown(opening)], strong: true },
        ...lines.map((line) => ({
          cells: [
            longDate(line.date),
            labelOf(line),
            line.dueDate === null ? '' : longDate(line.dueDate),
            shown(line.amount),
            shown(line.balance),
          ],
        })),
      ],
    },
    totals: [
      ...(overdue === 0 ? [] : [{ label: 'Overdue', value: shown(overdue) }]),
      { label: 'Balance', value: shown(closing), strong: true },
    ],
  };
}

export function statementCsv({ from, opening, lines, currency }: StatementInMoney): string {
  const figure = (amount: Minor): Figure => new Figure(amountText(amount, currency));
  return [
    BYTE_ORDER_MARK + csvRow(['Date', 'Type', 'Document', 'Number', 'Due', 'Amount', 'Balance']),
    csvRow([from ?? '', 'Brought forward', '', '', '', '', figure(opening)]),
    ...lines.map(({ date, type, documentKind, number, dueDate, amount, balance }) =>
      csvRow([
        date,
        TYPES[type],
        documentKind === null ? '' : KIND_NAMES[documentKind],
        number === null ? '' : new Figure(String(number)),
        dueDate ?? '',
        figure(amount),
        figure(balance),
      ]),
    ),
  ].join('');
}
