import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSealed, writeSealed } from './sealed-file.js';

describe('a sealed file', () => {
  const key = randomBytes(32);
  const name = 'org/export';
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sealed-'));
    file = join(folder, 'deep', 'a.sealed');
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function* chunks(...content: readonly (Uint8Array | string)[]): AsyncGenerator<Uint8Array | string> {
    yield* content;
  }
  const read = async (opened = { key, name }): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    for await (const piece of readSealed(file, opened)) pieces.push(piece);
    return Buffer.concat(pieces);
  };

  it.each([0, 1, 64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1, 300_000])('of %i bytes comes back', async (size) => {
    const content = randomBytes(size);
    expect(
      await writeSealed(file, { key, name }, chunks(content.subarray(0, size / 3), content.subarray(size / 3))),
    ).toBe(size);
    expect((await read()).equals(content)).toBe(true);
    expect(await readdir(join(folder, 'deep'))).toEqual(['a.sealed']);
  });

  it('holds nothing in plain text', async () => {
    await writeSealed(file, { key, name }, chunks('Wilhelmina '.repeat(10_000)));
    expect((await readFile(file)).includes('Wilhelmina')).toBe(false);
  });

  it('opens under its own key and name only, and whole', async () => {
    await writeSealed(file, { key, name }, chunks(randomBytes(200_000)));
    await expect(read({ key: randomBytes(32), name })).rejects.toThrow(/altered/);
    await expect(read({ key, name: 'org/other' })).rejects.toThrow(/altered/);
    const bytes = await readFile(file);
    const first = 4 + bytes.readUInt32BE();
    await writeFile(file, bytes.subarray(0, first));
    await expect(read()).rejects.toThrow(/altered/);
    await writeFile(file, bytes.subarray(0, first + 10));
    await expect(read()).rejects.toThrow(/cut short/);
    await writeFile(file, bytes.subarray(first));
    await expect(read()).rejects.toThrow(/altered/);
  });

  it('is not there where its content broke off', async () => {
    async function* broken(): AsyncGenerator<string> {
      yield 'half';
      throw new Error('away');
    }
    await expect(writeSealed(file, { key, name }, broken())).rejects.toThrow('away');
    expect(await readdir(join(folder, 'deep'))).toEqual([]);
  });
});
