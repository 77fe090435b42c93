import { longDate, figure } from '../rendering/amounts.js';
import type { Sender } from '../rendering/document.js';
import type { Column, Printed, Row } from '../rendering/printed.js';
import type { AtDay, Known, OverDays, Table, TableCell } from './report.js';

/** Ids are for programs. */
const UNSHOWN = 'id';
/** Of the page's width: what is a name, a figure, a code or a section. */
const SHARES = { name: 4, figure: 1.6, short: 1.4 };

/** A report on paper, whatever it is of: its table, with what it is of above it. */
export function reportPaper(title: string, report: Known, { columns, rows }: Table, sender: Sender): Printed {
  const shown = columns.flatMap((label, index) => (label === UNSHOWN ? [] : [{ label, index }]));
  const isFigures = (index: number): boolean => rows.some((row) => typeof row[index] === 'object');
  const cell = (value: TableCell | undefined): string => {
    if (value === undefined || typeof value === 'string') return value ?? '';
    return 'amount' in value ? figure(value.amount, report.currency) : value.decimal;
  };
  return {
    title,
    subtitle: [...periodOf(report), `in ${report.currency}`, ...knownAt(report)].join(', '),
    from: { name: sender.name },
    table: {
      columns: shown.map(({ label, index }): Column => {
        if (isFigures(index)) return { label: heading(label), share: SHARES.figure, align: 'right' };
        return { label: heading(label), share: ['name', 'description'].includes(label) ? SHARES.name : SHARES.short };
      }),
      rows: rows.map((row): Row => ({ cells: shown.map(({ index }) => cell(row[index])), strong: isTotal(row) })),
    },
  };
}

/** The rows that sum others up have the word where others have a name, or nothing before it. */
const isTotal = (row: readonly TableCell[]): boolean =>
  row.includes('Total') || (row.length > 2 && row[0] === '' && row[1] === '');

function periodOf(report: Known & Partial<AtDay & OverDays>): readonly string[] {
  if (report.at !== undefined) return [`at ${longDate(report.at)}`];
  if (report.from === undefined || report.to === undefined) return [];
  return [`${longDate(report.from)} to ${longDate(report.to)}`];
}

const knownAt = ({ known }: Known): readonly string[] =>
  known === null ? [] : [`as known on ${longDate(known.slice(0, 10))} at ${known.slice(11, 16)} UTC`];

/** `costOfSales`, `cost-of-sales`: `Cost of sales` */
export function heading(name: string): string {
  const words = name
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .replace(/(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])|-/g, ' ');
  return (words.charAt(0).toUpperCase() + words.slice(1)).replace(/^Vat\b/, 'VAT');
}
