import type { Erasure, Vault } from '../vault/vault.port.js';
import { BackupUnusable } from './manifest.js';

/** A register of erasures as a file: ids and instants, nothing of a person. */
export const registerText = (erasures: readonly Erasure[]): string => `${JSON.stringify({ erasures }, null, 2)}\n`;

/** @param name of the file, for the message @throws BackupUnusable */
export function parseRegister(text: string, name: string): readonly Erasure[] {
  let erasures: unknown;
  try {
    ({ erasures } = JSON.parse(text) as { erasures?: unknown });
  } catch {
    erasures = undefined;
  }
  if (!Array.isArray(erasures) || !erasures.every(isErasure))
    throw new BackupUnusable(`${name} is no register of erasures`);
  return erasures;
}

function isErasure(entry: unknown): entry is Erasure {
  if (typeof entry !== 'object' || entry === null) return false;
  const { organisation, subject, erasedAt } = entry as Partial<Record<keyof Erasure, unknown>>;
  const isInstant = typeof erasedAt === 'string' && !Number.isNaN(Date.parse(erasedAt));
  return typeof organisation === 'string' && typeof subject === 'string' && subject !== '' && isInstant;
}

/**
 * Destroys again what a register says was destroyed and the vault has, because it is older. Answers how many.
 *
 * @param at is told the instant of each erasure before it is done, for the vault's own register
 */
export async function applyErasures(
  vault: Vault,
  register: readonly Erasure[],
  at: (milliseconds: number) => void,
): Promise<number> {
  const placeOf = ({ organisation, subject }: Erasure): string => JSON.stringify([organisation, subject]);
  const done = new Set((await vault.erasures()).map(placeOf));
  let applied = 0;
  for (const erasure of [...register].sort((a, b) => Date.parse(a.erasedAt) - Date.parse(b.erasedAt))) {
    if (done.has(placeOf(erasure))) continue;
    done.add(placeOf(erasure));
    at(Date.parse(erasure.erasedAt));
    // A key in no organisation is an account's own, and its erasure took the account's credentials along.
    if (erasure.organisation === '') await vault.dropCredentials(erasure.subject);
    await vault.destroySubjectKey(erasure.organisation, erasure.subject);
    applied += 1;
  }
  return applied;
}
