import { LRUCache } from 'lru-cache';
import type { DomainEvent, Metadata } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { MAX_APPEND_BYTES } from '../../platform/event-store/event-store.port.js';
import { customers } from '../customers/customer.js';
import { creditNotes } from '../invoices/credit-note.js';
import { bookedOf } from '../invoices/document.js';
import { invoices } from '../invoices/invoice.js';
import { products } from '../products/product.js';
import type { SourceDocument } from './documents.js';
import type { DocumentWriter } from './import.documents.js';
import {
  contentOf,
  customerEvent,
  type DocumentEvents,
  documentEvents,
  ImportedIds,
  productEvent,
} from './import.mapping.js';
import type { Obstacle, Obstacles, Posted } from './import.obstacles.js';
import type { RowErrorCode } from './import.js';
import type { ImportOrder, ImportRights } from './import.order.js';
import type { Numbering, Records, Streams } from './import.pen.js';
import type { Row } from './rows.js';
import type { DocumentTally } from './tally.js';

export interface WriterTools {
  readonly rights: ImportRights;
  readonly records: Records;
  readonly numbers: Numbering;
  readonly obstacles: Obstacles;
  /** Finds or makes the customers whom the file describes. Absent for files that say no more than their numbers. */
  readonly customers?: CustomerFinder;
}

/** Answers the documents with their customers, and what stands against one. */
export interface CustomerFinder {
  find(
    documents: readonly SourceDocument[],
    metadata: Metadata,
  ): Promise<readonly (readonly [SourceDocument, Obstacle | undefined])[]>;
}

/** Customers and products that are known to be there need not be looked up again. */
const REMEMBERED = 20_000;

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
export class ImportWriter implements DocumentWriter {
  private readonly ids: ImportedIds;
  private readonly known = {
    customers: new LRUCache<string, true>({ max: REMEMBERED }),
    products: new LRUCache<string, true>({ max: REMEMBERED }),
  };

  constructor(
    private readonly tools: WriterTools,
    private readonly order: ImportOrder,
    private readonly tally: DocumentTally,
  ) {
    this.ids = new ImportedIds(order.organisation);
  }

  /**
   * Makes what a block of documents needs and reserves its numbers; answers how to append the documents themselves. Blocks
   * are prepared one after the other, so numbers follow the order of the source, and appended side by side.
   */
  async prepare(documents: readonly SourceDocument[]): Promise<() => Promise<void>> {
    const metadata = await this.tools.rights.metadata();
    const writable = await this.writable(documents, metadata);
    const priced = writable.flatMap((document) => this.price(document));
    await Promise.all(priced.flatMap(({ document }) => this.makePartners(document, metadata)));
    const numbers = new Map([
      ...(await this.reserve('invoice', priced, metadata)),
      ...(await this.reserve('credit-note', priced, metadata)),
    ]);
    const numbered = priced.map((one) => this.number(one, numbers.get(one.id)));
    return async () => {
      await Promise.all(numbered.map((one) => this.append(one, metadata)));
      this.tools.numbers.settle(this.order.organisation, numbers);
    };
  }

  /** Those against which nothing stands, and those that were there before it did. */
  private async writable(documents: readonly SourceDocument[], metadata: Metadata): Promise<readonly SourceDocument[]> {
    const { customers: finder, obstacles } = this.tools;
    const found = finder && (await finder.find(documents, metadata));
    const known = found?.map(([document]) => document) ?? documents;
    const standing = await obstacles.of(known.map((document) => this.posted(document)));
    const writable: SourceDocument[] = [];
    for (const [index, document] of known.entries()) {
      const obstacle = found?.[index]?.[1] ?? standing[index];
      if (obstacle === undefined || (await this.isBegun(document))) writable.push(document);
      else this.reject(document, obstacle.code, obstacle.detail);
    }
    return writable;
  }

  /** Whether a document is there, or must come to be: its number would be missing otherwise. */
  private async isBegun(document: SourceDocument): Promise<boolean> {
    const { records, numbers } = this.tools;
    const id = this.ids.document(document.invoiceNo);
    const isThere = await records.isThere(aggregateOf(document), id);
    return isThere || numbers.isReserved(this.order.organisation, document.kind, id);
  }

  private posted({ customer, rows }: SourceDocument): Posted {
    const accountCodes = new Set<string>();
    for (const { accountCode } of rows) if (accountCode !== undefined) accountCodes.add(accountCode);
    return { customerId: customer?.id ?? this.ids.customer(rows[0].customerId), date: rows[0].date, accountCodes };
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
  private makePartners({ rows, customer }: SourceDocument, metadata: Metadata): readonly Promise<void>[] {
    const { ids } = this;
    const { person } = this.tools.rights;
    const making: Promise<void>[] = [];
    const make = async (kind: 'customers' | 'products', aggregate: Streams, id: string, event: DomainEvent) => {
      if (await this.tools.records.make(aggregate, id, [event], metadata)) this.tally.made(kind);
    };
    if (customer === undefined && this.isNew('customers', rows[0].customerId)) {
      const event = customerEvent(ids, rows[0], person);
      making.push(make('customers', customers, event.data.customerId, event));
    }
    for (const row of rows) {
      if (row.stockCode === '' || !this.isNew('products', row.stockCode)) continue;
      making.push(make('products', products, ids.product(row.stockCode), productEvent(row, person)));
    }
    return making;
  }

  private isNew(kind: 'customers' | 'products', name: string): boolean {
    if (this.known[kind].get(name) === true) return false;
    this.known[kind].set(name, true);
    return true;
  }

  /** Only documents that are not there yet get a number. */
  private reserve(
    series: 'invoice' | 'credit-note',
    priced: readonly Priced[],
    metadata: Metadata,
  ): Promise<ReadonlyMap<string, number>> {
    const documents = priced.filter(({ document }) => document.kind === series).map(({ id }) => ({ id, revision: -1 }));
    if (documents.length === 0) return Promise.resolve(new Map<string, number>());
    return this.tools.numbers.reserve(this.order.organisation, series, documents, metadata);
  }

  /** Without a number the document was there before. */
  private number({ id, document, content }: Priced, number: number | undefined): Numbered {
    const { kind } = document;
    const events =
      number === undefined ? undefined : documentEvents(document, content, number, this.tools.rights.person);
    return { id, kind, total: content.total, events };
  }

  private async append({ id, kind, total, events }: Numbered, metadata: Metadata): Promise<void> {
    const { records } = this.tools;
    const aggregate = aggregateOf({ kind });
    const ours =
      events === undefined ? await records.isOurs(aggregate, id) : await records.make(aggregate, id, events, metadata);
    if (ours) this.tally.documentMade(kind, total);
  }

  private reject({ rows }: SourceDocument, code: RowErrorCode, detail: string): void {
    const [first, ...rest] = rows;
    const others = rest.map(({ row }: Row) => ({
      row,
      code: 'document-rejected' as const,
      detail: 'Another row of this document is wrong',
    }));
    this.tally.rowsRejected(1, [{ row: first.row, code, detail }, ...others]);
  }
}

const aggregateOf = ({ kind }: Pick<SourceDocument, 'kind'>): Streams => (kind === 'invoice' ? invoices : creditNotes);

/**
 * A number that is reserved must be used, so this is known before. What a document has besides its content, and what that
 * posts, takes less than the share that is left here. Short documents need no measuring.
 */
export const isTooLarge = (content: Priced['content']): boolean =>
  content.lines.length > 200 &&
  Buffer.byteLength(JSON.stringify([content, bookedOf(content)])) > 0.9 * MAX_APPEND_BYTES;
