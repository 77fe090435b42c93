import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './root.js';

/**
 * One file for each version of each type of event, `<Type>.v<N>.json`: a list of data, one for each shape that was ever written
 * under that version. Personal fields are in plain text here. Nothing is ever taken out of them: the logs of others hold it.
 */
const FOLDER = join(repositoryRoot, 'test/fixtures/events');

export interface EventFixture {
  readonly type: string;
  readonly version: number;
  readonly data: object;
}

/** Whether missing fixtures are written instead of complained of: `npm run fixtures`. */
export const writesFixtures = process.env.WRITE_FIXTURES === '1';

export function eventFixtures(): readonly EventFixture[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER)
    .sort()
    .flatMap((name) => {
      const [, type, version] = /^([A-Za-z]+)\.v(\d+)\.json$/.exec(name) ?? [];
      if (type === undefined) throw new Error(`${name} is no fixture of an event`);
      return shapesIn(type, Number(version)).map((data) => ({ type, version: Number(version), data }));
    });
}

/** Whether data of this shape stands in a fixture. */
export const hasFixture = (type: string, version: number, data: object): boolean =>
  shapesIn(type, version).some((known) => shapeOf(known) === shapeOf(plain(data)));

export function addFixture(type: string, version: number, data: object): void {
  mkdirSync(FOLDER, { recursive: true });
  const shapes = [...shapesIn(type, version), plain(data)];
  writeFileSync(fileOf(type, version), `${JSON.stringify(shapes, undefined, 2)}\n`);
}

/**
 * The fields of JSON data and what kind of value each holds, as one text. Lists are as their elements are; where a key is an id
 * or a word that somebody chose, it is a field like any other.
 */
export function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return `[${[...new Set(value.map(shapeOf))].sort().join('|')}]`;
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}:${shapeOf(field)}`);
  return `{${fields.sort().join(',')}}`;
}

const fileOf = (type: string, version: number): string => join(FOLDER, `${type}.v${version}.json`);

function shapesIn(type: string, version: number): readonly object[] {
  const file = fileOf(type, version);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly object[]) : [];
}

/** As a log gives it back: without what is undefined. */
const plain = (data: object): object => JSON.parse(JSON.stringify(data)) as object;
