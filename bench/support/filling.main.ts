import { products } from '../../src/books/products/product.js';
import { streamOf } from '../../src/kernel/decider.js';
import { createApp, listen, openProcess } from '../../src/main.js';
import { readSettings } from '../../src/platform/config/settings.js';
import { type Business, EVENTS_A_CYCLE, History } from './history.js';

/** Asks for so many events, most of them of the first organisation. */
export interface Fill {
  readonly events: number;
  readonly organisations: readonly Described[];
}

export interface Described {
  readonly id: string;
  /** User ids. */
  readonly people: readonly string[];
  /** A product that one of them has made over HTTP. */
  readonly product: string;
}

export interface Filled {
  readonly events: number;
  readonly seconds: number;
}

/** Of ten cycles, so many belong to the first organisation. */
const OF_THE_FIRST = 7;
/** Cycles under way at once: enough for large commits, and below what the store lets wait. */
const SIDE_BY_SIDE = 40;

/** A server as `serve` runs it, with a door to its store: a message `Fill` is answered by `Filled`. */
const settings = readSettings(process.env);
const opened = await openProcess(settings);
const { app } = await createApp(opened);
process.stdout.write(`listening on ${await listen(app, settings)}\n`);

const { store, codec } = opened.stores;
const histories = new Map<string, History>();

async function businessOf({ id, people, product }: Described): Promise<Business> {
  for await (const { metadata } of store.readStream(streamOf(products, id, product))) {
    const source = { ip: '192.0.2.7', userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0' };
    const sealed = people.map(async (user) => ({ id: user, source: await codec.sealSource(source, id, user) }));
    return { organisation: id, people: await Promise.all(sealed), authority: metadata.authority! };
  }
  throw new Error(`there is no product ${product}`);
}

async function fill({ events, organisations }: Fill): Promise<Filled> {
  for (const described of organisations) {
    if (!histories.has(described.id))
      histories.set(described.id, new History(await businessOf(described), store, codec));
  }
  const [first, ...others] = organisations.map(({ id }) => histories.get(id)!);
  const cycles = Math.ceil(events / EVENTS_A_CYCLE);
  const begun = performance.now();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let n = next++; n < cycles; n = next++) {
      const other = others[Math.floor(n / 10) % Math.max(1, others.length)];
      await (n % 10 < OF_THE_FIRST ? first! : (other ?? first!)).cycle();
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  return { events: cycles * EVENTS_A_CYCLE, seconds: (performance.now() - begun) / 1000 };
}

process.on('message', (message) => {
  fill(message as Fill).then(
    (filled) => process.send!(filled),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.once('SIGTERM', () => {
  void app
    .close()
    .then(() => opened.close())
    .then(() => process.exit(0));
});
