import Database from 'better-sqlite3';
import { logFile } from '../../src/platform/event-store/sqlite/database.js';
import { viewsFile } from '../../src/platform/read-model/sqlite/database.js';
import type { Client } from '../../test/support/client.js';
import { median, percentile } from '../bench.js';
import type { Outcome } from '../figure.js';
import type { FilledFolder } from './million-log.js';

const LIMIT = 50;
const PAGES = 3;
/** Searches of each kind, each of some pages. */
const SEARCHES = 25;

interface Item {
  readonly eventId: string;
  readonly at: string;
  readonly type: string;
  readonly actor: { readonly id: string };
  readonly record: { readonly kind: string; readonly id: string };
  readonly authority: { readonly permission: string } | null;
}

/** The parameters of a search, made of an event that there is and the customer of some document. */
type Kind = (item: Item, customer: string) => Readonly<Record<string, string>>;

const KINDS: Readonly<Record<string, Kind>> = {
  everything: () => ({}),
  actor: ({ actor }) => ({ actor: actor.id }),
  type: ({ type }) => ({ type }),
  record: ({ record }) => ({ record: record.id }),
  subject: (_, customer) => ({ subject: customer }),
  permission: ({ authority }) => ({ permission: authority?.permission ?? 'invoices:create' }),
  time: ({ at }) => ({ to: at }),
  accepted: () => ({ outcome: 'accepted' }),
  refused: () => ({ outcome: 'refused' }),
  words: () => ({ q: 'Gale Finn' }),
  'actor and type': ({ actor, type }) => ({ actor: actor.id, type }),
  'actor, type and time': ({ actor, type, at }) => ({ actor: actor.id, type, to: at }),
};

/**
 * Pages of the trail of the organisation that has most of the events, over HTTP, by every kind of filter, one at a time.
 * Baseline: the same rows of the view and of the log by their primary keys, and their JSON parsed.
 */
export async function trailPages(reader: Client, { folder, organisations }: FilledFolder): Promise<Outcome> {
  const path = `/v1/organisations/${organisations[0]!.id}/audit`;
  const rows = new Rows(folder);
  const size = rows.size();
  const times = new Map<string, number[]>();
  const baseline: number[] = [];
  try {
    const events = await someEvents(reader, path, rows);
    for (let search = 0; search < SEARCHES; search++) {
      for (const [name, kind] of Object.entries(KINDS)) {
        const known = times.get(name) ?? [];
        times.set(name, known);
        const { item, customer } = events[(search * 7 + known.length) % events.length]!;
        let after: string | null | undefined;
        for (let page = 0; page < PAGES && after !== null; page++) {
          const query = new URLSearchParams({ ...kind(item, customer), limit: String(LIMIT), ...(after && { after }) });
          const begun = performance.now();
          const { status, body } = await reader.get(`${path}?${query.toString()}`);
          const elapsed = performance.now() - begun;
          if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
          // The first searches warm up what every one uses.
          if (search > 0) known.push(elapsed);
          const { items, next } = body as { items: readonly Item[]; next: string | null };
          const took = rows.fetch(items.map(({ eventId }) => eventId));
          if (search > 0 && items.length > 0) baseline.push((took * LIMIT) / items.length);
          after = next;
        }
      }
    }
  } finally {
    rows.close();
  }
  return outcomeOf(times, baseline, size);
}

function outcomeOf(times: ReadonlyMap<string, readonly number[]>, baseline: readonly number[], size: number): Outcome {
  const all = [...times.values()].flat();
  const [measured, than] = [percentile(all, 0.99), percentile(baseline, 0.99)];
  const [slowest, own] = [...times].sort(([, a], [, b]) => percentile(b, 0.9) - percentile(a, 0.9))[0]!;
  return {
    name: 'a page of the trail by any filter, 1,000,000 events, p99',
    measured,
    baseline: than,
    ratio: measured / than,
    unit: 'ms',
    aim: 'at most 50 ms, ratio at most 20',
    note:
      `over HTTP, ${all.length} pages of ${LIMIT}, median ${median(all).toFixed(1)} ms; slowest filter by its p90: ` +
      `${slowest}, ${percentile(own, 0.9).toFixed(1)} ms; against the same rows by primary key, in a log of ${size} events by now`,
  };
}

/** Events from all over the log, newest first pages of times that lie apart. */
async function someEvents(
  reader: Client,
  path: string,
  rows: Rows,
): Promise<readonly { readonly item: Item; readonly customer: string }[]> {
  const customers = rows.someCustomers(path.split('/')[3]!);
  const found: { item: Item; customer: string }[] = [];
  for (const at of rows.someInstants()) {
    const { body } = await reader.get(`${path}?${new URLSearchParams({ to: at, limit: '20' }).toString()}`);
    for (const item of (body as { items: readonly Item[] }).items)
      found.push({ item, customer: customers[found.length % customers.length]! });
  }
  return found;
}

/** The same rows, in the files of the server. */
class Rows {
  private readonly log: Database.Database;
  private readonly views: Database.Database;
  private readonly event: Database.Statement;
  private readonly entry: Database.Statement;

  constructor(folder: string) {
    this.log = new Database(logFile(folder), { readonly: true });
    this.views = new Database(viewsFile(folder), { readonly: true });
    this.event = this.log.prepare('SELECT body FROM events WHERE id = ?').pluck();
    this.entry = this.views.prepare(`SELECT doc FROM "${this.tableOf('trail')}" WHERE key = ?`).pluck();
  }

  /** Milliseconds. */
  fetch(eventIds: readonly string[]): number {
    const begun = performance.now();
    for (const id of eventIds) {
      JSON.parse(this.entry.get(id) as string);
      JSON.parse(this.event.get(id) as string);
    }
    return performance.now() - begun;
  }

  /** Events in the log. */
  size(): number {
    return this.log.prepare('SELECT max(position) FROM events').pluck().get() as number;
  }

  someInstants(): readonly string[] {
    const last = this.size();
    const at = this.log.prepare('SELECT recorded_at FROM events WHERE position = ?').pluck();
    const instants = [0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95].map((share) => at.get(Math.ceil(last * share)) as number);
    return instants.map((instant) => new Date(instant).toISOString());
  }

  someCustomers(organisation: string): readonly string[] {
    const symbol = 'SELECT number FROM symbols WHERE text = ?';
    const sql = `SELECT key FROM "${this.tableOf('customers')}" WHERE f_organisation = (${symbol}) LIMIT 1000`;
    return this.views.prepare(sql).pluck().all(organisation) as string[];
  }

  close(): void {
    this.log.close();
    this.views.close();
  }

  private tableOf(view: string): string {
    const sql = "SELECT number FROM generations WHERE view = ? AND state = 'live'";
    return `${view}#${String(this.views.prepare(sql).pluck().get(view))}`;
  }
}
