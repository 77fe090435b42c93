import { hash } from 'node:crypto';
import type { FieldType, ViewDefinition, ViewQuery } from '../../kernel/view.js';
import { accessPaths } from './access-path.js';
import { declarationOf } from './declaration.js';
import { InvalidCursor } from './read-model.port.js';
import type { Value } from './values.js';

/** Where a page ended: the generation it was read from, and the sort value and key of its last document. */
export interface Cursor {
  readonly generation: number;
  readonly sort: Value;
  readonly key: string;
}

/** What binds a cursor to its query. */
const digestOf = (view: string, { where, sort }: ViewQuery): string =>
  hash('sha256', JSON.stringify([view, sort, where]), 'base64url').slice(0, 16);

/**
 * Opaque to clients, not secret: it says the sort value of the last document that the page showed. The generation alone
 * decides what is read; a forged one can only start the same query elsewhere.
 */
export function encodeCursor(view: string, query: ViewQuery, { generation, sort, key }: Cursor): string {
  return Buffer.from(JSON.stringify([digestOf(view, query), generation, sort, key])).toString('base64url');
}

/** @throws InvalidCursor for anything but a cursor of this query. */
export function decodeCursor(view: string, query: ViewQuery, sortType: FieldType, text: string): Cursor {
  const parts = parse(text);
  if (!Array.isArray(parts) || parts.length !== 4) throw new InvalidCursor('Not a cursor');
  const [digest, generation, sort, key] = parts as [unknown, unknown, unknown, unknown];
  if (digest !== digestOf(view, query)) throw new InvalidCursor('A cursor of another query');
  const sound =
    typeof generation === 'number' &&
    Number.isSafeInteger(generation) &&
    typeof key === 'string' &&
    isOf(sortType, sort);
  if (!sound) throw new InvalidCursor('Not a cursor');
  return { generation, sort, key };
}

/**
 * Checks a query by what its view declares, before anything is read; answers where the page begins.
 *
 * @throws RangeError for a query that the view cannot answer; InvalidCursor
 */
export function beginningOf(view: ViewDefinition, query: ViewQuery): Cursor | undefined {
  if (!Number.isSafeInteger(query.limit) || query.limit < 1)
    throw new RangeError('A limit is a whole number from 1 on');
  const declaration = declarationOf(view);
  accessPaths(view, declaration, query);
  if (query.after === undefined) return undefined;
  const { sorts, fields } = declaration;
  return decodeCursor(view.name, query, fields[sorts[query.sort]!.field]!, query.after);
}

const isOf = (type: FieldType, value: unknown): value is Value =>
  type === 'number' ? typeof value === 'number' && Number.isFinite(value) : typeof value === 'string';

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    throw new InvalidCursor('Not a cursor');
  }
}
