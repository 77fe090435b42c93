import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Outcome, valueText } from './figure.js';

/** Two folders up from .build/bench/. */
const PAGE = fileURLToPath(new URL('../../docs/BENCH.md', import.meta.url));

const INTRODUCTION = `# Bench

Made by \`npm run bench -- --write\`, never by hand. Each figure is a ratio against a baseline of the same run, because only
ratios survive a change of machine: \`bench/\` says of each what is compared. Of rates more is better, of times and memory less.
`;

/** What a bench said, and when. */
export interface Section {
  readonly bench: string;
  readonly outcomes: readonly Outcome[];
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Processes that wanted to run in the minute before. */
  readonly load: number;
}

/** The page holds figures of another machine, or was edited: single runs cannot stand beside them. */
export class PageRefuses extends Error {
  override readonly name = 'PageRefuses';
}

/** The machine, without its name. */
export function machine(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `Machine: ${model}, ${processors.length} cores, ${memory} of memory, Node ${process.version}, ${type()} ${release().replace(/-.*/, '')}.`;
}

export const loadNow = (): number => loadavg()[0]!;

/**
 * Writes the page of results. A run of all benches replaces it; one of some replaces their sections and leaves the others,
 * whose rows keep their dates.
 *
 * @throws PageRefuses for some, where the page is missing or of another machine
 */
export function writePage(sections: readonly Section[], all: boolean): void {
  const kept = all ? new Map<string, string>() : sectionsOf(existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '');
  const texts = new Map([...kept, ...sections.map((section) => [section.bench, textOf(section)] as const)]);
  const sorted = [...texts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  writeFileSync(PAGE, [INTRODUCTION, `${machine()}\n`, ...sorted].join('\n'));
}

/** Fails early, before anything is measured for nothing. @throws PageRefuses */
export function assertMergeable(): void {
  sectionsOf(existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '');
}

/** Texts of the sections by the names of their benches. */
function sectionsOf(page: string): Map<string, string> {
  const [head = '', ...sections] = page.split(/^(?=## )/m);
  if (head !== `${INTRODUCTION}\n${machine()}\n\n`)
    throw new PageRefuses(
      'docs/BENCH.md is missing or of another machine, so all has to be measured: npm run bench -- --write',
    );
  return new Map(sections.map((text) => [/^## (.*)$/m.exec(text)![1]!, `${text.trimEnd()}\n`]));
}

function textOf({ bench, outcomes, at, load }: Section): string {
  const rows = outcomes.map((outcome) => rowOf(outcome, at));
  const heading = ['figure', 'measured', 'baseline', 'ratio', 'aim', 'date', 'note'];
  return [
    `## ${bench}`,
    '',
    `Load of the machine when it began: ${load.toFixed(2)}.`,
    '',
    lineOfTable(heading),
    lineOfTable(heading.map((_, column) => (column > 0 && column < 4 ? '---:' : '---'))),
    ...rows.map(lineOfTable),
    '',
  ].join('\n');
}

const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

function rowOf(outcome: Outcome, at: number): readonly string[] {
  const { name } = outcome;
  if ('skipped' in outcome) return [name, '', '', '', '', dateOf(at), `skipped: ${outcome.skipped}`];
  const { measured, baseline, ratio, unit, aim = '', note = '' } = outcome;
  const values = [measured, baseline].map((value) => `${valueText(value)} ${unit}`);
  return [name, ...values, ratio.toFixed(2), aim, dateOf(outcome.at ?? at), note];
}

const lineOfTable = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
