/** One line of the result. `ratio` = measured / baseline, or the median of such ratios; `unit` is that of both. */
export interface Figure {
  readonly name: string;
  readonly measured: number;
  readonly baseline: number;
  readonly ratio: number;
  readonly unit: string;
  /** What it should be, in words: `ratio at least 0.8`. Absent where there is no aim. */
  readonly aim?: string;
  readonly note?: string;
  /** Milliseconds since 1970, where it was measured in an earlier run than the one that tells it. */
  readonly at?: number;
}

/** Figures that this run could not measure, and why. */
export interface Skipped {
  readonly name: string;
  /** In words: `no MongoDB: READ_MODEL_URL is not set`. */
  readonly skipped: string;
}

export type Outcome = Figure | Skipped;

/** Measured and baseline as text, each with three digits at least. */
export const valueText = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value === 0 ? '0' : value.toPrecision(3);

/** One line for the terminal. */
export function lineOf(outcome: Outcome): string {
  if ('skipped' in outcome) return `  ${outcome.name.padEnd(48)}  skipped: ${outcome.skipped}`;
  const { name, measured, baseline, ratio, unit, aim, note } = outcome;
  const values = `${valueText(measured)} against ${valueText(baseline)} ${unit}`;
  const remarks = [...(aim === undefined ? [] : [`aim: ${aim}`]), ...(note === undefined ? [] : [note])].join('; ');
  return `  ${name.padEnd(48)} ${ratio.toFixed(2).padStart(8)}   ${values}${remarks === '' ? '' : `   (${remarks})`}`;
}
