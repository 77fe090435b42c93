/**
 * The ledger with 1,000,000 postings: a trial balance at any day of ten years, as known now and at an instant, and what one
 * more posting costs. Baselines: its documents are read and nothing is added up, and the same ledger with a hundred postings.
 */
import { join } from 'node:path';
import type { DomainEvent, Recorded } from '../src/kernel/event.js';
import type { ViewDefinition } from '../src/kernel/view.js';
import type { RequestContext } from '../src/platform/commands/principal.js';
import type { ListQuery, ViewReader } from '../src/platform/http/view-reader.js';
import { FoldFailed, type Generation } from '../src/platform/read-model/read-model.port.js';
import { SqliteReadModel } from '../src/platform/read-model/sqlite/read-model.js';
import { SqliteViewWriter } from '../src/platform/read-model/sqlite/view-writer.js';
import { ledgerBalancesView, monthsOf, YEARS as WHOLE_YEARS, yearOf } from '../src/books/ledger/ledger-balance.view.js';
import { ledgerEntriesView } from '../src/books/ledger/ledger-entry.view.js';
import { LedgerReader } from '../src/books/ledger/ledger-reader.service.js';
import { ledgerVatView } from '../src/books/ledger/ledger-vat.view.js';
import { openItemsView } from '../src/books/ledger/open-item.view.js';
import type { Extent } from '../src/books/ledger/reading.js';
import { trialBalance } from '../src/books/reports/trial-balance.js';
import { inFolder, median, paired, percentile } from './bench.js';
import type { Outcome } from './figure.js';

const POSTINGS = 1_000_000;
const FEW = 100;
/** Each event posts to debtors, VAT and three accounts of sales. */
const PER_EVENT = 5;
const ACCOUNTS = 50;
const YEARS = 10;
const BATCH = 2000;
const DAYS = 60;
const LIVE = 300;
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.parse('2016-01-01T12:00:00.000Z');

const ORGANISATION = 'organisation';
const CONTEXT = { organisation: ORGANISATION } as RequestContext;
const VIEWS: readonly ViewDefinition[] = [ledgerEntriesView, ledgerBalancesView, ledgerVatView, openItemsView];

const dayAt = (share: number): string =>
  new Date(FIRST_DAY + Math.floor(share * YEARS * 365.25) * DAY_MS).toISOString();

/** The nth invoice of so many, over ten years; most are recorded within a month of their day. */
function invoiceIssued(n: number, of: number): Recorded<DomainEvent> {
  const at = dayAt(n / of);
  const amounts = [1, 7, 13].map((step) => ({
    accountCode: String(4000 + ((n * step) % ACCOUNTS)),
    vatRate: 2000,
    net: 1000 + (n % 97) + step,
    vat: 200,
  }));
  const total = amounts.reduce((sum, { net, vat }) => sum + net + vat, 0);
  const id = `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
  const customerId = `customer-${n % 1000}`;
  return {
    type: 'InvoiceIssued',
    data: {
      number: n,
      issuedOn: at.slice(0, 10),
      customerId,
      billTo: { name: 'Hale Ltd' },
      booked: { customerId, date: at.slice(0, 10), dueDate: at.slice(0, 10), total, amounts },
    },
    id,
    stream: `invoice-${ORGANISATION}/${id}`,
    revision: 1,
    position: String(n).padStart(16, '0'),
    recordedAt: new Date(Date.parse(at) + (n % 40) * DAY_MS).toISOString(),
    schemaVersion: 2,
    metadata: {
      organisation: ORGANISATION,
      actor: { kind: 'user', id: 'u' },
      command: 'IssueInvoice',
      correlationId: id,
      requestId: id,
    },
  };
}

/** The views of a ledger in a folder. */
class Ledger {
  private generations: readonly Generation[] = [];
  private last = 0;

  private constructor(
    private readonly writer: SqliteViewWriter,
    readonly model: SqliteReadModel,
    private readonly size: number,
  ) {}

  static async fill(folder: string, postings: number): Promise<Ledger> {
    const writer = new SqliteViewWriter(folder);
    const events = postings / PER_EVENT;
    const ledger = new Ledger(writer, new SqliteReadModel(folder), events);
    ledger.generations = await writer.prepare(VIEWS);
    while (ledger.last < events) await ledger.post(Math.min(BATCH, events - ledger.last));
    for (const generation of ledger.generations) {
      await writer.complete(generation);
      await writer.swap(generation);
    }
    ledger.generations = await writer.prepare(VIEWS);
    return ledger;
  }

  /** Folds the next events; answers the milliseconds that it took. */
  async post(count: number): Promise<number> {
    const events = Array.from({ length: count }, (_, n) => invoiceIssued(this.last + n, this.size));
    this.last += count;
    const begun = performance.now();
    const shares = this.generations.map((generation) => ({
      generation,
      view: VIEWS.find(({ name }) => name === generation.view)!,
      events,
    }));
    const moved = await this.writer.applyAll(shares, events.at(-1)!.position);
    this.generations = moved.map((one) => {
      if (one instanceof FoldFailed) throw one;
      return one;
    });
    return performance.now() - begun;
  }

  get reader(): LedgerReader {
    const find = (view: ViewDefinition, _: unknown, { where, sort, limit, after }: ListQuery) =>
      this.model.find(view, { where, sort, limit, ...(after === undefined ? {} : { after }) });
    const hiddenFrom = async (): Promise<ReadonlySet<string>> => new Set();
    return new LedgerReader({ find } as unknown as ViewReader, { hiddenFrom } as never, {} as never, {} as never);
  }

  async close(): Promise<void> {
    await this.model.close();
    await this.writer.close();
  }
}

/** Milliseconds of one trial balance. */
async function timed(reader: LedgerReader, extent: Extent): Promise<number> {
  const begun = performance.now();
  const { value } = await reader.turnovers(CONTEXT, extent);
  const { totals } = trialBalance(
    { at: extent.to, known: extent.known ?? null, currency: 'GBP' },
    [...value].map(([code, turnover]) => ({ code, name: code, type: 'income', turnover })),
  );
  const took = performance.now() - begun;
  if (totals.debit !== totals.credit) throw new Error('debits and credits differ');
  return took;
}

/** The view's own reading of the documents of a trial balance. */
async function read(model: SqliteReadModel, to: string): Promise<number> {
  const begun = performance.now();
  await model.find(ledgerBalancesView, {
    where: [
      { field: 'organisation', eq: ORGANISATION },
      { field: 'shelves', hasAny: [WHOLE_YEARS, monthsOf(yearOf(to))] },
    ],
    sort: 'byPeriod',
    limit: 1_000_000,
  });
  return performance.now() - begun;
}

async function balances({ model, reader }: Ledger, postings: number): Promise<readonly Outcome[]> {
  const days = Array.from({ length: DAYS }, (_, n) => dayAt((n + 0.5) / DAYS).slice(0, 10));
  await timed(reader, { to: days.at(-1)! });
  const [now, driver, known]: [number[], number[], number[]] = [[], [], []];
  for (const [n, to] of days.entries()) {
    driver.push(await read(model, to));
    now.push(await timed(reader, { to }));
    known.push(await timed(reader, { to, known: dayAt((n + 0.5) / DAYS) }));
  }
  const many = postings.toLocaleString('en');
  return [
    {
      name: `trial balance at any day, ${many} postings`,
      unit: 'ms',
      ...paired(now, driver),
      aim: 'at most 100 ms',
      note: `against reading its documents; ${DAYS} days of ${YEARS} years, the slowest ${Math.max(...now).toFixed(0)} ms, 90 % within ${percentile(now, 0.9).toFixed(0)} ms`,
    },
    {
      name: `the same as known at an instant`,
      unit: 'ms',
      measured: median(known),
      baseline: median(now),
      ratio: median(known) / median(now),
      note: `against as known now; the slowest ${Math.max(...known).toFixed(0)} ms`,
    },
  ];
}

export const run = (): Promise<readonly Outcome[]> => measure(POSTINGS);

/** With so many postings. */
export function measure(postings: number): Promise<readonly Outcome[]> {
  return inFolder(async (folder) => {
    const begun = performance.now();
    const many = await Ledger.fill(join(folder, 'many'), postings);
    const seconds = (performance.now() - begun) / 1000;
    const few = await Ledger.fill(join(folder, 'few'), FEW);
    try {
      const outcomes = await balances(many, postings);
      const costs = { many: [] as number[], few: [] as number[] };
      for (let n = 0; n < LIVE; n++) {
        costs.few.push(await few.post(1));
        costs.many.push(await many.post(1));
      }
      return [
        ...outcomes,
        {
          name: `an entry of ${PER_EVENT} postings is folded`,
          unit: 'ms',
          ...paired(costs.many, costs.few),
          aim: 'ratio about 1',
          note: `${postings.toLocaleString('en')} postings against ${FEW}, ${VIEWS.length} views; filled at ${(postings / seconds).toFixed(0)} postings/s`,
        },
      ];
    } finally {
      await many.close();
      await few.close();
    }
  });
}
