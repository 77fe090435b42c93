import type { Declaration } from '../declaration.js';

/**
 * Names and columns of one generation's tables. Every name is made of a generation's number and of declared names, which
 * `declarationOf` has checked; nothing from outside ever becomes part of an SQL text.
 *
 * Documents stand in `<view>#<number>` with a column for every single-valued field, and lists of such fields are indexes of
 * that table. A list with a field of type `texts` is a table of its own, with a row for each value of a document: such a
 * table is one tree, in the order in which it is walked.
 */
export interface Tables {
  readonly documents: string;
  /** Single-valued fields, in the order of their columns in `documents`. */
  readonly columns: readonly string[];
  /** Of the columns those that hold numbers of symbols. */
  readonly symbols: ReadonlySet<string>;
  readonly indexes: readonly IndexPlan[];
  readonly entries: readonly EntryTable[];
}

export interface IndexPlan {
  readonly name: string;
  /** SQL columns: those compared for equality, then the sort field, then the key where the sort may have ties. */
  readonly columns: readonly string[];
}

/** Rows of a field of type `texts`, found by its values together with those of other fields. */
export interface EntryTable extends IndexPlan {
  readonly field: string;
  /** Single-valued fields that it has a column for. */
  readonly copied: readonly string[];
}

export const column = (field: string): string => `"f_${field}"`;

export function tablesOf(view: string, number: number, declaration: Declaration): Tables {
  const documents = `${view}#${number}`;
  const { fields, sorts, indexes } = declaration;
  const names = Object.keys(fields);
  const single = (field: string): boolean => fields[field] !== 'texts';
  const sortFields = unique(Object.values(sorts).map(({ field }) => field));
  const sorted = sortFields.length === 0 ? [undefined] : sortFields;
  const combined = indexes.flatMap((list) => sorted.map((sort) => ({ list, sort })));
  // Values that no list names are only looked up by document.
  const alone = names.filter((field) => !single(field) && !indexes.some((list) => list.includes(field)));
  return {
    documents,
    columns: names.filter(single),
    symbols: new Set(names.filter((field) => fields[field] === 'symbol')),
    indexes: distinctPlans(
      combined
        .filter(({ list }) => list.every(single))
        .map(({ list, sort }) => ({
          name: nameOf(documents, list, sort),
          columns: unique([...list, ...(sort === undefined ? [] : [sort])].map(column)).concat(tie(declaration, sort)),
        })),
    ),
    entries: distinctPlans([
      ...combined
        .filter(({ list }) => !list.every(single))
        .map(({ list, sort }) => entryTable(documents, declaration, list, sort)),
      ...alone.map((field) => ({
        name: nameOf(documents, [field], undefined),
        field,
        copied: [],
        columns: ['doc', 'value'],
      })),
    ]),
  };
}

function entryTable(
  documents: string,
  declaration: Declaration,
  list: readonly string[],
  sort: string | undefined,
): EntryTable {
  const field = list.find((name) => declaration.fields[name] === 'texts')!;
  const fields = unique([...list, ...(sort === undefined ? [] : [sort])]);
  return {
    name: nameOf(documents, list, sort),
    field,
    copied: fields.filter((name) => name !== field),
    columns: [...fields.map((name) => (name === field ? 'value' : column(name))), ...tie(declaration, sort), 'doc'],
  };
}

/** What orders documents with one value of the sort field. */
const tie = ({ sorts }: Declaration, sortField: string | undefined): readonly string[] =>
  sortField !== undefined && Object.values(sorts).some(({ field, unique }) => field === sortField && unique === true)
    ? []
    : ['key'];

const nameOf = (documents: string, list: readonly string[], sortField: string | undefined): string =>
  `${[documents, ...list].join('#')}/${sortField ?? ''}`;

/** What serves a list of fields with a sort field; a direction needs none of its own, it is walked backwards. */
export function servingOf(
  { documents, indexes, entries }: Tables,
  list: readonly string[],
  sortField: string | undefined,
): IndexPlan | EntryTable {
  const name = nameOf(documents, list, sortField);
  const found = [...entries, ...indexes].find((plan) => plan.name === name);
  if (found === undefined) throw new Error(`There is no index ${name}`);
  return found;
}

/** The statement that makes the table of a generation's documents. */
export const documentsSql = ({ documents, columns }: Tables): string =>
  // Columns without a type keep values as they are. The document stands last: to read a column, no long text is walked.
  `CREATE TABLE "${documents}" (${['id INTEGER PRIMARY KEY', 'key TEXT NOT NULL UNIQUE', ...columns.map(column), 'doc TEXT NOT NULL'].join(', ')})`;

/** An index or a table of values, and the statements that make it from the documents. */
export interface Indexing {
  readonly name: string;
  readonly sql: readonly string[];
}

export const indexing = (tables: Tables): readonly Indexing[] => [
  ...tables.indexes.map(({ name, columns }) => ({
    name,
    sql: [`CREATE INDEX "${name}" ON "${tables.documents}" (${columns.join(', ')})`],
  })),
  ...tables.entries.map((entry) => ({ name: entry.name, sql: [entriesSql(entry), fillSql(tables, entry)] })),
];

/** No column is null in a table without row numbers: a field without a value has an empty blob, which equals nothing. */
export const NONE = Buffer.alloc(0);
export const orNone = (expression: string): string => `ifnull(${expression}, x'')`;

/** The document's number has the type of that column: compared with one of another type, it is not looked up by the key. */
const entriesSql = ({ name, columns }: EntryTable): string =>
  `CREATE TABLE "${name}" (${columns.map((one) => (one === 'doc' ? 'doc INTEGER' : one)).join(', ')}, PRIMARY KEY (${columns.join(', ')})) WITHOUT ROWID`;

/**
 * Fills a table of values in its own order, which takes a fraction of the time. Documents with a character that JSON writes as
 * a number (NUL, half a surrogate pair) are left out: SQLite reads another text there than JavaScript does. `ESCAPED` finds
 * them, and some more.
 */
const fillSql = ({ documents }: Tables, { name, field, columns }: EntryTable): string => {
  const values = columns.map((name) => {
    if (name === 'value') return 'v.value';
    if (name === 'doc') return 'd.id';
    return name === 'key' ? 'd.key' : orNone(`d.${name}`);
  });
  return `INSERT OR IGNORE INTO "${name}" SELECT ${values.join(', ')} FROM "${documents}" AS d CROSS JOIN json_each(d.doc, '$.${field}') AS v WHERE NOT (${ESCAPED}) ORDER BY ${values.map((_, i) => i + 1).join(', ')}`;
};

export const ESCAPED = String.raw`doc GLOB '*\u*'`;

/** The statements that drop all of it. */
export const droppingOf = ({ documents, entries }: Tables): readonly string[] =>
  [documents, ...entries.map(({ name }) => name)].map((table) => `DROP TABLE IF EXISTS "${table}"`);

const unique = (names: readonly string[]): string[] => [...new Set(names)];

const distinctPlans = <Plan extends IndexPlan>(plans: readonly Plan[]): readonly Plan[] => [
  ...new Map(plans.map((plan) => [plan.name, plan])).values(),
];
