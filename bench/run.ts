/**
 * Runs every bench/*.bench.ts, one after the other, and prints what each measured: `npm run bench [-- name ...] [--write]`.
 * With `--write` the results go into docs/BENCH.md, unless a bench failed.
 *
 * A bench exports `run(): Promise<Outcome[]>`. Each figure is a ratio against a baseline measured in the same run, because
 * only ratios survive a change of machine.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lineOf, type Outcome } from './figure.js';
import { assertMergeable, loadNow, PageRefuses, type Section, writePage } from './page.js';
import { killAll } from './support/serving.js';

interface BenchModule {
  readonly run?: () => Promise<readonly Outcome[]>;
}

const folder = new URL('.', import.meta.url);
const args = process.argv.slice(2);
const writes = args.includes('--write');
const wanted = args.filter((word) => !word.startsWith('--'));
const unknown = args.filter((word) => word.startsWith('--') && word !== '--write');
const files = readdirSync(fileURLToPath(folder))
  .filter((file) => file.endsWith('.bench.js'))
  .filter((file) => wanted.length === 0 || wanted.some((word) => file.includes(word)))
  .sort();

async function measured(file: string): Promise<Section> {
  const bench = file.replace('.bench.js', '');
  const load = loadNow();
  console.log(`${bench}   (load of the machine: ${load.toFixed(2)})`);
  const begun = performance.now();
  const { run } = (await import(new URL(file, folder).href)) as BenchModule;
  if (run === undefined) throw new Error(`${file} exports no run`);
  const outcomes = await run();
  for (const outcome of outcomes) console.log(lineOf(outcome));
  console.log(`  took ${((performance.now() - begun) / 1000).toFixed(0)} s`);
  return { bench, outcomes, at: Date.now(), load };
}

async function runAll(): Promise<void> {
  if (unknown.length > 0) throw new PageRefuses(`there is no option ${unknown.join(' ')}`);
  if (files.length === 0) throw new PageRefuses(`no bench is called ${wanted.join(' or ')}`);
  if (writes && wanted.length > 0) assertMergeable();
  const sections: Section[] = [];
  for (const file of files) {
    try {
      sections.push(await measured(file));
    } catch (error) {
      process.exitCode = 1;
      console.error(error);
    } finally {
      await killAll();
    }
  }
  if (!writes) return;
  if (sections.length < files.length) throw new PageRefuses('a bench failed, so docs/BENCH.md stays as it is');
  writePage(sections, wanted.length === 0);
  console.log('written to docs/BENCH.md');
}

try {
  await runAll();
} catch (error) {
  process.exitCode = 1;
  console.error(error instanceof PageRefuses ? error.message : error);
}
