import type { FieldChange } from '../../kernel/catalogue.js';
import { sameJson } from '../../kernel/changes.js';
import type { RecordFacts } from '../../kernel/decider.js';
import type { DomainEvent, PlainDate } from '../../kernel/event.js';
import { type Decimal, decimal, decimalOf, lineNet, microsOf, type Minor, sumOf, vatOn } from '../../kernel/money.js';
import { CODES } from '../chart/codes.js';

/** What invoices and credit notes have in common: their lines, what these come to, and whom they go to. */
export type DocumentKind = 'invoice' | 'credit-note';

export interface Line {
  readonly description: string;
  readonly quantity: Decimal;
  readonly unitPrice: Decimal;
  /** Basis points. */
  readonly vatRate: number;
  readonly productId?: string;
  readonly accountCode?: string;
  readonly net: Minor;
  readonly vat: Minor;
}

/** A line as it is asked for: decimals in any spelling, amounts not worked out. */
export interface LineInput {
  readonly description: string;
  readonly quantity: string | number;
  readonly unitPrice: string | number;
  readonly vatRate?: number | null | undefined;
  readonly productId?: string | null | undefined;
  readonly accountCode?: string | null | undefined;
}

export interface Totals {
  readonly net: Minor;
  readonly vat: Minor;
  readonly total: Minor;
}

export interface Header {
  readonly customerId: string;
  readonly date: PlainDate;
  readonly dueDate?: PlainDate;
  readonly reference?: string;
  readonly brandId?: string;
  readonly templateId?: string;
  readonly projectId?: string;
  /** The invoice that a credit note corrects. */
  readonly invoiceId?: string;
}

/** A document with every edit worked in. */
export interface Content extends Header, Totals {
  readonly currency: string;
  readonly lines: readonly Line[];
}

/** What a document is made with, and by whom. */
export type Made<Type extends string> = DomainEvent<Type, Content & { readonly createdBy: string }>;

/** Who the document is made out to, as they were called then; it stands under a key that outlives the customer's own. */
export interface BillTo {
  readonly name: string;
  readonly country?: string;
}

/** What the lines of a document come to that go to one account at one rate of VAT; negative on a credit note. */
export interface Amount {
  readonly accountCode: string;
  /** Basis points. */
  readonly vatRate: number;
  readonly net: Minor;
  readonly vat: Minor;
}

/** What issuing a document puts into the ledger, and voiding it takes out again. */
export interface Booked extends Pick<Header, 'customerId' | 'date' | 'dueDate'> {
  readonly total: Minor;
  readonly amounts: readonly Amount[];
}

export interface Issue {
  readonly number: number;
  readonly issuedOn: PlainDate;
  readonly customerId: string;
  readonly billTo: BillTo | 'erased';
  /** Absent in events of version 1: these were written before there was a ledger, and post nothing. */
  readonly booked?: Booked;
}

/** Where a document is sent: an address of its customer, under the customer's own key. */
export interface Sending {
  readonly customerId: string;
  readonly to: string;
}

export const sentTo = {
  fields: ['to'],
  subject: ({ customerId }: Pick<Sending, 'customerId'>) => customerId,
  key: 'contact',
} as const;

/** What had to be fetched to issue a document. */
export type Issuing = Pick<Issue, 'number' | 'billTo'>;

/** Amounts of a credit note come out negative; its quantities are given, and kept, positive. */
export function priceLines(kind: DocumentKind, lines: readonly LineInput[], currency: string): readonly Line[] {
  return lines.map(({ description, productId, accountCode, ...line }, index) => {
    const field = `lines.${index}`;
    const quantity = decimal(`${field}.quantity`, line.quantity);
    const unitPrice = decimal(`${field}.unitPrice`, line.unitPrice);
    const vatRate = line.vatRate ?? 0;
    const net = lineNet(field, kind === 'invoice' ? quantity : negated(quantity), unitPrice, currency);
    return {
      description,
      quantity,
      unitPrice,
      vatRate,
      ...(productId ? { productId } : {}),
      ...(accountCode ? { accountCode } : {}),
      net,
      vat: vatOn(field, net, vatRate),
    };
  });
}

/** @throws Refusal validation-failed where what the lines post could not be added up exactly, in whatever order */
export function totalsOf(lines: readonly Line[]): Totals {
  sumOf(
    'lines',
    lines.flatMap((line) => [Math.abs(line.net), Math.abs(line.vat)]),
  );
  const net = sumOf(
    'lines',
    lines.map((line) => line.net),
  );
  const vat = sumOf(
    'lines',
    lines.map((line) => line.vat),
  );
  return { net, vat, total: sumOf('lines', [net, vat]) };
}

/** Lines without an account of their own are sales. */
export function bookedOf({ customerId, date, dueDate, total, lines }: Content): Booked {
  const groups = new Map<string, { accountCode: string; vatRate: number; net: Minor[]; vat: Minor[] }>();
  for (const { accountCode = CODES.sales, vatRate, net, vat } of lines) {
    const key = `${accountCode}/${vatRate}`;
    const group = groups.get(key) ?? { accountCode, vatRate, net: [], vat: [] };
    groups.set(key, group);
    group.net.push(net);
    group.vat.push(vat);
  }
  return {
    customerId,
    date,
    ...(dueDate === undefined ? {} : { dueDate }),
    total,
    amounts: [...groups.values()].map(({ net, vat, ...group }) => ({
      ...group,
      net: sumOf('lines', net),
      vat: sumOf('lines', vat),
    })),
  };
}

const negated = (quantity: Decimal): Decimal => decimalOf(-microsOf(quantity));

/** A line that an edit put in the place of another; lines are counted from 1. */
export interface LineChange {
  readonly line: number;
  readonly from: Line | null;
  readonly to: Line | null;
}

export function lineChanges(from: readonly Line[], to: readonly Line[]): readonly LineChange[] {
  return Array.from({ length: Math.max(from.length, to.length) }, (_, index) => ({
    line: index + 1,
    from: from[index] ?? null,
    to: to[index] ?? null,
  })).filter((change) => !sameJson(change.from, change.to));
}

/** Lines that went are the last ones: what stood behind a line that was taken out has moved up. */
export function changedLines(lines: readonly Line[], changes: readonly LineChange[]): readonly Line[] {
  const byLine = new Map(changes.map(({ line, to }) => [line, to]));
  const length = Math.max(lines.length, ...byLine.keys());
  return Array.from({ length }, (_, index) => {
    const to = byLine.get(index + 1);
    return to === undefined ? lines[index]! : to;
  }).filter((line) => line !== null);
}

export const factsOf = ({
  content,
  createdBy,
}: {
  readonly content: Header;
  readonly createdBy: string;
}): RecordFacts => ({
  createdBy,
  projectId: content.projectId,
  brandId: content.brandId,
});

/** For the trail: the fields of a new document, and what issuing added. */
export const madeFields = ({
  createdBy: _,
  ...content
}: Content & { readonly createdBy: string }): readonly FieldChange[] =>
  Object.entries(content).map(([field, to]) => ({ field, from: null, to }));

/** What an issued document is from then on. */
export const issuedState = ({ number, booked }: Issue) =>
  ({ status: 'issued', number, ...(booked === undefined ? {} : { booked }) }) as const;

export const issuedFields = ({ number, issuedOn }: Issue): readonly FieldChange[] => [
  { field: 'number', from: null, to: number },
  { field: 'issuedOn', from: null, to: issuedOn },
];
