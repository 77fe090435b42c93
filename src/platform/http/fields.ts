import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { isEmail, ValidateBy, ValidateIf, ValidateNested } from 'class-validator';
import type { Patch } from '../../kernel/changes.js';
import { FIRST_YEAR, isPlainDate, LAST_YEAR } from '../../kernel/dates.js';
import { isUuid } from '../../kernel/ids.js';
import { canonicalDecimal } from '../../kernel/money.js';

/**
 * What a value of a field can be: how it is checked (class-validator), told (OpenAPI), and read. A check answers what the
 * value must be, `undefined` where it is; it never repeats the value.
 */
export interface Kind {
  check(value: unknown): string | undefined;
  readonly schema: Record<string, unknown>;
  /** From the text of a query parameter; by default the text itself. `undefined` where it is none. */
  fromText?(text: string): unknown;
  /** One form for values that can be written in several. Called with anything. */
  normalise?(value: unknown): unknown;
}

export interface FieldOptions {
  /** The field may be left out; `null` is refused all the same. */
  readonly optional?: boolean;
  /** `null` is a value of the field: how an edit takes something away. */
  readonly nullable?: boolean;
  readonly description?: string;
}

type Dto = abstract new () => object;

/** What is known of one field of a DTO; kept in the order of declaration, with inheritance. */
export interface FieldSpec {
  readonly kind: Kind;
  readonly options: FieldOptions;
  /** The kind's check, and whether there has to be a value at all. */
  readonly check: (value: unknown) => string | undefined;
  readonly nested?: NestedSpec;
}

export interface NestedSpec {
  readonly type: Dto;
  readonly list: boolean;
  readonly min: number;
  readonly max: number;
  /** Entries that are plain texts stand for an object with this one field. */
  readonly short?: string;
}

// --- kinds

export interface TextOptions {
  /** In UTF-16 units, as everywhere in JavaScript. */
  readonly max: number;
  readonly min?: number;
  /** Line breaks and tabs are allowed. */
  readonly multiline?: boolean;
  readonly pattern?: RegExp;
  /** Completes "must be ...", for texts that do not match the pattern. */
  readonly patternSays?: string;
}

const NOT_IN_A_LINE = /[\p{Cc}\p{Cs}\u2028\u2029]/u;
const NOT_IN_A_TEXT = /(?![\n\r\t])[\p{Cc}\p{Cs}]/u;

/** Text without control characters, at least one visible character unless `min` is 0. */
export function text({
  max,
  min = 1,
  multiline = false,
  pattern,
  patternSays = 'written differently',
}: TextOptions): Kind {
  const forbidden = multiline ? NOT_IN_A_TEXT : NOT_IN_A_LINE;
  return {
    schema: {
      type: 'string',
      ...(min > 0 && { minLength: min }),
      maxLength: max,
      ...(pattern && { pattern: pattern.source }),
    },
    check(value) {
      if (typeof value !== 'string') return 'must be a text';
      if (value.length > max) return `must be at most ${max} characters long`;
      if (min > 0 && value.trim() === '') return 'must not be blank';
      if (value.length < min) return `must be at least ${min} characters long`;
      if (forbidden.test(value)) return `must not contain control characters${multiline ? '' : ' or line breaks'}`;
      return pattern === undefined || pattern.test(value) ? undefined : `must be ${patternSays}`;
    },
  };
}

const UUID: Kind = {
  schema: { type: 'string', format: 'uuid' },
  check: (value) => (typeof value === 'string' && isUuid(value) ? undefined : 'must be a UUID in lower case'),
};
export const uuid = (): Kind => UUID;

const EMAIL: Kind = {
  schema: { type: 'string', format: 'email', maxLength: 254 },
  check: (value) =>
    typeof value === 'string' && value.length <= 254 && !NOT_IN_A_LINE.test(value) && isEmail(value)
      ? undefined
      : 'must be an email address',
};
export const email = (): Kind => EMAIL;

const NO_DATE = `must be a date of the calendar from ${FIRST_YEAR} to ${LAST_YEAR}, written YYYY-MM-DD`;

const DATE: Kind = {
  schema: { type: 'string', format: 'date' },
  check: (value) => (typeof value === 'string' && isPlainDate(value) ? undefined : NO_DATE),
};
export const plainDate = (): Kind => DATE;

const INSTANT_FORM = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

const isInstant = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.length <= 40 &&
  INSTANT_FORM.test(value) &&
  isPlainDate(value.slice(0, 10)) &&
  !Number.isNaN(Date.parse(value));

const INSTANT: Kind = {
  schema: { type: 'string', format: 'date-time' },
  check: (value) =>
    isInstant(value) ? undefined : 'must be an instant, written as in RFC 3339: 2026-03-01T09:30:00.000Z',
  normalise: (value) => (isInstant(value) ? new Date(value).toISOString() : value),
};
/** Read as UTC with milliseconds, however it was written. */
export const instant = (): Kind => INSTANT;

/** OpenAPI's `format` of decimals. */
export const DECIMAL_FORMAT = 'decimal';

export interface DecimalOptions {
  readonly negative?: boolean;
}

/** An exact decimal (kernel/money), as text or JSON number; always read as canonical text. */
export function decimal({ negative = true }: DecimalOptions = {}): Kind {
  const sign = negative ? '' : ', not negative';
  const message = `must be a decimal of at most 15 digits before the point and 6 after it${sign}; send long ones as text`;
  const isRight = (text: string | undefined): boolean => text !== undefined && (negative || !text.startsWith('-'));
  return {
    // Told as text or number by openapi.ts: what builds the document knows one type for each property.
    schema: { type: 'string', format: DECIMAL_FORMAT, pattern: `^${negative ? '-?' : ''}\\d{1,15}(\\.\\d{1,6})?$` },
    check: (value) => (isRight(canonicalDecimal(value)) ? undefined : message),
    normalise: (value) => canonicalDecimal(value) ?? value,
  };
}

export interface IntegerOptions {
  readonly min?: number;
  readonly max?: number;
}

export function integer({ min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER }: IntegerOptions = {}): Kind {
  return {
    schema: { type: 'integer', minimum: min, maximum: max },
    check: (value) =>
      Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
        ? undefined
        : `must be a whole number from ${min} to ${max}`,
    fromText: (written) => (/^-?\d{1,15}$/.test(written) ? Number(written) : undefined),
    normalise: (value) => (Object.is(value, -0) ? 0 : value),
  };
}

export function oneOf(values: readonly string[]): Kind {
  const known = new Set<unknown>(values);
  // A list that nobody reads to its end says less than where it stands.
  const message =
    values.length > 20
      ? `is none of the ${values.length} values that /openapi.json lists`
      : `must be one of ${values.join(', ')}`;
  return { schema: { type: 'string', enum: [...values] }, check: (value) => (known.has(value) ? undefined : message) };
}

const FLAG: Kind = {
  schema: { type: 'boolean' },
  check: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
  fromText: (written) => (written === 'true' ? true : written === 'false' ? false : undefined),
};
export const flag = (): Kind => FLAG;

export interface ListOptions {
  readonly min?: number;
  readonly max: number;
  /** No entry twice; for lists of plain values. */
  readonly unique?: boolean;
}

function listOf(kind: Kind, { min = 0, max, unique = false }: ListOptions): Kind {
  return {
    schema: { type: 'array', items: kind.schema, minItems: min, maxItems: max, ...(unique && { uniqueItems: true }) },
    check(value) {
      const wrong = checkLength(value, min, max);
      if (wrong !== undefined) return wrong;
      const entries = value as unknown[];
      for (const [index, entry] of entries.entries()) {
        const message = kind.check(entry);
        if (message !== undefined) return `entry ${index} ${message}`;
      }
      return unique && new Set(entries).size < entries.length ? 'must not hold an entry twice' : undefined;
    },
    normalise: (value) =>
      Array.isArray(value) && kind.normalise ? value.map((entry) => kind.normalise!(entry)) : value,
  };
}

function checkLength(value: unknown, min: number, max: number): string | undefined {
  if (!Array.isArray(value)) return 'must be a list';
  return value.length < min || value.length > max
    ? `must have ${min === max ? min : `${min} to ${max}`} entries`
    : undefined;
}

/** The entries themselves are validated as what they are made into; here they only have to be of that class. */
function nested(spec: NestedSpec): Kind {
  const isNested = (value: unknown): boolean => value instanceof spec.type;
  return {
    schema: {},
    check(value) {
      if (!spec.list) return isNested(value) ? undefined : 'must be an object';
      const wrong = checkLength(value, spec.min, spec.max);
      if (wrong !== undefined) return wrong;
      const index = (value as unknown[]).findIndex((entry) => !isNested(entry));
      return index === -1
        ? undefined
        : `entry ${index} must be an object${spec.short === undefined ? '' : ' or a text'}`;
    },
  };
}

// --- decorators: they validate, and they describe

export const Text = (options: TextOptions & FieldOptions): PropertyDecorator => field(text(options), options);
export const OptionalText = (options: TextOptions & FieldOptions): PropertyDecorator =>
  field(text(options), { ...options, optional: true });
export const Uuid = (options: FieldOptions = {}): PropertyDecorator => field(uuid(), options);
export const EmailField = (options: FieldOptions = {}): PropertyDecorator => field(email(), options);
export const PlainDateField = (options: FieldOptions = {}): PropertyDecorator => field(plainDate(), options);
export const InstantField = (options: FieldOptions = {}): PropertyDecorator => field(instant(), options);
export const DecimalField = (options: DecimalOptions & FieldOptions = {}): PropertyDecorator =>
  field(decimal(options), options);
export const Integer = (options: IntegerOptions & FieldOptions = {}): PropertyDecorator =>
  field(integer(options), options);
export const Flag = (options: FieldOptions = {}): PropertyDecorator => field(flag(), options);
export const OneOf = (values: readonly string[], options: FieldOptions = {}): PropertyDecorator =>
  field(oneOf(values), options);

/**
 * A list of objects (`@ListOf(LineDto, { min: 1, max: 2000 })`) or of plain values (`@ListOf(uuid(), { max: 100 })`). With `short`, an
 * entry may be a text that stands for an object with that one field.
 */
export function ListOf(
  entries: Dto | Kind,
  options: ListOptions & FieldOptions & { readonly short?: string },
): PropertyDecorator {
  if (typeof entries !== 'function') return field(listOf(entries, options), options);
  const { min = 0, max, short } = options;
  const spec: NestedSpec = { type: entries, list: true, min, max, ...(short !== undefined && { short }) };
  return field(nested(spec), options, spec);
}

/** One object in another. */
export function Nested(type: Dto, options: FieldOptions = {}): PropertyDecorator {
  const spec: NestedSpec = { type, list: false, min: 1, max: 1 };
  return field(nested(spec), options, spec);
}

const FIELDS = Symbol('countersign:fields');

function field(kind: Kind, options: FieldOptions, spec?: NestedSpec): PropertyDecorator {
  const { optional = false, nullable = false } = options;
  const check = (value: unknown): string | undefined => {
    if (value === undefined) return optional ? undefined : 'is required';
    if (value === null && nullable) return undefined;
    return kind.check(value);
  };
  return (target, property) => {
    const name = property as string;
    const fields = Reflect.getMetadata(FIELDS, target) as Map<string, FieldSpec> | undefined;
    const own = new Map(fields).set(name, { kind, options: { ...options }, check, ...(spec && { nested: spec }) });
    Reflect.defineMetadata(FIELDS, own, target);
    const validator = {
      validate: (value: unknown) => check(value) === undefined,
      defaultMessage: (given?: { value: unknown }) => check(given?.value) ?? '',
    };
    ValidateBy({ name: 'field', validator })(target, name);
    if (spec !== undefined) ValidateNested()(target, name);
    if (spec !== undefined && nullable) ValidateIf((_dto, value) => value !== null)(target, name);
    describe(target, name, kind, options, spec);
  };
}

function describe(target: object, name: string, kind: Kind, options: FieldOptions, spec?: NestedSpec): void {
  const { optional = false, nullable = false, description } = options;
  const common = {
    required: !optional,
    ...(nullable && { nullable }),
    ...(description !== undefined && { description }),
  };
  if (spec === undefined) {
    ApiProperty({ ...kind.schema, ...common })(target, name);
    return;
  }
  ApiExtraModels(spec.type)(target.constructor);
  if (!spec.list) {
    ApiProperty({ type: () => spec.type, ...common })(target, name);
    return;
  }
  const $ref = getSchemaPath(spec.type);
  const items = spec.short === undefined ? { $ref } : { oneOf: [{ type: 'string' }, { $ref }] };
  ApiProperty({ type: 'array', items, minItems: spec.min, maxItems: spec.max, ...common })(target, name);
}

const NO_FIELDS: ReadonlyMap<string, FieldSpec> = new Map();

/** The fields of a DTO; empty for a class without any. */
export const fieldsOf = (type: Dto): ReadonlyMap<string, FieldSpec> =>
  (Reflect.getMetadata(FIELDS, type.prototype as object) as ReadonlyMap<string, FieldSpec> | undefined) ?? NO_FIELDS;

// --- DTOs made of others

/** The body of an edit: `class EditCustomerDto extends PatchOf(CustomerDto) {}`. */
export function PatchOf<T extends object>(type: new () => T): new () => Patch<T> {
  // Its fields come below.
  // eslint-disable-next-line @typescript-eslint/no-extraneous-class
  class PatchDto {}
  for (const [name, { kind, options, nested: spec }] of fieldsOf(type)) {
    const changed = { ...options, optional: true, ...(options.optional === true && { nullable: true }) };
    field(kind, changed, spec)(PatchDto.prototype, name);
  }
  return PatchDto;
}

export const MAX_PAGE = 200;
export const DEFAULT_PAGE = 50;

/** The query of a list; lists with filters extend it. `@Query() query: PageQuery` */
export class PageQuery {
  @Integer({ min: 1, max: MAX_PAGE, optional: true, description: `Entries of a page; ${DEFAULT_PAGE} by default` })
  limit: number = DEFAULT_PAGE;

  @OptionalText({ max: 4096, description: 'next of the page before' })
  after?: string;
}
