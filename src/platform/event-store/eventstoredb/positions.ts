import type { Position, ReadPosition } from '@eventstore/db-client';

/** Digits of the largest unsigned 64-bit number, so that texts sort as the positions do. */
const DIGITS = 20;
const TEXT = /^(\d{20})(\d{20})$/;

/** The position before the first event. */
export const BEFORE_ALL = '0'.repeat(2 * DIGITS);

/** Commit position, then prepare position: the order of `$all`. */
export function positionText({ commit, prepare }: Position): string {
  return digits(commit) + digits(prepare);
}

/** @throws RangeError for a text that no store of this kind gave out. */
export function readPosition(text: string | undefined): ReadPosition {
  if (text === undefined || text === BEFORE_ALL) return 'start';
  const [, commit, prepare] = TEXT.exec(text) ?? [];
  if (commit === undefined || prepare === undefined) throw new RangeError('This is no position of EventStoreDB');
  return { commit: BigInt(commit), prepare: BigInt(prepare) };
}

function digits(number: bigint): string {
  return number.toString().padStart(DIGITS, '0');
}
