/**
 * `npm test`: everything that CI runs, in order, stopping at the first step that fails. The name of each step and its
 * time are printed, and at the end which one failed. Arguments go on to Jest.
 *
 * With READ_MODEL_URL and VAULT_URL the end-to-end tests run once more, on those servers; without arguments only.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';

const results = '.build/results.json';
const resultsOnMongo = '.build/mongodb';
/** Milliseconds that one step may take: what hangs is stopped, so that the run still says how it ended. */
const limit = (process.env.CI ? 40 : 15) * 60_000;
const steps = [
  ['types', 'typecheck'],
  ['lint', 'lint'],
  ['format', 'format'],
  ['imports', 'imports'],
  ['build', 'build'],
  ['build of the tests', 'test:build'],
  ['tests', 'test:unit', '--json', `--outputFile=${results}`, ...process.argv.slice(2)],
];

const onMongo = process.env.READ_MODEL_URL && process.env.VAULT_URL && process.argv.length === 2;
if (onMongo) steps.push(['end to end on MongoDB', 'test:mongodb']);

mkdirSync('.build', { recursive: true });
for (const made of [results, resultsOnMongo]) rmSync(made, { recursive: true, force: true });
for (const [title, script, ...args] of steps) {
  const begun = Date.now();
  process.stdout.write(`\n== ${title} (npm run ${script})\n`);
  const { status, signal } = spawnSync(
    'npm',
    ['run', '--silent', script, ...(args.length > 0 ? ['--', ...args] : [])],
    {
      stdio: 'inherit',
      timeout: limit,
      shell: process.platform === 'win32',
    },
  );
  const seconds = ((Date.now() - begun) / 1000).toFixed(1);
  if (status !== 0) {
    process.stdout.write(
      `\n== FAILED: ${title} (npm run ${script}) ${signal ?? `exit ${status}`} after ${seconds} s\n`,
    );
    process.exit(status ?? 1);
  }
  process.stdout.write(`== ${title}: ok, ${seconds} s\n`);
}
