import type { Filter, IndexDescription, Sort } from 'mongodb';
import type { SortOrder } from '../../../kernel/view.js';
import type { AccessPath, Test } from '../access-path.js';
import type { Cursor } from '../cursor.js';
import type { Declaration } from '../declaration.js';
import { type StoredDocument, path, sortFieldsOf } from './documents.js';

type Clause = Filter<StoredDocument>;

/** Every text is at or above the first, every number at or above the second; other types are below neither nor above. */
const LOWEST = { text: '', number: -Infinity } as const;

const having = ({ fields }: Declaration, field: string): Clause => ({
  [path(field)]: { $gte: LOWEST[fields[field] === 'number' ? 'number' : 'text'] },
});

/** Values are texts and numbers, checked against the declaration: none can be taken for an operator. */
function clauseOf(declaration: Declaration, test: Test): Clause {
  const field = path(test.field);
  if (test.kind === 'one-of')
    return { [field]: test.values.length === 1 ? { $eq: test.values[0] } : { $in: [...test.values] } };
  const { from, to, before } = test;
  if (from === undefined && to === undefined && before === undefined) return having(declaration, test.field);
  return {
    [field]: {
      ...(from === undefined ? {} : { $gte: from }),
      ...(to === undefined ? {} : { $lte: to }),
      ...(before === undefined ? {} : { $lt: before }),
    },
  };
}

/** All conditions: which index serves them is for the server's planner, the declarations have seen to it that one does. */
const conditions = (declaration: Declaration, { tests, filters }: AccessPath): Clause[] =>
  [...tests, ...filters].map((test) => clauseOf(declaration, test));

/** A tombstone has no indexed values, so it meets no condition, this one included. */
export function pageFilter(
  declaration: Declaration,
  access: AccessPath,
  order: SortOrder,
  after: Cursor | undefined,
): Clause {
  const clauses = [...conditions(declaration, access), having(declaration, order.field)];
  if (after !== undefined) {
    const sort = path(order.field);
    const [from, beyond] = order.direction === 'asc' ? ['$gte', '$gt'] : ['$lte', '$lt'];
    // The first bounds the walk along the index, the second drops what was shown of equal ones.
    clauses.push({ [sort]: { [from]: after.sort } });
    clauses.push({ $or: [{ [sort]: { [beyond]: after.sort } }, { _id: { [beyond]: after.key } }] });
  }
  return { $and: clauses };
}

export function countFilter(declaration: Declaration, access: AccessPath): Clause {
  const clauses = conditions(declaration, access);
  const [sortField] = sortFieldsOf(declaration);
  if (clauses.length > 0) return { $and: clauses };
  return sortField === undefined ? { 's.d': { $exists: true } } : having(declaration, sortField);
}

/** Ties by the key, in the direction of the sort. */
export function sortOf({ field, direction }: SortOrder): Sort {
  const sign = direction === 'asc' ? 1 : -1;
  return { [path(field)]: sign, _id: sign };
}

/**
 * An index for each list with each sort field: compared fields first, then the sort field, then the key, so that a page is a
 * walk along it (backwards for the other direction). One for tombstones, which holds nothing else.
 */
export function indexesOf(declaration: Declaration): IndexDescription[] {
  const sortFields = sortFieldsOf(declaration);
  const ends = sortFields.length === 0 ? [[]] : sortFields.map((field) => [field]);
  const plans = declaration.indexes.flatMap((list) =>
    ends.map((end): IndexDescription => {
      const paths = [...list, ...end].map((field) => [path(field), 1] as const);
      return { name: `${list.join(',')}/${end.join('')}`, key: Object.fromEntries([...paths, ['_id', 1] as const]) };
    }),
  );
  return [...plans, { name: 'tombstones', key: { 's.t': 1 }, sparse: true }];
}
