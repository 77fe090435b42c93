import { LRUCache } from 'lru-cache';
import { type Aggregate, streamOf } from '../../kernel/decider.js';
import { type DomainEvent, type Metadata, personOf } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import type { Appender } from '../../platform/commands/appender.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import type { Authoriser } from '../../platform/commands/principal.js';
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
import { contentOf, customerEvent, documentEvents, importedIds, productEvent } from './import.mapping.js';
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
const REMEMBERED = 200_000;

type Streams = Pick<Aggregate<never, never>, 'name' | 'within'>;

interface Priced {
  readonly id: string;
  readonly document: SourceDocument;
  readonly content: ReturnType<typeof contentOf>;
}

/**
 * Writes documents with what they refer to. All ids follow from the file, so whatever an earlier run or another import of
 * the file made is met again: it is counted where this import made it, and never made twice.
 */
export class ImportWriter {
  private readonly known = new LRUCache<string, Promise<void>>({ max: REMEMBERED });
  private readonly person: string;
  private metadata: Metadata;

  constructor(
    private readonly tools: WriterTools,
    private readonly order: ImportOrder,
    private readonly tally: Tally,
  ) {
    const { idempotency: _, ...metadata } = order.accepted.metadata;
    this.metadata = { ...metadata, command: 'ImportDocument', causationId: order.accepted.id };
    this.person = personOf(metadata.actor) ?? '';
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
    return async () => {
      await Promise.all(priced.map((one) => this.append(one, numbers.get(one.id), metadata)));
      this.tools.numbers.settle(this.order.organisation, numbers);
    };
  }

  /** The person may have lost the right since the upload; each block is written under the grant that holds now. */
  private async authorise(): Promise<void> {
    const facts = { createdBy: this.person };
    const verdict = await this.tools.authoriser.authorise(
      { userId: this.person },
      this.order.organisation,
      'invoices:import',
      facts,
    );
    if (!verdict.allowed) throw new ImportStopped('The person who began it may not import invoices any more');
    this.metadata = { ...this.metadata, authority: verdict.authority };
  }

  private price(document: SourceDocument): readonly Priced[] {
    const { organisation, currency } = this.order;
    try {
      const content = contentOf(organisation, document, currency);
      if (isTooLarge(content)) {
        this.reject(document, 'document-too-large', 'The document has more text than can be kept');
        return [];
      }
      return [{ id: importedIds.document(organisation, document.invoiceNo), document, content }];
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.reject(document, 'amount-too-large', 'The amounts of this document are too large');
      return [];
    }
  }

  private makePartners({ rows }: SourceDocument): readonly Promise<void>[] {
    const { organisation } = this.order;
    return [
      this.once(`customer ${rows[0].customerId}`, () => {
        const event = customerEvent(organisation, rows[0], this.person);
        return this.makeAndCount('customers', customers, event.data.customerId, event);
      }),
      ...rows.map((row) =>
        this.once(`product ${row.stockCode}`, () => {
          const id = importedIds.product(organisation, row.stockCode);
          return this.makeAndCount('products', products, id, productEvent(row, this.person));
        }),
      ),
    ];
  }

  private once(name: string, make: () => Promise<void>): Promise<void> {
    const before = this.known.get(name);
    if (before !== undefined) return before;
    const making = make();
    this.known.set(name, making);
    return making;
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
  private async append(
    { id, document, content }: Priced,
    number: number | undefined,
    metadata: Metadata,
  ): Promise<void> {
    const aggregate = document.kind === 'invoice' ? invoices : creditNotes;
    const ours =
      number === undefined
        ? await this.isOurs(aggregate, id)
        : await this.make(aggregate, id, documentEvents(document, content, number, this.person), metadata);
    if (ours) this.tally.documentMade(document.kind, content.total);
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
