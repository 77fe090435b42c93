import type { SortOrder } from '../../../kernel/view.js';
import type { AccessPath, Test } from '../access-path.js';
import type { Value } from '../values.js';
import { type Tables, column, indexOf, manyIn } from './tables.js';

/** An SQL text, made of checked names only, and the values that it is run with. */
export interface Bound {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** One of the two tables of a query: the documents, or the values of a many-valued field (which lead to documents). */
interface Source {
  readonly from: string;
  /** Alias of the table that is walked. */
  readonly walked: 's' | 'd';
  /** Expression of the document's number. */
  readonly id: string;
}

class Clauses {
  readonly parts: string[] = [];
  readonly values: Value[] = [];

  add(sql: string, ...values: readonly Value[]): void {
    this.parts.push(sql);
    this.values.push(...values);
  }

  oneOf(expression: string, values: readonly Value[]): void {
    this.add(
      values.length === 1 ? `${expression} = ?` : `${expression} IN (${values.map(() => '?').join(', ')})`,
      ...values,
    );
  }
}

/** A row of a page: enough to merge pages and to fetch the document. */
export interface PageRow {
  readonly id: number;
  readonly key: string;
  readonly sort: Value;
}

/**
 * The first `limit` matches in order. With one value for each field of the path it is a walk along the index, without
 * sorting; with several the matches are sorted.
 */
export function pageSql(
  tables: Tables,
  path: AccessPath,
  order: SortOrder,
  after: { readonly sort: Value; readonly key: string } | undefined,
  limit: number,
): Bound {
  const source = sourceOf(tables, path, order.field);
  const clauses = matching(tables, path, source, order.field);
  const sort = `${source.walked}.${column(order.field)}`;
  const key = `${source.walked}.key`;
  const [beyond, direction] = order.direction === 'asc' ? ['>', 'ASC'] : ['<', 'DESC'];
  if (after !== undefined) clauses.add(`(${sort}, ${key}) ${beyond} (?, ?)`, after.sort, after.key);
  const distinct = source.walked === 's' && path.tests.some(({ values }) => values.length > 1) ? 'DISTINCT ' : '';
  return {
    sql: `SELECT ${distinct}${source.id} AS id, ${key} AS key, ${sort} AS sort FROM ${source.from} WHERE ${clauses.parts.join(' AND ') || 'TRUE'} ORDER BY ${sort} ${direction}, ${key} ${direction} LIMIT ?`,
    values: [...clauses.values, limit],
  };
}

/** How many documents match, at most `limit`. */
export function countSql(tables: Tables, path: AccessPath, sortField: string | undefined, limit: number): Bound {
  const source = sourceOf(tables, path, sortField);
  const clauses = matching(tables, path, source, sortField);
  const distinct = source.walked === 's' && path.tests.some(({ values }) => values.length > 1) ? 'DISTINCT ' : '';
  return {
    sql: `SELECT count(*) AS count FROM (SELECT ${distinct}${source.id} FROM ${source.from} WHERE ${clauses.parts.join(' AND ') || 'TRUE'} LIMIT ?)`,
    values: [...clauses.values, limit],
  };
}

/** The index is named: which one serves was decided by the declarations, not by statistics that nobody gathers. */
function sourceOf(tables: Tables, path: AccessPath, sortField: string | undefined): Source {
  const { name, table } = indexOf(tables, path.list, sortField);
  const many = manyIn(tables, path.list);
  if (many === undefined) return { from: `"${table}" AS d INDEXED BY "${name}"`, walked: 'd', id: 'd.id' };
  const side = `"${table}" AS s INDEXED BY "${name}"`;
  const needsDocument = path.filters.some((test) => !standsIn(tables, many.columns, test, sortField));
  // CROSS JOIN keeps the order: the values are walked, and documents are looked up by number.
  const from = needsDocument ? `${side} CROSS JOIN "${tables.documents}" AS d ON d.id = s.doc` : side;
  return { from, walked: 's', id: 's.doc' };
}

/** Whether a filter can be tested on the table of values alone. */
const standsIn = (tables: Tables, columns: readonly string[], test: Test, sortField: string | undefined): boolean =>
  test.field === sortField || columns.includes(test.field) || tables.many.some(({ field }) => field === test.field);

function matching(tables: Tables, path: AccessPath, source: Source, sortField: string | undefined): Clauses {
  const clauses = new Clauses();
  const many = manyIn(tables, path.list);
  for (const { field, values } of path.tests) {
    clauses.oneOf(field === many?.field ? 's.value' : `${source.walked}.${column(field)}`, values);
  }
  for (const test of path.filters) {
    const other = tables.many.find(({ field }) => field === test.field);
    if (other !== undefined && test.kind === 'one-of') {
      const within = new Clauses();
      within.oneOf('m.value', test.values);
      clauses.add(
        `EXISTS (SELECT 1 FROM "${other.table}" AS m WHERE m.doc = ${source.id} AND ${within.parts.join('')})`,
        ...within.values,
      );
      continue;
    }
    const walked = test.field === sortField || many?.columns.includes(test.field) === true;
    compare(clauses, `${walked ? source.walked : 'd'}.${column(test.field)}`, test);
  }
  return clauses;
}

function compare(clauses: Clauses, expression: string, test: Test): void {
  if (test.kind === 'one-of') {
    clauses.oneOf(expression, test.values);
    return;
  }
  if (test.from !== undefined) clauses.add(`${expression} >= ?`, test.from);
  if (test.to !== undefined) clauses.add(`${expression} <= ?`, test.to);
  if (test.before !== undefined) clauses.add(`${expression} < ?`, test.before);
  if (test.from === undefined && test.to === undefined && test.before === undefined)
    clauses.add(`${expression} IS NOT NULL`);
}
