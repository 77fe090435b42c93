import { type Minor, sumOf } from '../../kernel/money.js';
import { byName } from './aged.js';
import { amount, type OverDays, type Table } from './report.js';

/** What was sold, credit notes taken off. */
export interface Sold {
  readonly net: Minor;
  readonly vat: Minor;
  readonly total: Minor;
}

export interface SalesByCustomer extends OverDays {
  readonly customers: readonly (Sold & {
    readonly id: string;
    readonly name: string | null;
    readonly documents: number;
  })[];
  readonly totals: Sold & { readonly documents: number };
}

export interface SalesByProduct extends OverDays {
  /** Lines that name no product stand together, without an id. */
  readonly products: readonly (Sold & {
    readonly id: string | null;
    readonly name: string | null;
    /** A decimal. */
    readonly quantity: string;
  })[];
  readonly totals: Sold;
}

export interface CustomerSales {
  readonly net: Minor;
  readonly vat: Minor;
  readonly documents: number;
}

export interface ProductSales {
  readonly net: Minor;
  readonly vat: Minor;
  readonly quantity: string;
}

const sold = ({ net, vat }: { readonly net: Minor; readonly vat: Minor }): Sold => ({
  net,
  vat,
  total: sumOf('to', [net, vat]),
});

const totalOf = (rows: readonly { readonly net: Minor; readonly vat: Minor }[]): Sold =>
  sold({
    net: sumOf(
      'to',
      rows.map(({ net }) => net),
    ),
    vat: sumOf(
      'to',
      rows.map(({ vat }) => vat),
    ),
  });

/** Those to whom most was sold come first. */
const mostFirst = <T extends Sold & { readonly id: string | null; readonly name: string | null }>(a: T, b: T): number =>
  b.net - a.net || byName(a, b);

export function salesByCustomer(
  of: OverDays,
  sales: ReadonlyMap<string, CustomerSales>,
  names: ReadonlyMap<string, string>,
): SalesByCustomer {
  const rows = [...sales].map(([id, own]) => ({
    id,
    name: names.get(id) ?? null,
    ...sold(own),
    documents: own.documents,
  }));
  const documents = rows.reduce((sum, row) => sum + row.documents, 0);
  return { ...of, customers: rows.toSorted(mostFirst), totals: { ...totalOf(rows), documents } };
}

/** Sales of no product are under `''`. */
export function salesByProduct(
  of: OverDays,
  sales: ReadonlyMap<string, ProductSales>,
  names: ReadonlyMap<string, string>,
): SalesByProduct {
  const rows = [...sales].map(([id, own]) => ({
    id: id === '' ? null : id,
    name: names.get(id) ?? null,
    quantity: own.quantity,
    ...sold(own),
  }));
  return { ...of, products: rows.toSorted(mostFirst), totals: totalOf(rows) };
}

const amounts = ({ net, vat, total }: Sold) => [net, vat, total].map(amount);

export const salesByCustomerTable = ({ customers, totals }: SalesByCustomer): Table => ({
  columns: ['id', 'name', 'documents', 'net', 'vat', 'total'],
  rows: [...customers, { id: '', name: 'Total', ...totals }].map((row) => [
    row.id,
    row.name ?? '',
    { decimal: String(row.documents) },
    ...amounts(row),
  ]),
});

export const salesByProductTable = ({ products, totals }: SalesByProduct): Table => ({
  columns: ['id', 'name', 'quantity', 'net', 'vat', 'total'],
  rows: [
    ...products.map((row) => [row.id ?? '', row.name ?? '', { decimal: row.quantity }, ...amounts(row)]),
    ['', 'Total', '', ...amounts(totals)],
  ],
});
