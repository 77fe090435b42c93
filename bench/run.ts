/**
 * Runs every bench/*.bench.ts, one after the other, and prints what each measured: `npm run bench [-- name ...]`.
 *
 * A bench exports `run(): Promise<Figure[]>` (by that name or as default). Each figure is a ratio against a baseline
 * measured in the same run, because only ratios survive a change of machine.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One line of the result. `ratio` = measured / baseline; `unit` is that of both. */
export interface Figure {
  name: string;
  measured: number;
  baseline: number;
  ratio: number;
  unit: string;
  note?: string;
}

type Run = () => Promise<Figure[]> | Figure[];
interface BenchModule {
  run?: Run;
  default?: Run;
}

const round = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

const line = (figure: Figure): string => {
  const { name, measured, baseline, ratio, unit, note } = figure;
  const values = `${round(measured)} against ${round(baseline)} ${unit}`;
  return `  ${name.padEnd(48)} ${ratio.toFixed(2).padStart(8)}   ${values}${note === undefined ? '' : `   (${note})`}`;
};

const folder = new URL('.', import.meta.url);
const wanted = process.argv.slice(2);
const files = readdirSync(fileURLToPath(folder))
  .filter((file) => file.endsWith('.bench.js'))
  .filter((file) => wanted.length === 0 || wanted.some((word) => file.includes(word)))
  .sort();

if (files.length === 0) console.log(wanted.length === 0 ? 'no benches' : `no bench is called ${wanted.join(' or ')}`);
for (const file of files) {
  console.log(file.replace('.bench.js', ''));
  try {
    const bench = (await import(new URL(file, folder).href)) as BenchModule;
    const run = bench.run ?? bench.default;
    if (run === undefined) throw new Error(`${file} exports neither run nor default`);
    for (const figure of await run()) console.log(line(figure));
  } catch (error) {
    process.exitCode = 1;
    console.error(error);
  }
}
