import type { FieldType, SortOrder, ViewDefinition } from '../../kernel/view.js';

/** What of a view decides how its documents are stored and found. Adapters keep it with each generation. */
export interface Declaration {
  readonly fields: Readonly<Record<string, FieldType>>;
  readonly sorts: Readonly<Record<string, SortOrder>>;
  readonly indexes: readonly (readonly string[])[];
}

const VIEW_NAME = /^[a-z]+(-[a-z]+)*$/;
/** Names become column names and paths of documents: nothing in them may mean something to a store. */
const FIELD_NAME = /^[A-Za-z][A-Za-z0-9]*$/;

/** Declarations of views that were found to be right; views are module constants, so this stays small. */
const checked = new WeakMap<object, Declaration>();

/**
 * The declaration of a view.
 *
 * @throws RangeError for names that are not allowed, and for sorts and indexes of fields that are not declared. A list of
 * indexed fields holds at most one of type `texts`: an index over two would hold every pair of their values, which
 * MongoDB refuses too.
 */
export function declarationOf(view: ViewDefinition): Declaration {
  const known = checked.get(view);
  if (known !== undefined) return known;
  const { fields, sorts, indexes } = view;
  const wrong = (what: string): never => {
    throw new RangeError(`View ${view.name}: ${what}`);
  };
  if (!VIEW_NAME.test(view.name)) wrong('a name has lower case letters and dashes only');
  if (!Number.isSafeInteger(view.version) || view.version < 1) wrong('a version is a whole number from 1 on');
  checkFields(Object.keys(fields), wrong);
  for (const [name, { field }] of Object.entries(sorts)) {
    if (!Object.hasOwn(fields, field) || fields[field] === 'texts') wrong(`sort ${name} needs a single-valued field`);
    if (fields[field] === 'symbol') wrong(`sort ${name} is by a symbol, which has no order`);
  }
  for (const list of indexes) checkList(list, fields, wrong);
  const declaration: Declaration = { fields, sorts, indexes };
  checked.set(view, declaration);
  return declaration;
}

function checkFields(names: readonly string[], wrong: (what: string) => never): void {
  for (const name of names) if (!FIELD_NAME.test(name)) wrong(`field ${name} is not a plain name`);
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length) wrong('two fields differ in case only');
}

function checkList(list: readonly string[], fields: Declaration['fields'], wrong: (what: string) => never): void {
  if (new Set(list).size < list.length) wrong(`an index names a field twice: ${list.join(', ')}`);
  for (const field of list) if (!Object.hasOwn(fields, field)) wrong(`an index of ${field}, which is no field`);
  if (list.filter((field) => fields[field] === 'texts').length > 1) wrong(`two texts in one index: ${list.join(', ')}`);
}

/** Two generations with the same text hold documents that are stored and indexed alike. */
export function textOf(declaration: Declaration): string {
  const { fields, sorts, indexes } = declaration;
  const sorted = <T>(record: Readonly<Record<string, T>>): [string, T][] =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({
    fields: Object.fromEntries(sorted(fields)),
    sorts: Object.fromEntries(sorted(sorts)),
    indexes,
  });
}
