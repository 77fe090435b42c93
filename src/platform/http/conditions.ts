import type { Condition } from '../../kernel/view.js';

/** For those of the fields that a filter says anything about. */
export const areEqual = (fields: { readonly [field: string]: string | undefined }): readonly Condition[] =>
  Object.entries(fields).flatMap(([field, eq]) => (eq === undefined ? [] : [{ field, eq }]));

/** Book dates of a filter, both included. */
export const areDated = ({
  from,
  to,
}: {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}): readonly Condition[] => [
  ...(from === undefined ? [] : [{ field: 'date', from }]),
  ...(to === undefined ? [] : [{ field: 'date', to }]),
];
