import type { Declaration } from '../declaration.js';

/**
 * Names and columns of one generation's tables. Every name is made of a generation's number and of declared names, which
 * `declarationOf` has checked; nothing from outside ever becomes part of an SQL text.
 *
 * Documents stand in `<view>#<number>` with a column for every single-valued field. Each field of type `texts` has a table
 * of its own, `<view>#<number>#<field>`, with a row for each value and copies of the single-valued columns that an index
 * combines with it, so that such a query is a walk along one index too.
 */
export interface Tables {
  readonly documents: string;
  /** Single-valued fields, in the order of their columns in `documents`. */
  readonly columns: readonly string[];
  readonly many: readonly ManyTable[];
}

export interface ManyTable {
  readonly field: string;
  readonly table: string;
  /** Single-valued fields that are copied from the document. */
  readonly columns: readonly string[];
}

export interface IndexPlan {
  readonly name: string;
  readonly table: string;
  /** SQL columns: those compared for equality, then the sort field, then the key. */
  readonly columns: readonly string[];
}

export const column = (field: string): string => `"f_${field}"`;

export function tablesOf(view: string, number: number, declaration: Declaration): Tables {
  const documents = `${view}#${number}`;
  const { fields, sorts, indexes } = declaration;
  const sortFields = Object.values(sorts).map(({ field }) => field);
  const copied = (field: string): string[] => {
    const lists = indexes.filter((list) => list.includes(field));
    return lists.length === 0
      ? []
      : unique([...lists.flat(), ...sortFields]).filter((name) => fields[name] !== 'texts');
  };
  const names = Object.keys(fields);
  return {
    documents,
    columns: names.filter((field) => fields[field] !== 'texts'),
    many: names
      .filter((field) => fields[field] === 'texts')
      .map((field) => ({ field, table: `${documents}#${field}`, columns: copied(field) })),
  };
}

/** The field of type `texts` in a list of indexed fields. */
export const manyIn = ({ many }: Tables, list: readonly string[]): ManyTable | undefined =>
  many.find(({ field }) => list.includes(field));

/** The index that serves a list of fields with a sort field; a direction needs none of its own, it is walked backwards. */
export function indexOf(tables: Tables, list: readonly string[], sortField: string | undefined): IndexPlan {
  const many = manyIn(tables, list);
  const table = many?.table ?? tables.documents;
  const equal = list.map((field) => (field === many?.field ? 'value' : column(field)));
  const sort = sortField === undefined ? [] : [column(sortField)];
  return {
    name: `${[table, ...list].join('#')}/${sortField ?? ''}`,
    table,
    columns: unique([...equal, ...sort, 'key']),
  };
}

/** The statements that make a generation's tables. */
export function tableSql({ documents, columns, many }: Tables): readonly string[] {
  return [
    // Columns without a type keep values as they are. The document stands last: to read a column, no long text is walked.
    `CREATE TABLE "${documents}" (${['id INTEGER PRIMARY KEY', 'key TEXT NOT NULL UNIQUE', ...columns.map(column), 'doc TEXT NOT NULL'].join(', ')})`,
    ...many.map(
      (side) =>
        `CREATE TABLE "${side.table}" (${['doc INTEGER NOT NULL', 'value TEXT NOT NULL', 'key TEXT NOT NULL', ...side.columns.map(column)].join(', ')}, PRIMARY KEY (doc, value)) WITHOUT ROWID`,
    ),
  ];
}

/** The statements that make those of its indexes that are not there yet. */
export function indexSql(tables: Tables, { indexes, sorts }: Declaration): readonly string[] {
  const sortFields = unique(Object.values(sorts).map(({ field }) => field));
  const plans = indexes.flatMap((list) =>
    sortFields.length === 0
      ? [indexOf(tables, list, undefined)]
      : sortFields.map((field) => indexOf(tables, list, field)),
  );
  return unique(
    plans.map(
      ({ name, table, columns }) => `CREATE INDEX IF NOT EXISTS "${name}" ON "${table}" (${columns.join(', ')})`,
    ),
  );
}

/** The statements that drop all of it. */
export const droppingOf = ({ documents, many }: Tables): readonly string[] =>
  [documents, ...many.map(({ table }) => table)].map((table) => `DROP TABLE "${table}"`);

const unique = (names: readonly string[]): string[] => [...new Set(names)];
