import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from './root.js';

const source = join(repositoryRoot, 'test/support/go-verify');
/** Milliseconds; the modules are downloaded the first time. */
const BUILD_LIMIT = 3 * 60_000;

/**
 * The program of test/support/go-verify, which confirms proofs with Go's own libraries: built once, and kept below ~/.cache by
 * what it is made of. Where it cannot be had, the reason.
 */
export function goVerify(): { readonly file: string } | { readonly missing: string } {
  const version = spawnSync('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], { encoding: 'utf8' });
  if (version.status !== 0) return { missing: 'Go is not installed' };
  const hash = createHash('sha256').update(version.stdout);
  for (const name of ['main.go', 'go.mod', 'go.sum']) hash.update(readFileSync(join(source, name)));
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'countersign');
  const file = join(folder, `go-verify-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(file)) return { file };
  mkdirSync(folder, { recursive: true });
  const made = `${file}.${process.pid}`;
  const { status } = spawnSync('go', ['build', '-trimpath', '-o', made, '.'], {
    cwd: source,
    env: { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly -buildvcs=false' },
    timeout: BUILD_LIMIT,
  });
  if (status !== 0) return { missing: 'the Go program could not be built' };
  renameSync(made, file);
  return { file };
}
