import type { Recorded } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { plus } from './amount.js';
import type { VatAmount } from './entry.js';
import { added, type Days, monthOf } from './ledger-balance.view.js';
import { entryOf, POSTING_TYPES } from './rules.js';

/** What was sold or bought in one month of the books at one rate, of what was recorded in one month, and the VAT on it. */
export interface LedgerVatDoc {
  readonly organisation: string;
  readonly side: VatAmount['side'];
  /** Basis points. */
  readonly rate: number;
  /** `YYYY-MM`, as in `ledger-balances`. */
  readonly month: string;
  readonly recorded: string;
  /** Net and VAT; corrections are negative. */
  readonly days: Days;
}

export const ledgerVatView: ViewDefinition<LedgerVatDoc> = {
  name: 'ledger-vat',
  version: 1,
  events: POSTING_TYPES,
  fields: { organisation: 'symbol', month: 'text' },
  sorts: { byMonth: { field: 'month', direction: 'asc' } },
  indexes: [['organisation']],
  keys: (event) => [...sumsOf(event).keys()],
  fold(doc, event, key) {
    const entry = entryOf(event);
    const sums = sumsOf(event).get(key);
    if (entry === null || sums === undefined) return doc;
    const { side, rate, amounts } = sums;
    return {
      organisation: event.metadata.organisation ?? '',
      side,
      rate,
      month: monthOf(entry.date),
      recorded: monthOf(event.recordedAt),
      days: added(doc?.days, entry.date.slice(8, 10), amounts),
    };
  },
};

interface Sums extends Pick<VatAmount, 'side' | 'rate'> {
  readonly amounts: readonly [net: Minor, vat: Minor];
}

/** By the keys of the documents. */
function sumsOf(event: Recorded): ReadonlyMap<string, Sums> {
  const entry = entryOf(event);
  const sums = new Map<string, Sums>();
  for (const { side, rate, net, vat } of entry?.vat ?? []) {
    const months = `${monthOf(entry!.date)}|${monthOf(event.recordedAt)}`;
    const key = `${event.metadata.organisation ?? ''}|${side}|${rate}|${months}`;
    const [a, b] = sums.get(key)?.amounts ?? [0, 0];
    sums.set(key, { side, rate, amounts: [plus(a, net), plus(b, vat)] });
  }
  return sums;
}
