import type { Declaration } from '../declaration.js';
import { type Value, textsOf, valueOf } from '../values.js';
import type { Symbols } from './symbols.js';
import { type Tables, column } from './tables.js';

/** A document on its way into the tables: single values by column, and everything else as JSON. */
export interface DocumentRow {
  readonly values: readonly (Value | null)[];
  /** By the field of type `texts`. */
  readonly texts: ReadonlyMap<string, readonly string[]>;
  /** Of the document without what its columns hold. */
  readonly json: string;
}

/** What `documentIn` reads, in its order. */
export const documentColumns = ({ columns }: Tables): string => [...columns.map(column), 'doc'].join(', ');

/** The document in a row of `documentColumns`. */
export function documentIn(
  { columns, symbols }: Tables,
  held: Pick<Symbols, 'textOf'>,
  row: readonly unknown[],
): object {
  const doc: Record<string, unknown> = {};
  for (const [i, field] of columns.entries()) {
    const value = row[i];
    if (value !== null) doc[field] = symbols.has(field) ? held.textOf(value as number) : value;
  }
  return Object.assign(doc, JSON.parse(row[columns.length] as string) as object);
}

/**
 * The row of a document. The order of properties in its JSON does not depend on whether an earlier state of the document was
 * read from a row: views that are rebuilt come out the same to the byte.
 *
 * @throws TypeError for a document that does not keep to the declaration, or has no JSON form.
 */
export function rowOf({ columns, entries }: Tables, declaration: Declaration, doc: object): DocumentRow {
  const values = columns.map((field) => valueOf(declaration, field, doc));
  for (const { field } of Object.values(declaration.sorts)) {
    if (values[columns.indexOf(field)] === null) throw new TypeError(`A document without ${field}, which a sort needs`);
  }
  const json = JSON.stringify(restOf(columns, values, doc)) as string | undefined;
  if (json === undefined) throw new TypeError('A document without a JSON form');
  return { values, texts: textsIn(entries, doc), json };
}

/** The values of a document's fields of type `texts`. @throws TypeError */
export function textsIn(entries: Tables['entries'], doc: object): DocumentRow['texts'] {
  const texts = new Map<string, readonly string[]>();
  for (const { field } of entries) if (!texts.has(field)) texts.set(field, textsOf(field, doc));
  return texts;
}

/** What the columns do not give back: other properties, a null, a text that is not well formed. */
function restOf(columns: readonly string[], values: DocumentRow['values'], doc: object): object {
  const properties = doc as Readonly<Record<string, unknown>>;
  // Names of top-level properties are the view's own, never a text from outside.
  const rest: Record<string, unknown> = {};
  for (const [i, field] of columns.entries()) {
    const value = properties[field];
    if (value === null || value !== (values[i] ?? undefined)) rest[field] = value;
  }
  for (const name of Object.keys(doc)) if (!columns.includes(name)) rest[name] = properties[name];
  return rest;
}
