/**
 * `npm test`: everything that CI runs, stopping at the first step that fails. The name of each step and its time are printed,
 * and at the end which one failed. Arguments go on to Jest.
 *
 * The linter takes longer than all other checks of the sources, so they run beside it; what each says is printed when it has
 * ended. The tests come when all of them have passed, and have the machine for themselves.
 *
 * With READ_MODEL_URL and VAULT_URL the end-to-end tests run once more, on those servers; without arguments only.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';

const results = '.build/results.json';
const resultsOnMongo = '.build/mongodb';
/** Milliseconds that one step may take: what hangs is stopped, so that the run still says how it ended. */
const limit = (process.env.CI ? 40 : 15) * 60_000;
const windows = process.platform === 'win32';

const others = [
  ['types', 'typecheck'],
  ['format', 'format'],
  ['imports', 'imports'],
  ['build', 'build'],
  ['build of the tests', 'test:build'],
];
const lint = ['lint', 'lint'];
const tests = ['tests', 'test:unit', '--json', `--outputFile=${results}`, ...process.argv.slice(2)];
const onMongo = process.env.READ_MODEL_URL && process.env.VAULT_URL && process.argv.length === 2;

/** Running steps, each a group of processes of its own: npm keeps a signal to itself until its script has ended. */
const running = new Set();
const stop = (child) => {
  try {
    if (windows) child.kill();
    else process.kill(-child.pid, 'SIGTERM');
  } catch (error) {
    // It has ended in between.
    if (error.code !== 'ESRCH') throw error;
  }
};
const stopAll = () => running.forEach(stop);
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
])
  process.once(signal, () => {
    stopAll();
    process.exit(code);
  });

/** Runs a step; answers what it said, where that was not printed at once, and how it ended. */
function run([title, script, ...args], atOnce) {
  const begun = Date.now();
  const child = spawn('npm', ['run', '--silent', script, ...(args.length > 0 ? ['--', ...args] : [])], {
    stdio: ['ignore', atOnce ? 'inherit' : 'pipe', atOnce ? 'inherit' : 'pipe'],
    detached: !windows,
    shell: windows,
  });
  running.add(child);
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => said.push(text));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    stop(child);
  }, limit);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      clearTimeout(timer);
      running.delete(child);
      const how = late ? 'took too long' : (signal ?? `exit ${status}`);
      resolve({
        ...{ title, script, said, how, ok: status === 0 && !late, status: status || 1 },
        seconds: ((Date.now() - begun) / 1000).toFixed(1),
      });
    });
  });
}

const print = (text) => process.stdout.write(text);
const begin = ([title, script]) => print(`\n== ${title} (npm run ${script})\n`);

/** Says how a step ended, and ends everything with one that failed. */
function end({ title, script, how, ok, status, seconds }) {
  if (ok) return print(`== ${title}: ok, ${seconds} s\n`);
  stopAll();
  print(`\n== FAILED: ${title} (npm run ${script}) ${how} after ${seconds} s\n`);
  process.exit(status);
}

mkdirSync('.build', { recursive: true });
for (const made of [results, resultsOnMongo]) rmSync(made, { recursive: true, force: true });

/** One after the other; what each said is printed when it has ended. */
async function inTurn(steps) {
  for (const step of steps) {
    const ended = await run(step, false);
    begin(step);
    for (const text of ended.said) print(text);
    end(ended);
  }
}
await Promise.all([inTurn(others), inTurn([lint])]);

for (const step of [tests, ...(onMongo ? [['end to end on MongoDB', 'test:mongodb']] : [])]) {
  begin(step);
  end(await run(step, true));
}
