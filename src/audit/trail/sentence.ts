import type { FieldChange } from '../../kernel/catalogue.js';
import { isPlainDate } from '../../kernel/dates.js';
import type { DomainEvent, Recorded } from '../../kernel/event.js';
import { isUuid } from '../../kernel/ids.js';
import { exponentOf } from '../../kernel/money.js';

/** What a sentence needs besides the event. */
export interface Telling {
  /** What the catalogue says of the event: `edited a customer`. */
  readonly summary: string;
  readonly kind: string;
  /** What the record is called; null where it has no name, or is gone. */
  readonly label: string | null;
  readonly changes: readonly FieldChange[];
  /** ISO 4217 code, for amounts. */
  readonly currency: string;
}

/**
 * The sentence of an event after its actor's name: what an edit changed from what to what, and for everything else what the
 * catalogue says, with the record's own name in place of its kind.
 */
export function sentenceOf(event: Pick<Recorded, 'data' | 'recordedAt'>, telling: Telling): string {
  const { summary, kind, label, changes } = telling;
  const isTold = isEdit(event.data) && changes.length > 0 && changes.every(({ field }) => /^[\w.]+$/.test(field));
  if (isTold) return editOf(telling, event.recordedAt.slice(0, 4));
  const nameless = withArticle(kind);
  // `began an import of invoices` says the name of `Import of invoices` by itself.
  const says =
    label?.toLowerCase().startsWith(`${wordsOf(kind)} `) && summary.includes(withArticle(label.toLowerCase()));
  return label === null || says ? summary : summary.replace(new RegExp(`\\b${nameless}\\b`), () => named(kind, label));
}

/** An event that carries old and new values of fields, as the kernel's `Changes` are. */
function isEdit(data: DomainEvent['data']): boolean {
  const { changes } = data as { readonly changes?: unknown };
  return typeof changes === 'object' && changes !== null && !Array.isArray(changes);
}

/** Follow from lines, so they are told as what came of it. */
const SUMS: ReadonlySet<string> = new Set(['net', 'vat']);
const AMOUNTS: ReadonlySet<string> = new Set(['net', 'vat', 'total', 'paid', 'amount', 'outstanding', 'credited']);
const NAMES: ReadonlySet<string> = new Set(['name', 'title']);
/** More than that are named only. */
const MAX_TOLD = 3;
const MAX_NAMED = 5;

function editOf({ kind, label, changes, currency }: Telling, year: string): string {
  const record = label === null ? withArticle(kind) : named(kind, label);
  const [only] = changes;
  const valueOf = (field: string, value: unknown): string | undefined => textOf(field, value, currency, year);
  if (changes.length === 1 && NAMES.has(only!.field) && only!.from !== null && only!.to !== null) {
    const [from, to] = [valueOf('name', only!.from), valueOf('name', only!.to)];
    if (from !== undefined && to !== undefined)
      return `renamed ${label === null ? record : `the ${wordsOf(kind)}`} ${from} to ${to}`;
  }
  const hasLines = changes.some(({ field }) => field.startsWith('lines.'));
  const told = hasLines ? changes.filter(({ field }) => !SUMS.has(field)) : changes;
  if (told.length > MAX_TOLD) return `changed ${listed(told)} of ${record}`;
  return joined(
    told.map(({ field, from, to }, index) => {
      const what = index === 0 ? `the ${fieldName(field)} of ${record}` : `its ${fieldName(field)}`;
      return changeOf(what, valueOf(field, from), valueOf(field, to), { from, to });
    }),
  );
}

/** One change in words; a value that has none (an id, a list of things, a long text) is left out. */
function changeOf(
  what: string,
  from: string | undefined,
  to: string | undefined,
  was: { readonly from: unknown; readonly to: unknown },
): string {
  if (was.to === null && was.from !== null) return `cleared ${what}${from === undefined ? '' : ` (it was ${from})`}`;
  if (was.from === null && to !== undefined) return `set ${what} to ${to}`;
  if (from === undefined || to === undefined || from === to) return `changed ${what}`;
  return `changed ${what} from ${from} to ${to}`;
}

function listed(changes: readonly FieldChange[]): string {
  const names = changes.slice(0, MAX_NAMED).map(({ field }) => fieldName(field));
  const more = changes.length - names.length;
  return `the ${joined([...names, ...(more === 0 ? [] : [`${more} more`])])}`;
}

function joined(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)!}`;
}

/** `dueDate` is the due date, `customerId` the customer, `lines.2` line 2, `vatRate` the VAT rate. */
export function fieldName(field: string): string {
  const [, line] = /^lines\.(\d+)$/.exec(field) ?? [];
  if (line !== undefined) return `line ${line}`;
  const words = field
    .replace(/(?<=[a-z])Id$/, '')
    .replaceAll('.', ' ')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return words.replaceAll(/\b(vat|iban|bic)\b/g, (word) => word.toUpperCase());
}

const MAX_TEXT = 60;
const MAX_LISTED = 5;

/** A value as people write it; undefined where that would say nothing, or too much. */
function textOf(field: string, value: unknown, currency: string, year: string): string | undefined {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return AMOUNTS.has(field) ? money(value, currency) : String(value);
  if (Array.isArray(value)) {
    const texts = value.map((one: unknown) => textOf(field, one, currency, year));
    const isShort = texts.length > 0 && texts.length <= MAX_LISTED && !texts.includes(undefined);
    return isShort ? texts.join(', ') : undefined;
  }
  if (typeof value !== 'string' || isUuid(value)) return undefined;
  if (/^[\d-]{10}$/.test(value) && isPlainDate(value)) return dateText(value, year);
  if (INSTANT.test(value)) return `${dateText(value.slice(0, 10), year)} ${value.slice(11, 16)} UTC`;
  return value === '' || value.length > MAX_TEXT || /\p{Cc}/u.test(value) ? undefined : value;
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** `1 May`, and the year where it is not the one in which the event was recorded. */
function dateText(date: string, year: string): string {
  const [own, month, day] = date.split('-');
  return `${Number(day)} ${MONTHS[Number(month) - 1]!}${own === year ? '' : ` ${own!}`}`;
}

/** `1,250.00 GBP` of 125000 minor units. */
export function money(minor: number, currency: string): string {
  const places = exponentOf(currency);
  const digits = String(Math.abs(minor)).padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ',');
  const fraction = places === 0 ? '' : `.${digits.slice(-places)}`;
  return `${minor < 0 ? '-' : ''}${whole}${fraction}${currency === '' ? '' : ` ${currency}`}`;
}

/** `invoice 1042`, `the draft invoice`, `the project Wedding`: a label that names its kind is not given it twice. */
function named(kind: string, label: string): string {
  const words = wordsOf(kind);
  if (label === 'erased') return `${withArticle(kind)} (erased)`;
  if (!label.toLowerCase().startsWith(`${words} `)) return `the ${words} ${label}`;
  const rest = label.slice(words.length + 1);
  const [, status] = /^\((\w+)\)$/.exec(rest) ?? [];
  return status === undefined ? `${words} ${rest}` : `the ${status} ${words}`;
}

const wordsOf = (kind: string): string => kind.replaceAll('-', ' ');

/** `an invoice`, `a customer`. */
export function withArticle(kind: string): string {
  const words = wordsOf(kind);
  return `${/^[aeiou]/.test(words) ? 'an' : 'a'} ${words}`;
}
