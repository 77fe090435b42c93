import { LRUCache } from 'lru-cache';
import type { Metadata } from '../../kernel/event.js';
import type { CustomerEvent, Customer } from '../customers/customer.js';
import type { KnownCustomer, SourceDocument } from './documents.js';
import type { RecordFinder } from './import.finder.js';
import { CUSTOMER_ERASED, type Obstacle } from './import.obstacles.js';
import type { CustomerFinder } from './import.writer.js';
import type { DocumentTally } from './tally.js';

/** What a row of an invoice says of its customer, as the fields of one. */
export interface CustomerValues {
  readonly name: string;
  readonly email?: string;
  readonly reference?: string;
  readonly country?: string;
}

type Found = KnownCustomer | Obstacle;

const REMEMBERED = 20_000;

/** Customers as files of invoices with columns of their own describe them. */
export class DescribedCustomers implements CustomerFinder {
  private readonly known = new LRUCache<string, Found>({ max: REMEMBERED });

  constructor(
    private readonly finder: RecordFinder<Customer, CustomerEvent, CustomerValues>,
    private readonly tally: DocumentTally,
    /** Resolves when customers that were made before the import can be found. */
    private readonly ready: () => Promise<void>,
  ) {}

  async find(
    documents: readonly SourceDocument[],
    metadata: Metadata,
  ): Promise<readonly (readonly [SourceDocument, Obstacle | undefined])[]> {
    await this.ready();
    const found: (readonly [SourceDocument, Obstacle | undefined])[] = [];
    // One after the other: two documents of a block may be for one customer who is made for the first of them.
    for (const document of documents) {
      const [first] = document.rows;
      const values = valuesOf(document);
      if (values === undefined) {
        found.push([document, undefined]);
        continue;
      }
      const customer = this.known.get(first.customerId) ?? (await this.look(first.row, values, metadata));
      this.known.set(first.customerId, customer);
      found.push('id' in customer ? [{ ...document, customer }, undefined] : [document, customer]);
    }
    return found;
  }

  private async look(row: number, values: CustomerValues, metadata: Metadata): Promise<Found> {
    const { id, outcome, state } = await this.finder.find(row, values, metadata);
    if (outcome === 'erased') return CUSTOMER_ERASED;
    if (outcome === 'created') this.tally.made('customers');
    const { name, country } = state === undefined || state.status === 'absent' ? values : state.fields;
    return { id, name, ...(country === undefined ? {} : { country }) };
  }
}

/** Undefined where the rows say nothing of a customer: those are for nobody's in particular. */
function valuesOf({ rows: [{ customer, country }] }: SourceDocument): CustomerValues | undefined {
  if (customer === undefined) return undefined;
  const { reference, email, name } = customer;
  return {
    name: name ?? (reference === undefined ? email! : `Customer ${reference}`),
    ...(email === undefined ? {} : { email }),
    ...(reference === undefined ? {} : { reference }),
    ...(country === '' ? {} : { country }),
  };
}
