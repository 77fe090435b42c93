import 'reflect-metadata';
import { Refusal } from '../../kernel/refusal.js';
import {
  DecimalField,
  EmailField,
  Flag,
  InstantField,
  Integer,
  ListOf,
  Nested,
  oneOf,
  OneOf,
  OptionalText,
  PageQuery,
  PatchOf,
  PlainDateField,
  Text,
  text,
  uuid,
  Uuid,
} from './fields.js';
import { validated } from './validation.js';

class LineDto {
  @Text({ max: 20, multiline: true }) description!: string;
  @DecimalField() quantity!: string;
  @DecimalField({ negative: false }) unitPrice!: string;
  @Integer({ min: 0, max: 10_000, optional: true }) vatRate?: number;
}

class GrantDto {
  @OneOf(['sales', 'admin']) role!: string;
  @Flag({ optional: true }) readOnly?: boolean;
  @ListOf(text({ max: 5 }), { max: 3, unique: true, optional: true }) switches?: string[];
}

class InvoiceDto {
  @Uuid() customerId!: string;
  @PlainDateField() date!: string;
  @PlainDateField({ optional: true }) dueDate?: string;
  @OptionalText({ max: 10, pattern: /^[A-Z]/, patternSays: 'a text that starts with a capital' }) reference?: string;
  @ListOf(LineDto, { min: 1, max: 3 }) lines!: LineDto[];
  @ListOf(GrantDto, { max: 2, short: 'role', optional: true }) roles?: GrantDto[];
  @Nested(LineDto, { optional: true, nullable: true }) total?: LineDto | null;
  @EmailField({ optional: true }) email?: string;
  @InstantField({ optional: true }) until?: string;
  @ListOf(uuid(), { max: 2, optional: true }) brands?: string[];
}

class InvoicesQuery extends PageQuery {
  @OneOf(['draft', 'issued'], { optional: true }) status?: string;
  @Flag({ optional: true }) overdue?: boolean;
  @ListOf(text({ max: 5 }), { max: 3, optional: true }) tags?: string[];
}

const id = '0191f0a0-0000-7000-8000-000000000001';
const line = { description: 'Nails', quantity: '2', unitPrice: 1.25 };
const invoice = { customerId: id, date: '2026-02-28', lines: [line] };

const errorsOf = (validate: () => unknown): unknown => {
  try {
    return validate();
  } catch (error) {
    if (error instanceof Refusal)
      return Object.fromEntries(error.details.errors!.map(({ field, message }) => [field, message]));
    throw error;
  }
};
const refused = (change: object): unknown => errorsOf(() => validated(InvoiceDto, { ...invoice, ...change }));

describe('a body', () => {
  it('becomes its DTO, with values in their one form', () => {
    const dto = validated(InvoiceDto, {
      ...invoice,
      lines: [line, { description: 'a\nb', quantity: -0, unitPrice: '0012.500' }],
      roles: ['sales', { role: 'admin', readOnly: true }],
      until: '2026-03-01T10:30:00+01:00',
    });
    expect(dto).toBeInstanceOf(InvoiceDto);
    expect(dto.lines[0]).toBeInstanceOf(LineDto);
    expect(dto.lines.map(({ quantity, unitPrice }) => [quantity, unitPrice])).toEqual([
      ['2', '1.25'],
      ['0', '12.5'],
    ]);
    expect(dto.roles).toEqual([{ role: 'sales' }, { role: 'admin', readOnly: true }]);
    expect(dto.until).toBe('2026-03-01T09:30:00.000Z');
    expect('dueDate' in dto).toBe(false);
  });

  it.each<[object, Record<string, string>]>([
    [{ customerId: undefined }, { customerId: 'is required' }],
    [{ customerId: id.toUpperCase() }, { customerId: 'must be a UUID in lower case' }],
    [{ date: '2026-02-29' }, { date: 'must be a date of the calendar from 1900 to 2999, written YYYY-MM-DD' }],
    [{ dueDate: null }, { dueDate: 'must be a date of the calendar from 1900 to 2999, written YYYY-MM-DD' }],
    [{ reference: 7 }, { reference: 'must be a text' }],
    [{ reference: '' }, { reference: 'must not be blank' }],
    [{ reference: '\u00a0 ' }, { reference: 'must not be blank' }],
    [{ reference: 'A'.repeat(11) }, { reference: 'must be at most 10 characters long' }],
    [{ reference: 'A\nB' }, { reference: 'must not contain control characters or line breaks' }],
    [{ reference: 'A\u2028B' }, { reference: 'must not contain control characters or line breaks' }],
    [{ reference: 'a' }, { reference: 'must be a text that starts with a capital' }],
    [{ lines: [] }, { lines: 'must have 1 to 3 entries' }],
    [{ lines: [line, line, line, line] }, { lines: 'must have at most 3 entries' }],
    [{ lines: {} }, { lines: 'must be a list' }],
    [{ lines: 'x' }, { lines: 'must be a list' }],
    [{ lines: [line, 'x'] }, { lines: 'entry 1 must be an object' }],
    [{ lines: [null] }, { lines: 'entry 0 must be an object' }],
    [{ lines: [[]] }, { lines: 'entry 0 must be an object' }],
    [
      { lines: [{ ...line, description: 'a\u0007' }] },
      { 'lines.0.description': 'must not contain control characters' },
    ],
    [{ lines: [{ ...line, vatRate: 1.5 }] }, { 'lines.0.vatRate': 'must be a whole number from 0 to 10000' }],
    [{ lines: [{ ...line, vatRate: '5' }] }, { 'lines.0.vatRate': 'must be a whole number from 0 to 10000' }],
    [{ lines: [line, { ...line, color: 'red' }] }, { 'lines.1.color': 'is not a field of this request' }],
    [{ roles: ['boss'] }, { 'roles.0.role': 'must be one of sales, admin' }],
    [{ roles: [7] }, { roles: 'entry 0 must be an object or a text' }],
    [{ roles: [{ role: 'sales', switches: ['a', 'a'] }] }, { 'roles.0.switches': 'must not hold an entry twice' }],
    [{ roles: [{ role: 'sales', switches: ['a', 1] }] }, { 'roles.0.switches': 'entry 1 must be a text' }],
    [{ roles: [{ role: 'sales', readOnly: 'yes' }] }, { 'roles.0.readOnly': 'must be true or false' }],
    [{ total: [] }, { total: 'must be an object' }],
    [{ brands: [id, 'x'] }, { brands: 'entry 1 must be a UUID in lower case' }],
    [{ until: '2026-03-01' }, { until: 'must be an instant, written as in RFC 3339: 2026-03-01T09:30:00.000Z' }],
    [
      { until: '2026-02-30T10:00:00Z' },
      { until: 'must be an instant, written as in RFC 3339: 2026-03-01T09:30:00.000Z' },
    ],
    [{ hasOwnProperty: 1 }, { hasOwnProperty: 'is not a field of this request' }],
    [
      { toString: 1, reference: 1 },
      { toString: 'is not a field of this request', reference: 'must be a text' },
    ],
  ])('with %j is refused', (change, errors) => {
    expect(refused(change)).toEqual(errors);
  });

  it.each([
    1e21,
    1e-7,
    0.1 + 0.2,
    Infinity,
    '',
    '1e3',
    '+1',
    ' 1',
    '1.',
    '.5',
    '1.1234567',
    '1'.repeat(16),
    null,
    true,
    [],
    {},
  ])('with the quantity %j is refused', (quantity) => {
    expect(refused({ lines: [{ ...line, quantity }] })).toEqual({
      'lines.0.quantity':
        'must be a decimal of at most 15 digits before the point and 6 after it; send long ones as text',
    });
  });

  it('with a value out of a long list is told where the list stands', () => {
    const many = Array.from({ length: 128 }, (_, index) => `area-${index}:read`);
    expect(oneOf(many).check('area-127:read')).toBeUndefined();
    expect(oneOf(many).check('nothing')).toBe('is none of the 128 values that /openapi.json lists');
  });

  it('may have no negative decimal where none is allowed', () => {
    expect(refused({ lines: [{ ...line, unitPrice: -1 }] })).toHaveProperty(['lines.0.unitPrice']);
    expect(refused({ lines: [{ ...line, unitPrice: '-0' }] })).toBeInstanceOf(InvoiceDto);
  });

  it.each([
    'a@b',
    'a b@example.com',
    'a@example.com\n',
    '@example.com',
    `${'a'.repeat(250)}@example.com`,
    7,
    'a@exam\u0000ple.com',
  ])('with the email address %j is refused', (email) => {
    expect(refused({ email })).toEqual({ email: 'must be an email address' });
  });

  it('says what is wrong without repeating it, and stops at twenty', () => {
    const flood = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`x${index}`, 'hunter2']));
    const errors = refused({ ...flood, reference: 'hunter2'.repeat(10) }) as object;
    expect(Object.keys(errors)).toHaveLength(20);
    expect(JSON.stringify(errors)).not.toContain('hunter2');
    expect(Object.keys(refused({ ['n'.repeat(10_000)]: 1 }) as object)).toEqual(['n'.repeat(100)]);
  });

  it('takes null only where it is a value', () => {
    expect(refused({ total: null })).toMatchObject({ total: null });
    expect(refused({ lines: null })).toEqual({ lines: 'must be a list' });
  });

  it('without any fields is fine for a DTO without any, and nothing else', () => {
    // eslint-disable-next-line @typescript-eslint/no-extraneous-class
    class EmptyDto {}
    expect(validated(EmptyDto, {})).toBeInstanceOf(EmptyDto);
    expect(errorsOf(() => validated(EmptyDto, { a: 1 }))).toEqual({ a: 'is not a field of this request' });
  });
});

describe('the body of an edit', () => {
  class EditDto extends PatchOf(InvoiceDto) {}

  it('may leave out anything, and take away what may be absent', () => {
    expect(validated(EditDto, {})).toEqual({});
    expect(validated(EditDto, { reference: null, lines: [line] })).toMatchObject({
      reference: null,
      lines: [{ quantity: '2' }],
    });
  });

  it('is checked like the whole', () => {
    expect(errorsOf(() => validated(EditDto, { date: null, lines: [{}], x: 1 }))).toEqual({
      x: 'is not a field of this request',
      date: 'must be a date of the calendar from 1900 to 2999, written YYYY-MM-DD',
      'lines.0.description': 'is required',
      'lines.0.quantity': 'is required',
      'lines.0.unitPrice': 'is required',
    });
  });
});

describe('a query', () => {
  const query = (given: object): unknown => errorsOf(() => validated(InvoicesQuery, given, 'query'));

  it('is read from texts', () => {
    expect(query({})).toEqual({ limit: 50 });
    expect(query({ limit: '7', after: 'x', status: 'draft', overdue: 'true', tags: 'a' })).toEqual({
      limit: 7,
      after: 'x',
      status: 'draft',
      overdue: true,
      tags: ['a'],
    });
    expect(query({ tags: ['a', 'b'] })).toMatchObject({ tags: ['a', 'b'] });
  });

  it.each<[object, Record<string, string>]>([
    [{ limit: '0' }, { limit: 'must be a whole number from 1 to 200' }],
    [{ limit: '201' }, { limit: 'must be a whole number from 1 to 200' }],
    [{ limit: '1e1' }, { limit: 'must be a whole number from 1 to 200' }],
    [{ limit: ['1', '2'] }, { limit: 'must be given once' }],
    [{ overdue: '1' }, { overdue: 'must be true or false' }],
    [{ tags: ['a', 'b', 'c', 'd'] }, { tags: 'must have 0 to 3 entries' }],
    [{ after: 'a\0' }, { after: 'holds a NUL character or half a surrogate pair' }],
    [{ sort: 'name' }, { sort: 'is not a parameter of this request' }],
  ])('with %j is refused', (given, errors) => {
    expect(query(given)).toEqual(errors);
  });
});
