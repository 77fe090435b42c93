import type { Aggregate, Decide } from '../../src/kernel/decider.js';
import { streamOf } from '../../src/kernel/decider.js';
import type { DomainEvent, Recorded } from '../../src/kernel/event.js';
import { Refusal } from '../../src/kernel/refusal.js';
import type { Condition, ViewDefinition } from '../../src/kernel/view.js';
import type { ListQuery, ViewReader } from '../../src/platform/http/view-reader.js';
import { ledgerBalancesView } from '../../src/books/ledger/ledger-balance.view.js';
import { ledgerEntriesView } from '../../src/books/ledger/ledger-entry.view.js';
import { ledgerVatView } from '../../src/books/ledger/ledger-vat.view.js';
import { LedgerReader } from '../../src/books/ledger/ledger-reader.service.js';
import { openItemsView } from '../../src/books/ledger/open-item.view.js';
import { invoicesView } from '../../src/books/invoices/invoice.view.js';
import { salesView } from '../../src/books/reports/sale.view.js';

export const ORGANISATION = '0192aaaa-0000-7000-8000-00000000000a';
const START = Date.parse('2026-01-15T09:00:00.000Z');

/** What is folded of a history; a store keeps JSON. */
const VIEWS = [
  ledgerEntriesView,
  ledgerBalancesView,
  ledgerVatView,
  openItemsView,
  salesView,
  invoicesView,
] as readonly ViewDefinition[];

type Docs = Map<string, Map<string, object>>;

const asStored = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Folds events into documents by the names of their views. */
function fold(docs: Docs, events: readonly Recorded[]): Docs {
  for (const event of events) {
    for (const view of VIEWS) {
      if (view.events !== 'all' && !view.events.includes(event.type)) continue;
      const own = docs.get(view.name) ?? new Map<string, object>();
      docs.set(view.name, own);
      for (const key of view.keys(event)) {
        const doc = view.fold(own.get(key) ?? null, event, key);
        if (doc === null) own.delete(key);
        else own.set(key, asStored(doc));
      }
    }
  }
  return docs;
}

/** An organisation's books in memory: streams that deciders write, and the views that are folded from them. */
export class LedgerWorld {
  readonly events: Recorded[] = [];
  private readonly streams = new Map<string, Recorded[]>();
  private readonly docs: Docs = new Map();
  private now = START;
  private ids = 0;
  accepted = 0;

  /** Time passes, in milliseconds. */
  wait(ms: number): void {
    this.now += ms;
  }

  newId(): string {
    return `0192bbbb-0000-7000-8000-${String(++this.ids).padStart(12, '0')}`;
  }

  state<S, E extends DomainEvent>(aggregate: Aggregate<S, E>, id: string): S {
    const events = this.streams.get(streamOf(aggregate, ORGANISATION, id)) ?? [];
    return events.reduce((state, event) => aggregate.evolve(state, event as Recorded<E>), aggregate.initial());
  }

  /** What is decided is recorded, and folded; what is refused is not. */
  run<S, E extends DomainEvent, P>(
    aggregate: Aggregate<S, E>,
    id: string,
    decide: Decide<S, E, P>,
    prepared: P,
  ): boolean {
    const context = {
      now: new Date(this.now).toISOString(),
      userId: `person-${this.ids % 3}`,
      organisation: ORGANISATION,
      newId: this.newId(),
    };
    try {
      const made = decide(this.state(aggregate, id), context, prepared);
      this.record(streamOf(aggregate, ORGANISATION, id), made);
      if (made.length > 0) this.accepted += 1;
      return made.length > 0;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  }

  private record(stream: string, made: readonly DomainEvent[]): void {
    const before = this.streams.get(stream) ?? [];
    const recorded = made.map((event, index) =>
      asStored({
        ...event,
        id: this.newId(),
        stream,
        revision: before.length + index,
        position: String(this.events.length + index).padStart(10, '0'),
        recordedAt: new Date(this.now).toISOString(),
        schemaVersion: 1,
        metadata: {
          organisation: ORGANISATION,
          actor: { kind: 'system', id: 'spec' },
          command: 'Spec',
          correlationId: 'c',
          requestId: 'r',
        } as const,
      }),
    ) as Recorded[];
    this.streams.set(stream, [...before, ...recorded]);
    this.events.push(...recorded);
    fold(this.docs, recorded);
  }

  /** The documents as they grew, event by event. */
  get documents(): object {
    return plain(this.docs);
  }

  /** The same from nothing, of the log as it would be read again. */
  rebuilt(): object {
    return plain(fold(new Map(), asStored(this.events)));
  }

  of<Doc extends object>(view: ViewDefinition<Doc>): ReadonlyMap<string, Doc> {
    return (this.docs.get(view.name) ?? new Map()) as ReadonlyMap<string, Doc>;
  }

  /** Reads these views as the program does. */
  reader(): LedgerReader {
    const find = async <Doc extends object>(
      view: ViewDefinition<Doc>,
      _: unknown,
      { where, sort, limit, after }: ListQuery,
    ) => {
      const { field, direction } = view.sorts[sort]!;
      const place = ([key, doc]: readonly [string, object]): string => `${String(valueOf(doc, field))}\u0000${key}`;
      const found = [...this.of(view)]
        .filter(([, doc]) => where.every((condition) => meets(doc, condition)))
        .toSorted((a, b) => (place(a) < place(b) ? -1 : 1) * (direction === 'asc' ? 1 : -1))
        .filter((one) => after === undefined || place(one) > after);
      const items = found.slice(0, limit).map(([key, doc]) => ({ key, doc }));
      const next = found.length > limit ? place(found[limit - 1]!) : null;
      return { value: { items, next }, position: this.events.at(-1)?.position };
    };
    const hidden = async (): Promise<ReadonlySet<string>> => new Set();
    return new LedgerReader(
      { find } as unknown as ViewReader,
      { hiddenFrom: hidden } as never,
      {} as never,
      {} as never,
    );
  }
}

const plain = (docs: Docs): object =>
  Object.fromEntries([...docs].map(([view, own]) => [view, Object.fromEntries([...own].toSorted())]));

const valueOf = (doc: object, field: string): unknown => (doc as Readonly<Record<string, unknown>>)[field];

function meets(doc: object, condition: Condition): boolean {
  const value = valueOf(doc, condition.field);
  if ('eq' in condition) return value === condition.eq;
  if ('in' in condition) return condition.in.includes(value as string);
  if ('has' in condition) return (value as readonly string[]).includes(condition.has);
  if ('hasAny' in condition) return condition.hasAny.some((one) => (value as readonly string[]).includes(one));
  const { from, to, before } = condition;
  const text = value as string;
  return (
    (from === undefined || text >= from) && (to === undefined || text <= to) && (before === undefined || text < before)
  );
}
