import { wordsOf } from '../../kernel/words.js';

/** Something that a column of a file can hold. */
export interface ColumnField {
  readonly name: string;
  readonly required: boolean;
}

/** What the columns of a file are called there, by what they hold. */
export type Mapping = Readonly<Record<string, string>>;

/** Where the fields stand in each row, and how many cells a row has. */
export interface Columns {
  readonly index: ReadonlyMap<string, number>;
  readonly width: number;
}

/**
 * Finds the columns in the first line of a file: those that the mapping names by their very names, the others by the name of
 * their field, whatever its case, spaces and dashes. What is wrong with it is told to whoever wrote the mapping.
 */
export function columnsIn(
  cells: readonly string[],
  fields: readonly ColumnField[],
  mapping: Mapping,
): Columns | { readonly problem: string } {
  const names = cells.map((cell) => cell.trim());
  const plain = names.map(plainName);
  const index = new Map<string, number>();
  for (const { name, required } of fields) {
    const mapped = mapping[name];
    const [among, wanted] = mapped === undefined ? [plain, plainName(name)] : [names, mapped];
    const place = among.indexOf(wanted);
    if (place !== -1 && among.includes(wanted, place + 1)) return { problem: `it has two columns for ${name}` };
    if (place !== -1) index.set(name, place);
    else if (mapped !== undefined) return { problem: `it lacks the column that was named for ${name}` };
    else if (required) return { problem: `it lacks a column for ${name}` };
  }
  return { index, width: cells.length };
}

/** The cells of a row by what they hold, trimmed; without those that are empty. */
export function valuesIn(cells: readonly string[], { index }: Columns): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, place] of index) {
    const value = (cells[place] ?? '').trim();
    if (value !== '') values.set(name, value);
  }
  return values;
}

const plainName = (name: string): string => wordsOf(name).join('');
