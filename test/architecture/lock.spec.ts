import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../support/root.js';

describe('package-lock.json', () => {
  it('has the builds of every platform, without which npm ci refuses it', async () => {
    const script = join(repositoryRoot, 'test/support/lock.mjs');
    await expect(promisify(execFile)(process.execPath, [script, '--check'])).resolves.toMatchObject({ stderr: '' });
  });

  it('names no registry', async () => {
    expect(await readFile(join(repositoryRoot, 'package-lock.json'), 'utf8')).not.toContain('"resolved"');
  });
});
