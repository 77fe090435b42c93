import { asNew, changesOf, type FieldChange } from '../../kernel/catalogue.js';
import { changed, changesTo, isEmpty, type Patch, sameJson, withoutNothing } from '../../kernel/changes.js';
import { plainDate } from '../../kernel/dates.js';
import type { RecordFacts } from '../../kernel/decider.js';
import type { Changes, DomainEvent, PlainDate } from '../../kernel/event.js';
import { type Decimal, decimal, decimalOf, lineNet, microsOf, type Minor, sumOf, vatOn } from '../../kernel/money.js';
import { CODES } from '../chart/codes.js';

/**
 * What invoices and credit notes have in common: their lines, what these come to, and whom they go to. What estimates,
 * orders and purchases share with them, whatever their header is, goes by the contract.
 */
export type DocumentKind = 'invoice' | 'credit-note';

/** Of one document. */
export const MAX_LINES = 2000;

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

/** What a document of any kind holds besides its header. */
export interface Priced extends Totals {
  readonly currency: string;
  readonly lines: readonly Line[];
}

/** A document with every edit worked in. */
export interface Content extends Header, Priced {}

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

/** The lines in sums of account and rate; those without an account of their own go to the one given. */
export function amountsOf(lines: readonly Line[], otherwise: string): readonly Amount[] {
  const groups = new Map<string, { accountCode: string; vatRate: number; net: Minor[]; vat: Minor[] }>();
  for (const { accountCode = otherwise, vatRate, net, vat } of lines) {
    const key = `${accountCode}/${vatRate}`;
    const group = groups.get(key) ?? { accountCode, vatRate, net: [], vat: [] };
    groups.set(key, group);
    group.net.push(net);
    group.vat.push(vat);
  }
  return [...groups.values()].map(({ net, vat, ...group }) => ({
    ...group,
    net: sumOf('lines', net),
    vat: sumOf('lines', vat),
  }));
}

export const bookedOf = ({ customerId, date, dueDate, total, lines }: Content): Booked => ({
  customerId,
  date,
  ...(dueDate === undefined ? {} : { dueDate }),
  total,
  amounts: amountsOf(lines, CODES.sales),
});

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

/** What a document is made of as it is asked for, under this header. */
export type NewDocument<H extends object> = Patch<H> & { readonly lines: readonly LineInput[] };

/** What somebody asks to be changed; lines that are given take the place of all there are. */
export type DocumentPatch<H extends object> = Patch<H> & { readonly lines?: readonly LineInput[] | undefined };

/** What an edit has changed of a document with this header. */
export interface Edit<H extends object> {
  readonly changes: Changes<H & Totals>;
  readonly lines: readonly LineChange[];
}

const DATES = ['date', 'dueDate', 'validUntil'] as const;

/** The edge has checked dates already; documents come in by other ways too. @throws Refusal validation-failed */
function checkDates(header: { readonly [K in (typeof DATES)[number]]?: PlainDate | null | undefined }): void {
  for (const field of DATES) {
    const date = header[field];
    if (date !== undefined && date !== null) plainDate(field, date);
  }
}

/** @throws Refusal validation-failed */
export function newContent<H extends object>(
  kind: DocumentKind,
  { lines: input, ...header }: NewDocument<H>,
  currency: string,
): H & Priced {
  checkDates(header);
  const lines = priceLines(kind, input, currency);
  return { ...withoutNothing<H>(header as H), currency, lines, ...totalsOf(lines) };
}

/** What a patch changes of a document, undefined for nothing. Credit notes are not edited. @throws Refusal validation-failed */
export function editOf<H extends object>(
  content: H & Priced,
  { lines: input, ...header }: DocumentPatch<H>,
): Edit<H> | undefined {
  checkDates(header);
  const lines = input === undefined ? content.lines : priceLines('invoice', input, content.currency);
  const edit = {
    changes: changesTo<H & Totals>(content, { ...header, ...totalsOf(lines) } as Patch<H & Totals>),
    lines: lineChanges(content.lines, lines),
  };
  return isEmpty(edit.changes) && edit.lines.length === 0 ? undefined : edit;
}

/** The content after an edit; shared by states and views. */
export const editedContent = <C extends Pick<Priced, 'lines'>>(content: C, { changes, lines }: Edit<object>): C => ({
  ...changed<C>(content, changes as Changes<C>),
  lines: changedLines(content.lines, lines),
});

export const documentFacts = ({
  content: { projectId, brandId },
  createdBy,
}: {
  readonly content: Pick<Header, 'projectId' | 'brandId'>;
  readonly createdBy: string;
}): RecordFacts => ({ createdBy, projectId, brandId });

/** For the trail: the fields of a new document, what an edit made of them, and what issuing added. */
export const madeFields = ({ createdBy: _, ...content }: { readonly createdBy: string }): readonly FieldChange[] =>
  asNew(content);

export const editedFields = ({ changes, lines }: Edit<object>): readonly FieldChange[] => [
  ...changesOf({ changes }),
  ...lines.map(({ line, from, to }) => ({ field: `lines.${line}`, from, to })),
];

/** What an issued document is from then on. */
export const issuedState = ({ number, booked }: Issue) =>
  ({ status: 'issued', number, ...(booked === undefined ? {} : { booked }) }) as const;

export const issuedFields = ({ number, issuedOn }: Issue): readonly FieldChange[] => [
  { field: 'number', from: null, to: number },
  { field: 'issuedOn', from: null, to: issuedOn },
];
