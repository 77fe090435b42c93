import type { SortOrder } from '../../../kernel/view.js';
import type { AccessPath, Test } from '../access-path.js';
import type { Value } from '../values.js';
import { type EntryTable, type IndexPlan, type Tables, column, orNone, servingOf } from './tables.js';

/** An SQL text, made of checked names only, and the values that it is run with. */
export interface Bound {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** One of the two tables of a query: the documents, or values of a field of type `texts` (which lead to documents). */
interface Source {
  readonly from: string;
  readonly plan: IndexPlan;
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
  /** Absent where no tie is to be broken. */
  readonly key?: string;
  readonly sort: Value;
}

/**
 * The first `limit` matches in order. With one value for each field of the path it is a walk along the index, without
 * sorting; with several the matches are sorted. Values of symbols are their numbers.
 */
export function pageSql(
  tables: Tables,
  path: AccessPath,
  order: SortOrder,
  after: { readonly sort: Value; readonly key: string } | undefined,
  limit: number,
): Bound {
  const source = sourceOf(tables, path, order.field);
  const clauses = matching(tables, path, source);
  const ties = source.plan.columns.includes('key');
  const place = [`${source.walked}.${column(order.field)}`, ...(ties ? [`${source.walked}.key`] : [])];
  const [beyond, direction] = order.direction === 'asc' ? ['>', 'ASC'] : ['<', 'DESC'];
  if (after !== undefined)
    clauses.add(
      `(${place.join(', ')}) ${beyond} (${place.map(() => '?').join(', ')})`,
      after.sort,
      ...(ties ? [after.key] : []),
    );
  const shown = [`${source.id} AS id`, `${place[0]} AS sort`, ...place.slice(1).map((key) => `${key} AS key`)];
  const sorted = place.map((one) => `${one} ${direction}`);
  return {
    sql: `SELECT ${distinctIn(source, path)}${shown.join(', ')} FROM ${source.from} WHERE ${clauses.parts.join(' AND ') || 'TRUE'} ORDER BY ${sorted.join(', ')} LIMIT ?`,
    values: [...clauses.values, limit],
  };
}

/** How many documents match, at most `limit`. */
export function countSql(tables: Tables, path: AccessPath, sortField: string | undefined, limit: number): Bound {
  const source = sourceOf(tables, path, sortField);
  const clauses = matching(tables, path, source);
  return {
    sql: `SELECT count(*) AS count FROM (SELECT ${distinctIn(source, path)}${source.id} FROM ${source.from} WHERE ${clauses.parts.join(' AND ') || 'TRUE'} LIMIT ?)`,
    values: [...clauses.values, limit],
  };
}

/** A document that has several of the values asked for is there once. */
const distinctIn = (source: Source, path: AccessPath): string =>
  source.walked === 's' && path.tests.some(({ values }) => values.length > 1) ? 'DISTINCT ' : '';

/** The index is named: which one serves was decided by the declarations, not by statistics that nobody gathers. */
function sourceOf(tables: Tables, path: AccessPath, sortField: string | undefined): Source {
  const plan = servingOf(tables, path.list, sortField);
  if (!isEntries(plan))
    return { from: `"${tables.documents}" AS d INDEXED BY "${plan.name}"`, plan, walked: 'd', id: 'd.id' };
  const values = `"${plan.name}" AS s`;
  const needsDocument = path.filters.some(({ field }) => !plan.copied.includes(field));
  // CROSS JOIN keeps the order: the values are walked, and documents are looked up by number.
  const from = needsDocument ? `${values} CROSS JOIN "${tables.documents}" AS d ON d.id = s.doc` : values;
  return { from, plan, walked: 's', id: 's.doc' };
}

const isEntries = (plan: IndexPlan | EntryTable): plan is EntryTable => 'copied' in plan;

function matching(tables: Tables, path: AccessPath, { plan, walked }: Source): Clauses {
  const clauses = new Clauses();
  const many = isEntries(plan) ? plan : undefined;
  for (const { field, values } of path.tests) {
    clauses.oneOf(field === many?.field ? 's.value' : `${walked}.${column(field)}`, values);
  }
  for (const test of path.filters) {
    const entries = tables.entries.find(({ field }) => field === test.field);
    if (entries !== undefined && test.kind === 'one-of') {
      const within = new Clauses();
      within.oneOf('m.value', test.values);
      const others = entries.columns.filter((name) => name !== 'value' && name !== 'doc');
      const same = others.map((name) => `m.${name} = ${name === 'key' ? 'd.key' : orNone(`d.${name}`)}`);
      clauses.add(
        `EXISTS (SELECT 1 FROM "${entries.name}" AS m WHERE ${[...same, ...within.parts, 'm.doc = d.id'].join(' AND ')})`,
        ...within.values,
      );
      continue;
    }
    compare(clauses, `${many?.copied.includes(test.field) === true ? 's' : 'd'}.${column(test.field)}`, test);
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
