import { Refusal } from '../../kernel/refusal.js';

/**
 * Runs what names a new version of a secret in the log, and drops the version where that was refused. Where it is not known
 * whether the log names it, it stays.
 */
export async function orForget<T>(write: () => Promise<T>, forget: () => Promise<void>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof Refusal) await forget();
    throw error;
  }
}
