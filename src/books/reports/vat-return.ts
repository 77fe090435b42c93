import { exponentOf, type Minor } from '../../kernel/money.js';
import type { VatSum } from '../contract.js';
import { amount, type OverDays, type Table } from './report.js';

/**
 * The nine boxes of a VAT return as HMRC's Notice 700/12 defines them, on the invoice basis. Box 5 is never negative:
 * `payable` says which way it goes. Boxes 6 to 9 are whole pounds, pence cut off. Trade between Northern Ireland and the EU
 * (boxes 2, 8 and 9) is not kept apart, so these are 0.
 */
export interface VatReturn extends OverDays {
  /** VAT due on sales and other outputs. */
  readonly box1: Minor;
  /** VAT due on acquisitions of goods made in Northern Ireland from EU member states. */
  readonly box2: Minor;
  /** Total VAT due: boxes 1 and 2. */
  readonly box3: Minor;
  /** VAT reclaimed on purchases and other inputs. */
  readonly box4: Minor;
  /** The difference of boxes 3 and 4. */
  readonly box5: Minor;
  /** Whether box 5 is to be paid; otherwise it is reclaimed. */
  readonly payable: boolean;
  /** Total value of sales and other outputs without VAT. */
  readonly box6: Minor;
  /** Total value of purchases and other inputs without VAT. */
  readonly box7: Minor;
  readonly box8: Minor;
  readonly box9: Minor;
}

export function vatReturn(of: OverDays, sums: readonly VatSum[]): VatReturn {
  const total = (side: VatSum['side'], field: 'net' | 'vat'): Minor =>
    sums.filter((sum) => sum.side === side).reduce((before, sum) => before + sum[field], 0);
  const unit = 10 ** exponentOf(of.currency);
  const whole = (value: Minor): Minor => Math.trunc(value / unit) * unit + 0;
  const [due, reclaimed] = [total('output', 'vat'), total('input', 'vat')];
  return {
    ...of,
    box1: due,
    box2: 0,
    box3: due,
    box4: reclaimed,
    box5: Math.abs(due - reclaimed),
    payable: due >= reclaimed,
    box6: whole(total('output', 'net')),
    box7: whole(total('input', 'net')),
    box8: 0,
    box9: 0,
  };
}

const BOXES = [
  ['box1', 'VAT due on sales and other outputs'],
  ['box2', 'VAT due on acquisitions of goods made in Northern Ireland from EU member states'],
  ['box3', 'Total VAT due'],
  ['box4', 'VAT reclaimed on purchases and other inputs'],
  ['box5', 'Net VAT'],
  ['box6', 'Total value of sales and other outputs, without VAT'],
  ['box7', 'Total value of purchases and other inputs, without VAT'],
  ['box8', 'Total value of goods supplied from Northern Ireland to EU member states, without VAT'],
  ['box9', 'Total value of goods acquired in Northern Ireland from EU member states, without VAT'],
] as const;

export const vatReturnTable = (report: VatReturn): Table => ({
  columns: ['box', 'description', 'amount'],
  rows: BOXES.map(([box, description]) => [
    box.slice(3),
    box === 'box5' ? `${description} ${report.payable ? 'to pay' : 'to reclaim'}` : description,
    amount(report[box]),
  ]),
});
