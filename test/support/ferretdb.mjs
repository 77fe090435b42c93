/**
 * FerretDB for the tests of MongoDB, where Go is at hand. `node ferretdb.mjs <command> [arguments]` builds the server (kept
 * between runs below ~/.cache, by what it is made of), starts it on a free port and a folder of its own, runs the
 * command with READ_MODEL_URL and VAULT_URL (and FERRETDB, which says that these are no MongoDB), stops the server and exits as
 * the command did. Variables that are set already stay. Without Go, or where the build fails, the command runs without a
 * server, and its suites say that they were skipped.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('./ferretdb/', import.meta.url));
const say = (text) => process.stderr.write(`ferretdb: ${text}\n`);
/** Milliseconds: from nothing it takes two to five minutes on two cores. */
const BUILD_LIMIT = 20 * 60_000;
const START_LIMIT = 15_000;

/** The program; undefined where it cannot be had, with the reason said. */
function program() {
  const version = spawnSync('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], { encoding: 'utf8' });
  if (version.status !== 0) return say('Go is not installed: suites on MongoDB are skipped');
  const hash = createHash('sha256').update(version.stdout);
  for (const name of ['main.go', 'go.mod', 'go.sum']) hash.update(readFileSync(join(source, name)));
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'countersign');
  const file = join(folder, `ferretdb-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  say('building, this takes some minutes once');
  const made = `${file}.${process.pid}`;
  const { status } = spawnSync('go', ['build', '-trimpath', '-tags', 'ferretdb_no_postgresql', '-o', made, '.'], {
    cwd: source,
    env: { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly -buildvcs=false' },
    stdio: ['ignore', 2, 2],
    timeout: BUILD_LIMIT,
  });
  if (status !== 0) return say('it could not be built: suites on MongoDB are skipped');
  renameSync(made, file);
  return file;
}

/** Starts a server that ends with this process; undefined where it does not come up. */
async function start(file) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-ferretdb-'));
  const server = spawn(file, [folder], { stdio: ['pipe', 'pipe', 2] });
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      const exited = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await exited;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const url = await new Promise((resolve) => {
    const timer = setTimeout(resolve, START_LIMIT);
    const settle = (answer) => {
      clearTimeout(timer);
      resolve(answer);
    };
    server.once('exit', () => settle(undefined));
    server.once('error', () => settle(undefined));
    createInterface({ input: server.stdout }).once('line', settle);
  });
  if (url === undefined) {
    await stop();
    return say('it did not start: suites on MongoDB are skipped');
  }
  return { url, stop };
}

const [command, ...args] = process.argv.slice(2);
const file = process.env.READ_MODEL_URL && process.env.VAULT_URL ? undefined : program();
const server = file === undefined ? undefined : await start(file);
const env = { ...process.env };
if (server !== undefined) {
  env.READ_MODEL_URL ||= server.url;
  env.VAULT_URL ||= server.url;
  env.FERRETDB = server.url;
}
const running = spawn(command, args, { stdio: 'inherit', env });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => running.kill(signal));
const status = await new Promise((resolve) => {
  running.once('error', () => resolve(127));
  running.once('exit', (code) => resolve(code ?? 1));
});
await server?.stop();
process.exitCode = status;
