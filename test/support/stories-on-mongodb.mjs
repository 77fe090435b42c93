/**
 * The end-to-end stories with views and vault on servers of MongoDB's protocol, two at a time: `npm run test:mongodb`, or with
 * the names of some. Jest's results go to .build/mongodb/<story>.json. All run, whatever fails; the exit code says whether
 * one did.
 *
 * With FERRETDB each story gets a server of its own: FerretDB 1.24 stops answering for good behind clients that were killed
 * under load, which some stories do on purpose. A MongoDB of READ_MODEL_URL and VAULT_URL serves them all.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const AT_ONCE = 2;
/** Milliseconds; a story that hangs is stopped. */
const LIMIT = 10 * 60_000;
const results = '.build/mongodb';
const root = fileURLToPath(new URL('../../', import.meta.url));
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
/**
 * They take longest, so they begin first. FerretDB 1.24 reads a whole collection for each list, and for each look-up of several
 * documents: what writes a lot or asks a lot takes minutes there.
 */
const LONG = ['durability', 'revocation', 'witnesses', 'bad-input', 'privacy', 'document-races'];
const asked = process.argv.slice(2);
const stories = readdirSync(`${root}test/e2e`)
  .filter((file) => file.endsWith('.spec.ts'))
  .map((file) => file.replace('.spec.ts', ''))
  .filter((story) => asked.length === 0 || asked.includes(story))
  .sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));

if (stories.length === 0) process.stderr.write(`There is no story ${asked.join(', ')}\n`);

function place(story) {
  const index = LONG.indexOf(story);
  return index === -1 ? LONG.length : index;
}

const env = { ...process.env, E2E_STORES: 'mongodb' };
if (process.env.FERRETDB) {
  delete env.READ_MODEL_URL;
  delete env.VAULT_URL;
}

/** Prints all that the story has to say when it has ended, so that two do not talk at once. */
function run(story) {
  const options = ['--json', `--outputFile=${results}/${story}.json`, '--testTimeout=120000', '--ci'];
  const command = [process.execPath, ...jest, `e2e/${story}\\.spec`, ...options];
  const begun = Date.now();
  const child = spawn(process.execPath, ['test/support/ferretdb.mjs', ...command], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT,
  });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => said.push(text));
  return new Promise((resolve) => {
    child.once('close', (status, signal) => {
      process.stdout.write(Buffer.concat(said));
      const seconds = ((Date.now() - begun) / 1000).toFixed(1);
      const how = status === 0 ? 'ok' : `FAILED, ${signal ?? `exit ${status}`}`;
      process.stdout.write(`-- ${story} on MongoDB: ${how}, ${seconds} s\n`);
      resolve(status === 0);
    });
  });
}

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
const outcomes = [];
async function runSome() {
  for (let story = stories.shift(); story !== undefined; story = stories.shift()) outcomes.push(await run(story));
}
await Promise.all(Array.from({ length: AT_ONCE }, runSome));
process.exitCode = outcomes.length > 0 && outcomes.every(Boolean) ? 0 : 1;
