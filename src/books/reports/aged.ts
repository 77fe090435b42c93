import { daysBetween } from '../../kernel/dates.js';
import type { PlainDate } from '../../kernel/event.js';
import { type Minor, sumOf } from '../../kernel/money.js';
import type { OpenItem } from '../contract.js';
import { amount, type AtDay, type Table } from './report.js';

/** What is owed by how long it has been due; what was paid too much is negative, in the column of its document. */
export interface Ages {
  /** Not due yet, or due on the very day. */
  readonly notDue: Minor;
  /** Due for up to 30 days, 60 days, 90 days, and longer. */
  readonly days30: Minor;
  readonly days60: Minor;
  readonly days90: Minor;
  readonly older: Minor;
  readonly total: Minor;
}

export interface AgedParty extends Ages {
  readonly id: string;
  /** None for whoever cannot be named: unknown yet, or erased. */
  readonly name: string | null;
}

export interface Aged extends AtDay {
  /** The customers or suppliers with whom something is open, also where it comes to nothing, by name. */
  readonly parties: readonly AgedParty[];
  readonly totals: Ages;
}

const COLUMNS = ['notDue', 'days30', 'days60', 'days90', 'older'] as const;
type Column = (typeof COLUMNS)[number];

function columnOf(due: PlainDate, at: PlainDate): Column {
  const days = daysBetween(due, at);
  if (days <= 0) return 'notDue';
  if (days <= 30) return 'days30';
  if (days <= 60) return 'days60';
  return days <= 90 ? 'days90' : 'older';
}

export function aged(of: AtDay, items: readonly OpenItem[], names: ReadonlyMap<string, string>): Aged {
  const byParty = new Map<string, OpenItem[]>();
  for (const item of items) {
    const own = byParty.get(item.party);
    if (own === undefined) byParty.set(item.party, [item]);
    else own.push(item);
  }
  const parties = [...byParty].map(([id, own]) => ({ id, name: names.get(id) ?? null, ...agesOf(own, of.at) }));
  return { ...of, parties: parties.toSorted(byName), totals: agesOf(items, of.at) };
}

function agesOf(items: readonly OpenItem[], at: PlainDate): Ages {
  const sum = (column?: Column): Minor =>
    sumOf(
      'at',
      items.filter(({ due }) => column === undefined || columnOf(due, at) === column).map((item) => item.amount),
    );
  return {
    notDue: sum('notDue'),
    days30: sum('days30'),
    days60: sum('days60'),
    days90: sum('days90'),
    older: sum('older'),
    total: sum(),
  };
}

/** By code points; ids settle ties, and those without a name come last. */
export function byName<T extends { readonly id: string | null; readonly name: string | null }>(a: T, b: T): number {
  const [one, other] = [a, b].map(({ id, name }) => `${name ?? '\u{10ffff}'}\u0000${id ?? ''}`) as [string, string];
  return one < other ? -1 : one > other ? 1 : 0;
}

export const agedTable = ({ parties, totals }: Aged): Table => ({
  columns: ['id', 'name', ...COLUMNS, 'total'],
  rows: [...parties, { id: '', name: 'Total', ...totals }].map((row) => [
    row.id,
    row.name ?? '',
    ...[...COLUMNS, 'total' as const].map((column) => amount(row[column])),
  ]),
});
