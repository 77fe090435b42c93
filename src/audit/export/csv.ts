/** One row for each event. */
export const CSV_COLUMNS = [
  'at',
  'who',
  'what',
  'recordKind',
  'recordId',
  'recordLabel',
  'permission',
  'role',
  'grantedBy',
  'outcome',
  'correlationId',
  'eventId',
] as const;
