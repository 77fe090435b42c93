import { Command, InvalidArgumentError } from 'commander';
import { fates } from './fates.js';
import { killRounds } from './kill-rounds.js';
import { ledgerHistories } from './ledger.js';
import { lives, type LifeName } from './lives.js';
import { soak } from './soak.js';
import { walk } from './walk.js';
import { noFaults } from '../support/faulty-disk.js';

interface Options {
  readonly seed: number;
  readonly seeds: number;
  readonly kill?: number | true;
  readonly walk?: LifeName | true;
  readonly ledger?: number;
}

function number(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('a whole number');
  return Number(text);
}

const program = new Command('soak')
  .description('Plays random histories with faults and restarts on the embedded stores')
  .option('--seed <n>', 'the first seed', number, 1)
  .option('--seeds <n>', 'how many seeds', number, 1)
  .option('--kill [rounds]', 'instead: kill -9 of a server under load, 100 rounds by default', number)
  .option('--walk [store]', 'instead: die and fail at every call, for log, vault, views or all of them')
  .option('--ledger <histories>', 'instead: so many random histories of the books, in memory', number)
  .parse();
const options = program.opts<Options>();

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const begun = performance.now();
const seconds = (): string => `${((performance.now() - begun) / 1000).toFixed(1)} s`;

async function main(): Promise<void> {
  if (options.kill !== undefined) {
    const found = await killRounds(options.kill === true ? 100 : options.kill, (round) => {
      if (round % 10 === 0) say(`round ${round}, ${seconds()}`);
    });
    say(`${JSON.stringify(found)}, ${seconds()}`);
    if (found.lost + found.twice + found.answeredOtherwise > 0) process.exitCode = 1;
    return;
  }
  if (options.ledger !== undefined) {
    const { types, ...found } = await ledgerHistories(options.ledger, options.seed);
    say(`${JSON.stringify({ ...found, types: types.size })}, ${seconds()}`);
    return;
  }
  if (noFaults !== undefined) throw new Error(noFaults);
  if (options.walk !== undefined) {
    const names = options.walk === true ? (Object.keys(lives) as LifeName[]) : [options.walk];
    for (const name of names)
      for (const [title, fate] of Object.entries(fates))
        say(`${name} ${title}: ${await walk(name, fate)} calls, ${seconds()}`);
    return;
  }
  const found = await soak(options.seed, options.seeds, (seed) => {
    if (seed % 50 === 0) say(`seed ${seed}, ${seconds()}`);
  });
  say(`${JSON.stringify(found)}, ${seconds()}`);
}

main().catch((error: unknown) => {
  process.stderr.write(`FAILED ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
