const DEFAULT = 1_000_000;

/** How many events the log of a bench holds: EVENTS of the environment, where only whether it works is looked at. */
export function historySize(): number {
  const size = Number(process.env.EVENTS ?? DEFAULT);
  if (!Number.isInteger(size) || size < 1)
    throw new RangeError(`EVENTS must be a whole number, not ${process.env.EVENTS}`);
  return size;
}

export const numberText = (count: number): string => count.toLocaleString('en-GB');
