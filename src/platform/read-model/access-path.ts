import type { Condition, ViewDefinition, ViewQuery } from '../../kernel/view.js';
import { type Declaration, declarationOf } from './declaration.js';
import { ViewNotReady } from './read-model.port.js';
import { type Value, wellFormed } from './values.js';

/** A condition in one of two forms: the field holds one of the values, or lies in a range. */
export type Test = OneOf | Range;
export interface OneOf {
  readonly kind: 'one-of';
  readonly field: string;
  readonly values: readonly Value[];
}
export interface Range {
  readonly kind: 'range';
  readonly field: string;
  readonly from?: Value;
  readonly to?: Value;
  readonly before?: Value;
}

/** One way to serve a query: a declared list whose fields all have a test, and what is left to filter. */
export interface AccessPath {
  readonly list: readonly string[];
  /** One for each field of the list, in its order. */
  readonly tests: readonly OneOf[];
  readonly filters: readonly Test[];
}

/**
 * The ways to serve a query by the indexes of a generation, in the order of their declaration; a way that another one only
 * refines is left out. The second list is empty where some condition cannot be met by any document.
 *
 * @throws RangeError for what the view does not declare; ViewNotReady for what only this generation does not.
 */
export function accessPaths(
  view: ViewDefinition,
  generation: Declaration,
  query: Pick<ViewQuery, 'where'> & { readonly sort?: string },
): readonly AccessPath[] | 'nothing' {
  const own = declarationOf(view);
  const wanted = pathsOf(view.name, own, query);
  const paths = generation === own ? wanted : olderPaths(view.name, generation, query);
  return orNothing(paths);
}

/** The paths, unless some condition allows no value at all. */
export function orNothing(paths: readonly AccessPath[]): readonly AccessPath[] | 'nothing' {
  const unmet = paths.some(({ tests, filters }) =>
    [...tests, ...filters].some((test) => test.kind === 'one-of' && test.values.length === 0),
  );
  return unmet ? 'nothing' : paths;
}

function olderPaths(
  name: string,
  generation: Declaration,
  query: Parameters<typeof pathsOf>[2],
): readonly AccessPath[] {
  try {
    return pathsOf(name, generation, query);
  } catch (error) {
    throw error instanceof RangeError ? new ViewNotReady(`View ${name} is being built in its new shape`) : error;
  }
}

function pathsOf(
  name: string,
  declaration: Declaration,
  { where, sort }: Pick<ViewQuery, 'where'> & { readonly sort?: string },
): readonly AccessPath[] {
  if (sort !== undefined && !Object.hasOwn(declaration.sorts, sort))
    throw new RangeError(`View ${name} has no sort ${sort}`);
  const tests = where.map((condition) => testOf(name, declaration, condition));
  const paths = declaration.indexes.flatMap((list) => pathsBy(list, tests));
  if (paths.length === 0) {
    const fields = where.map(({ field }) => field).join(', ') || 'nothing';
    throw new RangeError(`View ${name} declares no index for conditions on ${fields}`);
  }
  return paths.filter((path) => !paths.some((other) => refines(other, path)));
}

const refines = (one: AccessPath, other: AccessPath): boolean =>
  one.tests.length > other.tests.length && other.tests.every((test) => one.tests.includes(test));

/** Every choice of one test for each field of the list: a field of texts may have several, and each may lead. */
function pathsBy(list: readonly string[], tests: readonly Test[]): AccessPath[] {
  let choices: OneOf[][] = [[]];
  for (const field of list) {
    const usable = tests.filter((test) => test.kind === 'one-of' && test.field === field) as OneOf[];
    choices = choices.flatMap((chosen) => usable.map((test) => [...chosen, test]));
  }
  return choices.map((chosen) => ({
    list,
    tests: chosen,
    filters: tests.filter((test) => !chosen.some((taken) => taken === test)),
  }));
}

function testOf(name: string, { fields }: Declaration, condition: Condition): Test {
  const { field } = condition;
  const type = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (type === undefined) throw new RangeError(`View ${name} has no indexed field ${field}`);
  const checked = (value: Value): Value => {
    if (typeof value !== (type === 'number' ? 'number' : 'string')) {
      throw new RangeError(`Field ${field} of view ${name} is of type ${type}, not ${typeof value}`);
    }
    return typeof value === 'string' ? wellFormed(value) : value;
  };
  const oneOf = (values: readonly Value[], many: boolean): OneOf => {
    if (many !== (type === 'texts')) throw new RangeError(`Field ${field} of view ${name} is of type ${type}`);
    return { kind: 'one-of', field, values: [...new Set(values.map(checked))] };
  };
  if ('eq' in condition) return oneOf([condition.eq], false);
  if ('in' in condition) return oneOf(condition.in, false);
  if ('has' in condition) return oneOf([condition.has], true);
  if ('hasAny' in condition) return oneOf(condition.hasAny, true);
  if (type === 'texts' || type === 'symbol') throw new RangeError(`Field ${field} of view ${name} has no range`);
  return {
    kind: 'range',
    field,
    ...(condition.from === undefined ? {} : { from: checked(condition.from) }),
    ...(condition.to === undefined ? {} : { to: checked(condition.to) }),
    ...(condition.before === undefined ? {} : { before: checked(condition.before) }),
  };
}
