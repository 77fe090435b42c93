import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeDurably } from './files.js';

describe('files written whole', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'files-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('replaces, is for its owner only, and leaves no draft', async () => {
    const file = join(folder, 'a');
    await writeDurably(file, 'one');
    await writeDurably(file, 'two');
    expect(await readFile(file, 'utf8')).toBe('two');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('exclusive: of many at once one wins, the others are refused, and nothing is mixed', async () => {
    const file = join(folder, 'a');
    const writes = ['one', 'two', 'three'].map((text) => writeDurably(file, text, { exclusive: true }));
    const results = await Promise.allSettled(writes);
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    expect(results.find((result) => result.status === 'rejected')?.reason).toMatchObject({ code: 'EEXIST' });
    expect(['one', 'two', 'three']).toContain(await readFile(file, 'utf8'));
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('rejects where there is no folder', async () => {
    await expect(writeDurably(join(folder, 'no', 'a'), 'x')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
