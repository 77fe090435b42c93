/**
 * The code of an error of SQLite (`SQLITE_BUSY`); undefined for any other error. By its shape, because the driver's class is
 * not one and the same where modules are loaded more than once in a process, as test runners do.
 */
export function sqliteCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
  return name === 'SqliteError' && typeof code === 'string' ? code : undefined;
}
