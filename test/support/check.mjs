/**
 * `npm test`: everything that CI runs, in order, stopping at the first step that fails. The name of each step and its
 * time are printed, and at the end which one failed. Arguments go on to Jest.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';

const results = '.build/results.json';
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

mkdirSync('.build', { recursive: true });
rmSync(results, { force: true });
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
