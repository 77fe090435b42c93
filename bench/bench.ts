import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metadata } from '../src/kernel/event.js';
import type { NewEvent } from '../src/platform/event-store/event-store.port.js';
import { newId } from '../src/platform/random.js';

/** Runs with a folder of its own on the disk that the benches are about. `BENCH_DIR` names another one. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(process.env.BENCH_DIR ?? tmpdir(), 'countersign-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]!;
}

/** Medians of values that were measured in pairs, one after the other; the ratio is the median of the pairs' ratios. */
export function paired(
  measured: readonly number[],
  baseline: readonly number[],
): { readonly measured: number; readonly baseline: number; readonly ratio: number } {
  return {
    measured: median(measured),
    baseline: median(baseline),
    ratio: median(measured.map((value, i) => value / baseline[i]!)),
  };
}

/**
 * Rates of contenders that take turns, so that whatever else the machine does meets all of them; the first is the
 * baseline. Each value is the median of the rounds, and so is each ratio of neighbours in time.
 */
export async function alternate(
  rounds: number,
  contenders: readonly (() => Promise<number>)[],
): Promise<readonly { readonly rate: number; readonly ratio: number }[]> {
  const rates = contenders.map((): number[] => []);
  for (let round = 0; round < rounds; round++)
    for (const [i, contender] of contenders.entries()) rates[i]!.push(await contender());
  return rates.map((own) => ({ rate: median(own), ratio: median(own.map((value, i) => value / rates[0]![i]!)) }));
}

const ORGANISATION = newId(Date.now());
const id = (): string => newId(Date.now());

/** Complete metadata as the pipeline writes it for a request with an idempotency key. */
const METADATA: Metadata = {
  organisation: ORGANISATION,
  actor: { kind: 'user', id: id(), session: id() },
  command: 'IssueInvoice',
  correlationId: id(),
  requestId: id(),
  authority: {
    permission: 'invoices.issue',
    role: 'bookkeeper',
    scope: 'all',
    grantEventId: id(),
    grantedBy: id(),
    access: { organisation: 12, account: 3 },
  },
  idempotency: { key: 'k'.repeat(43), body: 'b'.repeat(43) },
  source: 's'.repeat(108),
};
const LINE = { description: 'WHITE HANGING HEART T-LIGHT HOLDER', quantity: 6, unitPrice: 255, vat: 2000 };
const DATA = { number: 536_365, customerId: ORGANISATION, currency: 'GBP', lines: [LINE, LINE], total: 3672 };

/** An event of about 1.2 kB of JSON, as an invoice of two lines makes it. */
export function invoiceIssued(eventId = id()): NewEvent {
  return { id: eventId, type: 'InvoiceIssued', schemaVersion: 1, data: DATA, metadata: METADATA };
}

export interface Append {
  readonly stream: string;
  readonly expected: number | 'no-stream';
  readonly event: NewEvent;
}

/** Appends of one event each. A record is made, changed and closed: every third one begins a stream. */
export function appends(): () => Append {
  let count = 0;
  let stream = '';
  return () => {
    const revision = (count++ % 3) - 1;
    if (revision === -1) stream = `invoice-${ORGANISATION}/${id()}`;
    return { stream, expected: revision === -1 ? 'no-stream' : revision, event: invoiceIssued() };
  };
}
