/**
 * `npm test`: everything that CI runs, in order, stopping at the first step that fails. The name of each step and its
 * time are printed, and at the end which one failed. Arguments go on to Jest.
 *
 * With READ_MODEL_URL and VAULT_URL the end-to-end tests run once more, on those servers; without arguments only.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';

const results = '.build/results.json';
const resultsOnMongo = '.build/results-mongodb.json';
const ON_MONGO = 'end to end on MongoDB';
/**
 * The stories that run once more on MongoDB. The others pass there one by one, but FerretDB 1.24 stops answering for good behind
 * clients that were killed under load, and it scans a collection for each document.
 */
const STORIES = 'e2e/(main-job|openapi|roles-walk)\\.spec';
/** Milliseconds that one step may take: what hangs is stopped, so that the run still says how it ended. */
const limit = 15 * 60_000;
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
if (onMongo) {
  const json = ['--json', `--outputFile=${resultsOnMongo}`];
  steps.push([ON_MONGO, 'test:unit', ...json, STORIES, '--testTimeout=120000']);
}

mkdirSync('.build', { recursive: true });
for (const file of [results, resultsOnMongo]) rmSync(file, { force: true });
for (const [title, script, ...args] of steps) {
  const begun = Date.now();
  process.stdout.write(`\n== ${title} (npm run ${script})\n`);
  const { status, signal } = spawnSync(
    'npm',
    ['run', '--silent', script, ...(args.length > 0 ? ['--', ...args] : [])],
    {
      stdio: 'inherit',
      timeout: limit,
      env: title === ON_MONGO ? { ...process.env, E2E_STORES: 'mongodb' } : process.env,
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
