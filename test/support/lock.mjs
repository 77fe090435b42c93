/**
 * `npm run lock`: gives package-lock.json an entry for every platform's build of a native package.
 *
 * Where a registry does not carry the builds of other platforms, npm leaves them out of the lock, and `npm ci` then
 * refuses the lock everywhere. Their versions stand in the package that asks for them; the platform is in their names.
 * They have no checksum, since nothing was downloaded: an entry that npm wrote itself is never touched, and
 * `npm install` where the builds can be had replaces these. `--check` only tells. Run it after `npm install`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const file = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const { packages } = lock;

const platform =
  /(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|x64|ia32|loong64|ppc64|riscv64|s390x)(?:-(gnu|musl)?[a-z]*)?$/;

/** Where Node would find `name` from the package at `place`, or undefined. */
const found = (place, name) => {
  const inside = `${place === '' ? '' : `${place}/`}node_modules/${name}`;
  if (packages[inside] !== undefined) return inside;
  if (place === '') return undefined;
  const above = place.lastIndexOf('/node_modules/');
  return found(above < 0 ? '' : place.slice(0, above), name);
};

const entry = (parent, name, version) => {
  const [, os, cpu, libc] = platform.exec(name) ?? [];
  if (os === undefined || !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    throw new Error(`no platform in ${name}@${version}`);
  return {
    version,
    cpu: [cpu],
    ...(parent.dev ? { dev: true } : {}),
    ...(os === 'linux' && libc !== undefined ? { libc: [libc === 'gnu' ? 'glibc' : 'musl'] } : {}),
    optional: true,
    os: [os],
  };
};

const missing = Object.entries(packages).flatMap(([place, parent]) =>
  Object.entries(parent.optionalDependencies ?? {})
    .filter(([name]) => found(place, name) === undefined)
    .map(([name, version]) => [name, entry(parent, name, version)]),
);

if (process.argv.includes('--check')) {
  for (const [name, { version }] of missing) console.error(`package-lock.json lacks ${name}@${version}: npm run lock`);
  process.exitCode = missing.length > 0 ? 1 : 0;
} else {
  for (const [name, value] of missing) packages[`node_modules/${name}`] = value;
  lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`package-lock.json: ${missing.length} entries added`);
}
