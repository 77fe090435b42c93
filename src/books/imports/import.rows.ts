import { Refusal } from '../../kernel/refusal.js';
import { fieldsOf } from '../../platform/http/fields.js';
import { validated } from '../../platform/http/validation.js';
import { type ColumnField, type Columns, columnsIn, type Mapping, valuesIn } from './columns.js';
import type { RowError } from './import.js';
import { NO_TEXT } from './rows.js';

type Dto<T extends object> = abstract new () => T;

/** What a column of a file can hold, of what a request to make such a record can say: its plain values, but no ids. */
export const columnFieldsOf = (dto: Dto<object>): readonly ColumnField[] =>
  [...fieldsOf(dto)].flatMap(([name, { kind, options, nested }]) => {
    const { type, format } = kind.schema;
    if (nested !== undefined || type === 'array' || format === 'uuid') return [];
    return [{ name, required: options.optional !== true }];
  });

/** Reads the rows of a file as the bodies of requests, by the same checks. */
export class RecordRows<T extends object> {
  private readonly fields: readonly ColumnField[];
  private columns: Columns | undefined;

  constructor(
    private readonly dto: Dto<T>,
    private readonly mapping: Mapping,
  ) {
    this.fields = columnFieldsOf(dto);
  }

  /** The first line. Answers what is wrong with it. */
  begin(cells: readonly string[]): string | undefined {
    const columns = columnsIn(cells, this.fields, this.mapping);
    if ('problem' in columns) return columns.problem;
    this.columns = columns;
    return undefined;
  }

  row(row: number, cells: readonly string[]): { readonly values: T } | { readonly error: RowError } {
    const { columns } = this;
    if (columns === undefined) throw new Error('A row came before the first line');
    const problem = problemOf(row, cells, columns);
    if (problem !== undefined) return { error: problem };
    try {
      return { values: validated(this.dto, this.plain(valuesIn(cells, columns))) };
    } catch (error) {
      return { error: refusedRow(row, error) };
    }
  }

  private plain(values: ReadonlyMap<string, string>): object {
    const fields = fieldsOf(this.dto);
    return Object.fromEntries(
      [...values].map(([name, text]) => [name, fields.get(name)?.kind.fromText?.(text) ?? text] as const),
    );
  }
}

/** What is wrong with a row whatever its columns hold. */
export function problemOf(row: number, cells: readonly string[], { width }: Columns): RowError | undefined {
  if (cells.length !== width)
    return { row, code: 'malformed-row', detail: `The row has ${cells.length} cells, the first line has ${width}` };
  if (cells.some((cell) => NO_TEXT.test(cell) || !cell.isWellFormed()))
    return { row, code: 'invalid-text', detail: 'The row has control characters or bytes that are not UTF-8' };
  return undefined;
}

/** What a refusal says of a row; it names fields and never repeats what the file says. @throws What is no such refusal */
export function refusedRow(row: number, error: unknown): RowError {
  if (!(error instanceof Refusal) || error.code !== 'validation-failed') throw error;
  const [first] = error.details.errors ?? [];
  return {
    row,
    code: 'invalid-field',
    detail: first === undefined ? error.message : `${first.field} ${first.message}`,
  };
}
