/** The part of a logger (pino's shape) that is used here. */
export interface ReactorLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** An error as it may be logged and recorded: its name and code, and the message only where it is one of ours. */
export function described(error: unknown, ours: boolean): string {
  if (!(error instanceof Error)) return typeof error;
  const { code, responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown };
  const codes = [code, responseCode].filter((part) => typeof part === 'string' || typeof part === 'number');
  return [error.name, ...codes.map(String), ...(ours ? [error.message] : [])].join(' ');
}
