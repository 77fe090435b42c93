import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { itIf } from '../support/available.js';
import { repositoryRoot } from '../support/root.js';
import { Server } from '../support/server.js';
import { embedded, FILES_ONLY } from '../support/stores.js';

const run = promisify(execFile);
const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
);

/** The tour's shell blocks as they are written, but for the port, which may be taken, and where `npx` finds the program. */
async function tour(url: string): Promise<string> {
  const readme = await readFile(join(repositoryRoot, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block!);
  expect(blocks.length).toBeGreaterThan(6);
  return blocks
    .join('\n')
    .replaceAll('http://127.0.0.1:3000', url)
    .replace('npx countersign import invoices.csv', `"${process.execPath}" "${CLI}" import invoices.csv --url ${url}`);
}

describe('the README', () => {
  itIf(
    hasCurl && embedded,
    hasCurl ? FILES_ONLY : 'there is no curl',
    'takes its reader on a tour that works as it is written',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'tour-'));
      const server = await Server.start();
      try {
        await mkdir(join(folder, 'work'));
        await symlink(server.folder, join(folder, 'work', 'data'));
        const { stdout, stderr } = await run('bash', ['-e', '-c', await tour(server.url)], {
          cwd: join(folder, 'work'),
        });
        expect(stderr.replace(/^importing.*\n/gm, '')).toBe('');
        expect(stdout).toContain('"permission":"invoices:void"');
        expect(stdout).toContain('accepted | Sue Low issued invoice 1 | invoices:issue as sales');
        expect(stdout).toMatch(/refused \| Sue Low .*invoices:void/);
        expect(stdout).toContain(
          '3 rows read, 0 rejected\n1 invoices, 1 credit notes, 2 customers and 3 products made',
        );
        expect(stdout.trim().split('\n').at(-1)).toContain('"code":"not-found"');
      } finally {
        await server.dispose();
        await rm(folder, { recursive: true, force: true });
      }
    },
  );

  it('names only tests that there are', async () => {
    const readme = await readFile(join(repositoryRoot, 'README.md'), 'utf8');
    const named = [...readme.matchAll(/`((?:src|test)\/[\w/.-]+\.spec\.ts)`/g)].map(([, path]) => path!);
    expect(named.length).toBeGreaterThan(8);
    for (const path of named) await access(join(repositoryRoot, path));
  });
});
