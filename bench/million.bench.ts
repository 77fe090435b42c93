/**
 * A server with 1,000,000 events in its log: start, memory, commands and the trail. Baseline of the first three: the same
 * server with a thousand events, in turns.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../test/support/client.js';
import { signIn } from '../test/support/people.js';
import type { Server } from '../test/support/server.js';
import { inFolder, paired } from './bench.js';
import type { Outcome } from './figure.js';
import { post, PRODUCT } from './support/load.js';
import { filledFolder, type FilledFolder, keptFolder, OWNER } from './support/million-log.js';
import { cpuSeconds, killed, ready, resident, serving, settled } from './support/serving.js';
import { trailPages } from './support/trail-pages.js';

const EVENTS = 1_000_000;
const FEW = 1000;
const STARTS = 5;
const ROUNDS = 7;
const SECONDS = 3;
const INVOICES = 40;
const MOST_MIB = 300;

export async function run(): Promise<Outcome[]> {
  const many = await keptFolder(EVENTS);
  return inFolder(async (folder) => {
    const few = await filledFolder(join(folder, 'few'), FEW);
    const started = await starts(many, few);
    const [big, small] = [await Running.start(many), await Running.start(few)];
    try {
      return [
        ...making(many),
        started,
        ...(await memory('memory of a server that has just started', big, small)),
        ...(await invoicing(big, small)),
        ...(await commands(big, small)),
        await trailPages(big.owner, many),
        ...(await memory('memory after the commands and searches above', big, small)),
      ];
    } finally {
      await killed(big.server.process);
      await killed(small.server.process);
    }
  });
}

/** A server over a filled folder, and the owner of its organisations signed in. */
class Running {
  private constructor(
    readonly server: Server,
    readonly owner: Client,
    /** Of the organisation that has most of the events. */
    readonly path: string,
  ) {}

  static async start({ folder, organisations }: FilledFolder): Promise<Running> {
    const server = await serving({ folder });
    await ready(server);
    return new Running(server, await signIn(server, OWNER), `/v1/organisations/${organisations[0]!.id}`);
  }

  /** Products made a second, and milliseconds of CPU of all threads for each. */
  async makeProducts(seconds: number): Promise<{ readonly perSecond: number; readonly cpuMs: number }> {
    const before = await cpuSeconds(this.server);
    const { perSecond, failed } = await post(`${this.server.url}${this.path}/products`, PRODUCT, {
      token: this.owner.token!,
      seconds,
    });
    if (failed > 0) throw new Error(`${failed} commands failed`);
    await settled(this.server);
    return { perSecond, cpuMs: (((await cpuSeconds(this.server)) - before) * 1000) / (perSecond * seconds) };
  }

  /** Posts and answers the body. */
  async post(path: string, body: object = {}): Promise<{ readonly id: string }> {
    const answer = await this.owner.post(`${this.path}/${path}`, body);
    if (answer.status >= 300) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body as { id: string };
  }
}

/** What was seen while the log was made, maybe in an earlier run. */
function making({ before, after, madeAt, events, secondsToLog, secondsToViews }: FilledFolder): readonly Outcome[] {
  if (before === undefined || after === undefined) return [];
  const perSecond = (seconds: number): string => `${(events / seconds).toFixed(0)} events/s`;
  return [
    {
      name: 'memory of the process through which 1,000,000 events went',
      measured: after,
      baseline: before,
      ratio: after / before,
      unit: 'MiB',
      at: madeAt,
      note: `against itself after ${FEW}; what made the events is in it; ${perSecond(secondsToLog)} into the log, ${perSecond(secondsToViews)} into all views`,
    },
  ];
}

/** From the start of the process until it is ready; it was killed while it wrote. */
async function starts(many: FilledFolder, few: FilledFolder): Promise<Outcome> {
  const start = async (filled: FilledFolder): Promise<number> => {
    const before = await Running.start(filled);
    const writing = before.makeProducts(1).catch(() => undefined);
    await sleep(800);
    await killed(before.server.process);
    await writing;
    const begun = performance.now();
    const server = await serving(filled);
    await ready(server);
    const seconds = (performance.now() - begun) / 1000;
    await settled(server);
    await killed(server.process);
    return seconds;
  };
  const big: number[] = [];
  const small: number[] = [];
  for (let round = 0; round < STARTS; round++) {
    small.push(await start(few));
    big.push(await start(many));
  }
  return {
    name: 'server ready after kill -9, 1,000,000 events',
    unit: 's',
    ...paired(big, small),
    aim: 'at most 3 s',
    note: `against ${FEW} events; the slowest of ${STARTS} took ${Math.max(...big).toFixed(2)} s`,
  };
}

async function memory(name: string, big: Running, small: Running): Promise<readonly Outcome[]> {
  const [measured, baseline] = [await resident(big.server), await resident(small.server)];
  if (measured === undefined || baseline === undefined) return [{ name, skipped: 'the system does not tell' }];
  const note = `1,000,000 events against ${FEW}`;
  return [{ name, measured, baseline, ratio: measured / baseline, unit: 'MiB', aim: `at most ${MOST_MIB} MiB`, note }];
}

/** One command at a time, of a kind that takes several streams. */
async function invoicing(big: Running, small: Running): Promise<readonly Outcome[]> {
  const contenders = await Promise.all(
    [big, small].map(async (running) => ({ running, ...(await running.post('customers', { name: 'Mary Ash' })) })),
  );
  const draft = ({ running, id }: (typeof contenders)[number]): Promise<{ readonly id: string }> =>
    running.post('invoices', {
      customerId: id,
      date: '2026-03-01',
      lines: [{ description: 'A frame of oak', quantity: '2', unitPrice: '12.50', vatRate: 2000 }],
    });
  const issue = async (contender: (typeof contenders)[number]): Promise<number> => {
    const { id } = await draft(contender);
    const begun = performance.now();
    await contender.running.post(`invoices/${id}/issue`);
    return performance.now() - begun;
  };
  const [first, firstOfFew] = [await issue(contenders[0]!), await issue(contenders[1]!)];
  const rounds: { readonly many: number; readonly few: number }[] = [];
  for (let round = 0; round < INVOICES; round++)
    rounds.push({ few: await issue(contenders[1]!), many: await issue(contenders[0]!) });
  const note = `1,000,000 events against ${FEW}, one after the other`;
  return [
    {
      name: 'an invoice is issued',
      unit: 'ms',
      ...paired(
        rounds.map(({ many }) => many),
        rounds.map(({ few }) => few),
      ),
      aim: 'ratio about 1',
      note,
    },
    {
      name: 'the first invoice issued after a start',
      unit: 'ms',
      measured: first,
      baseline: firstOfFew,
      ratio: first / firstOfFew,
      note: 'numbers that the history left reserved are looked up for it; once',
    },
  ];
}

/** Products made through 64 connections. */
async function commands(big: Running, small: Running): Promise<readonly Outcome[]> {
  await small.makeProducts(2);
  await big.makeProducts(2);
  const many: { readonly perSecond: number; readonly cpuMs: number }[] = [];
  const few: { readonly perSecond: number; readonly cpuMs: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    few.push(await small.makeProducts(SECONDS));
    many.push(await big.makeProducts(SECONDS));
  }
  const pairs = (of: 'perSecond' | 'cpuMs') =>
    paired(
      many.map((one) => one[of]),
      few.map((one) => one[of]),
    );
  const note = `1,000,000 events against ${FEW}; 64 connections, ${ROUNDS} rounds of ${SECONDS} s`;
  return [
    { name: 'commands over HTTP, 1,000,000 events', unit: '/s', ...pairs('perSecond'), aim: 'ratio about 1', note },
    {
      name: 'CPU of a command and its views, 1,000,000 events',
      unit: 'ms',
      ...pairs('cpuMs'),
      aim: 'ratio about 1',
      note: 'the same rounds',
    },
  ];
}
