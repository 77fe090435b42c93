/**
 * Compiles src, test and bench to .build, file by file, so that tests and benches run what ships.
 *
 * Only what is newer than its output is compiled; output whose source is gone is removed; each file is replaced by a
 * rename, so a run that is under way never reads half a file. `--keep-going`: a file that does not parse is reported,
 * the others are compiled all the same and the exit code stays 0.
 */
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const out = join(root, '.build');
const trees = ['src', 'test', 'bench'];
const keepGoing = process.argv.includes('--keep-going');

const list = async (folder) => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
};
const changed = async (file) => (await stat(file).catch(() => undefined))?.mtimeMs ?? 0;
const compiles = (file) => file.endsWith('.ts') && !file.endsWith('.d.ts');
const outputOf = (source) => join(out, relative(root, source)).replace(/\.ts$/, '.js');

const replace = async (file, text) => {
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, text);
  await rename(draft, file);
};

const compile = async (source) => {
  const target = outputOf(source);
  const { code, map } = await transformFile(source, {
    cwd: root,
    swcrc: true,
    sourceMaps: true,
    sourceFileName: relative(dirname(target), source),
    outputPath: target,
  });
  await mkdir(dirname(target), { recursive: true });
  await replace(`${target}.map`, map ?? '{}');
  await replace(target, `${code}\n//# sourceMappingURL=${basename(target)}.map\n`);
};

const toolchain = Math.max(await changed(join(root, '.swcrc')), await changed(fileURLToPath(import.meta.url)));
const sources = (await Promise.all(trees.map((tree) => list(join(root, tree))))).flat().filter(compiles);
const expected = new Set(sources.flatMap((source) => [outputOf(source), `${outputOf(source)}.map`]));
const present = (await Promise.all(trees.map((tree) => list(join(out, tree))))).flat();
const stale = present.filter((file) => /\.js(\.map)?$/.test(file) && !expected.has(file));
await Promise.all(stale.map((file) => rm(file, { force: true })));

let compiled = 0;
let broken = 0;
await Promise.all(
  sources.map(async (source) => {
    const made = await changed(outputOf(source));
    if (made > toolchain && made > (await changed(source))) return;
    try {
      await compile(source);
      compiled += 1;
    } catch (error) {
      broken += 1;
      await rm(outputOf(source), { force: true });
      process.stderr.write(`${relative(root, source)}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }),
);
process.stdout.write(
  `.build: ${compiled} of ${sources.length} files compiled, ${stale.length} stale ones removed${broken > 0 ? `, ${broken} BROKEN` : ''}\n`,
);
process.exitCode = broken > 0 && !keepGoing ? 1 : 0;
