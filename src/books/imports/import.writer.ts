import { LRUCache } from 'lru-cache';
import { type Aggregate, streamOf } from '../../kernel/decider.js';
import { type DomainEvent, type Metadata, personOf } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import type { Appender } from '../../platform/commands/appender.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import type { Authoriser, Principal } from '../../platform/commands/principal.js';
import {
  type EventStore,
  MAX_APPEND_BYTES,
  type StoredEvent,
  WrongExpectedRevision,
} from '../../platform/event-store/event-store.port.js';
import { customers } from '../customers/customer.js';
import { creditNotes } from '../invoices/credit-note.js';
import { invoices } from '../invoices/invoice.js';
import type { NumberRegister } from '../numbering/numbers.register.js';
import { products } from '../products/product.js';
import type { SourceDocument } from './documents.js';
import {
  contentOf,
  customerEvent,
  type DocumentEvents,
  documentEvents,
  ImportedIds,
  productEvent,
} from './import.mapping.js';
import type { Row } from './rows.js';
import type { Tally } from './tally.js';

/** What an import is and on whose behalf, from its first event. */
export interface ImportOrder {
  readonly id: string;
  readonly organisation: string;
  readonly currency: string;
  readonly accepted: StoredEvent;
}

export interface WriterTools {
  readonly store: EventStore;
  readonly appender: Appender;
  readonly authoriser: Authoriser;
  readonly numbers: NumberRegister;
}

/** The import cannot go on, and trying again would not help. The message is for people. */
export class ImportStopped extends Error {
  override readonly name = 'ImportStopped';
}

/** Customers and products that are known to be there need not be looked up again. */
const REMEMBERED = 20_000;

type Streams = Pick<Aggregate<never, never>, 'name' | 'within'>;

interface Priced {
  readonly id: string;
  readonly document: SourceDocument;
  readonly content: ReturnType<typeof contentOf>;
}

/** What waits for its append: many do at a time, so the rows are let go before. */
interface Numbered {
  readonly id: string;
  readonly kind: SourceDocument['kind'];
  readonly total: number;
  /** None where the document was there before. */
  readonly events: DocumentEvents | undefined;
}

/**
 * Writes documents with what they refer to. All ids follow from the file, so whatever an earlier run or another import of
 * the file made is met again: it is counted where this import made it, and never made twice.
 */
export class ImportWriter {
  private readonly ids: ImportedIds;
  private readonly known = {
    customers: new LRUCache<string, true>({ max: REMEMBERED }),
    products: new LRUCache<string, true>({ max: REMEMBERED }),
  };
  private readonly person: string;
  /** A key that began it goes on as that key, with no more than it may. */
  private readonly principal: Principal;
  private metadata: Metadata;

  constructor(
    private readonly tools: WriterTools,
    private readonly order: ImportOrder,
    private readonly tally: Tally,
  ) {
    const { idempotency: _, ...metadata } = order.accepted.metadata;
    this.metadata = { ...metadata, command: 'ImportDocument', causationId: order.accepted.id };
    this.person = personOf(metadata.actor) ?? '';
    const { actor } = metadata;
    this.principal = { userId: this.person, ...(actor.kind === 'api-key' ? { apiKey: actor.id } : {}) };
    this.ids = new ImportedIds(order.organisation);
  }

  /**
   * Makes what a block of documents needs and reserves its numbers; answers how to append the documents themselves. Blocks
   * are prepared one after the other, so numbers follow the order of the source, and appended side by side.
   */
  async prepare(documents: readonly SourceDocument[]): Promise<() => Promise<void>> {
    await this.authorise();
    const { metadata } = this;
    const priced = documents.flatMap((document) => this.price(document));
    await Promise.all(priced.flatMap(({ document }) => this.makePartners(document)));
    const numbers = new Map([
      ...(await this.reserve('invoice', priced)),
      ...(await this.reserve('credit-note', priced)),
    ]);
    const numbered = priced.map((one) => this.number(one, numbers.get(one.id)));
    return async () => {
      await Promise.all(numbered.map((one) => this.append(one, metadata)));
      this.tools.numbers.settle(this.order.organisation, numbers);
    };
  }

  /** Whoever began it may have lost the right since the upload; each block is written under the grant that holds now. */
  private async authorise(): Promise<void> {
    const facts = { createdBy: this.person };
    const verdict = await this.tools.authoriser.authorise(
      this.principal,
      this.order.organisation,
      'invoices:import',
      facts,
    );
    if (!verdict.allowed) throw new ImportStopped('The person who began it may not import invoices any more');
    this.metadata = { ...this.metadata, authority: verdict.authority };
  }

  private price(document: SourceDocument): readonly Priced[] {
    try {
      const content = contentOf(this.ids, document, this.order.currency);
      if (isTooLarge(content)) {
        this.reject(document, 'document-too-large', 'The document has more text than can be kept');
        return [];
      }
      return [{ id: this.ids.document(document.invoiceNo), document, content }];
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.reject(document, 'amount-too-large', 'The amounts of this document are too large');
      return [];
    }
  }

  /** The customer and the products that nobody has asked for yet. Where one of them fails, the whole import is run again. */
  private makePartners({ rows }: SourceDocument): readonly Promise<void>[] {
    const { ids, person } = this;
    const making: Promise<void>[] = [];
    if (this.isNew('customers', rows[0].customerId)) {
      const event = customerEvent(ids, rows[0], person);
      making.push(this.makeAndCount('customers', customers, event.data.customerId, event));
    }
    for (const row of rows) {
      if (!this.isNew('products', row.stockCode)) continue;
      making.push(this.makeAndCount('products', products, ids.product(row.stockCode), productEvent(row, person)));
    }
    return making;
  }

  private isNew(kind: 'customers' | 'products', name: string): boolean {
    if (this.known[kind].get(name) === true) return false;
    this.known[kind].set(name, true);
    return true;
  }

  private async makeAndCount(
    kind: 'customers' | 'products',
    aggregate: Streams,
    id: string,
    event: DomainEvent,
  ): Promise<void> {
    if (await this.make(aggregate, id, [event], this.metadata)) this.tally.made(kind);
  }

  /** Only documents that are not there yet get a number. */
  private reserve(series: 'invoice' | 'credit-note', priced: readonly Priced[]): Promise<ReadonlyMap<string, number>> {
    const documents = priced.filter(({ document }) => document.kind === series).map(({ id }) => ({ id, revision: -1 }));
    if (documents.length === 0) return Promise.resolve(new Map<string, number>());
    return this.tools.numbers.reserve(this.order.organisation, series, documents, this.metadata);
  }

  /** Without a number the document was there before. */
  private number({ id, document, content }: Priced, number: number | undefined): Numbered {
    const { kind } = document;
    const events = number === undefined ? undefined : documentEvents(document, content, number, this.person);
    return { id, kind, total: content.total, events };
  }

  private async append({ id, kind, total, events }: Numbered, metadata: Metadata): Promise<void> {
    const aggregate = kind === 'invoice' ? invoices : creditNotes;
    const ours =
      events === undefined ? await this.isOurs(aggregate, id) : await this.make(aggregate, id, events, metadata);
    if (ours) this.tally.documentMade(kind, total);
  }

  /** Whether this import made the record: now, or before it was interrupted. */
  private async make(
    aggregate: Streams,
    id: string,
    events: readonly DomainEvent[],
    metadata: Metadata,
  ): Promise<boolean> {
    const stream = streamOf(aggregate, this.order.organisation, id);
    const eventIds = events.map((_, index) => derivedId('imported-event', this.order.id, stream, String(index)));
    try {
      await this.tools.appender.append(
        { eventIds, keyed: undefined },
        { stream, expected: 'no-stream', events, metadata },
      );
      return true;
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      return this.isOurs(aggregate, id);
    }
  }

  private async isOurs(aggregate: Streams, id: string): Promise<boolean> {
    return (await this.firstEvent(aggregate, id))?.metadata.causationId === this.order.accepted.id;
  }

  private async firstEvent(aggregate: Streams, id: string): Promise<StoredEvent | undefined> {
    const stream = streamOf(aggregate, this.order.organisation, id);
    for await (const event of this.tools.store.readStream(stream, { limit: 1 })) return event;
    return undefined;
  }

  private reject({ rows }: SourceDocument, code: 'amount-too-large' | 'document-too-large', detail: string): void {
    const [first, ...rest] = rows;
    const others = rest.map(({ row }: Row) => ({
      row,
      code: 'document-rejected' as const,
      detail: 'Another row of this document is wrong',
    }));
    this.tally.rowsRejected(1, [{ row: first.row, code, detail }, ...others]);
  }
}

/**
 * A number that is reserved must be used, so this is known before. What a document has besides its content (metadata, the
 * second event) takes less than the share that is left here. Short documents need no measuring.
 */
const isTooLarge = (content: Priced['content']): boolean =>
  content.lines.length > 200 && Buffer.byteLength(JSON.stringify(content)) > 0.9 * MAX_APPEND_BYTES;
