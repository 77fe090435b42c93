/**
 * The closing lines of a CI run: what was skipped and why, what could not run, and as the very last line
 * `N passed, N failed` (`, N skipped`), from Jest's own counts. `node summary.mjs <exit code of npm test> <results.json> ...`:
 * the first file has to be there, the others are of runs that need a server.
 * No results (a static check stopped the run) is one failure, and so is a run that exits non-zero without one.
 */
import { readFileSync } from 'node:fs';

const [status, ...files] = process.argv.slice(2);
const print = (text) => process.stdout.write(`${text}\n`);

const read = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

const runs = files.map(read);
const there = runs.filter((run) => run !== undefined);
const suites = there.flatMap((run) => run.testResults);
const skipped = suites.flatMap(({ assertionResults }) =>
  assertionResults.filter((test) => test.status === 'pending' || test.status === 'todo' || test.status === 'disabled'),
);

/** Reasons stand in the names (see available.ts): `[skipped: no MongoDB at ...]`. */
const reasons = new Map();
for (const { fullName, status: kind } of skipped) {
  const reason =
    /\[skipped: ([^\]]*)\]/.exec(fullName)?.[1] ?? `${kind === 'todo' ? 'to do' : 'no reason given'}: ${fullName}`;
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
}
for (const [reason, count] of reasons) print(`skipped (${count}): ${reason}`);
for (const { assertionResults } of suites)
  for (const { status: ended, invocations = 1, fullName } of assertionResults)
    if (ended === 'passed' && invocations > 1) print(`failed at first: ${fullName}`);
for (const suite of suites) {
  for (const test of suite.assertionResults) if (test.status === 'failed') print(`failed: ${test.fullName}`);
  if (suite.status === 'failed' && suite.assertionResults.every((test) => test.status !== 'failed')) {
    print(`failed: ${suite.name.replace(/^.*\/\.build\//, '')} did not run`);
  }
}

const sum = (count) => there.reduce((total, run) => total + count(run), 0);
const passed = sum((run) => run.numPassedTests);
let failed = sum((run) => run.numFailedTests + run.numRuntimeErrorTestSuites);
const whole = runs[0] !== undefined && there.every((run) => run.success === true);
if (failed === 0 && (!whole || passed === 0 || status !== '0')) failed = 1;
print(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
