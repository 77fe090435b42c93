import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { PlainDate, Instant } from '../../kernel/event.js';
import { decimalOf, microsOf } from '../../kernel/money.js';
import type { Condition } from '../../kernel/view.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import type { Reflecting } from '../../platform/read-model/read-model.port.js';
import { CODES } from '../chart/codes.js';
import { ConfidentialAccounts } from '../chart/confidential-accounts.service.js';
import { LedgerReader } from '../ledger/ledger-reader.service.js';
import { type SaleDoc, salesView } from './sale.view.js';
import type { CustomerSales, ProductSales } from './sales.js';

export interface SalesExtent {
  readonly from: PlainDate;
  readonly to: PlainDate;
  readonly known?: Instant | undefined;
}

const PAGE = 500;

/** Adds up what invoices and credit notes within the limits of the context have sold; void ones have sold nothing. */
@Injectable()
export class SalesReader {
  constructor(
    private readonly views: ViewReader,
    private readonly confidential: ConfidentialAccounts,
    private readonly ledger: LedgerReader,
  ) {}

  async byCustomer(
    context: RequestContext,
    extent: SalesExtent,
  ): Promise<Reflecting<ReadonlyMap<string, CustomerSales>>> {
    const sales = new Map<string, CustomerSales>();
    const position = await this.each(context, extent, ({ customerId, sold }) => {
      const { net, vat, documents } = sales.get(customerId) ?? { net: 0, vat: 0, documents: 0 };
      sales.set(customerId, {
        net: sold.reduce((sum, one) => sum + one.net, net),
        vat: sold.reduce((sum, one) => sum + one.vat, vat),
        documents: documents + 1,
      });
    });
    return { value: sales, position };
  }

  /** By product; `''` for the lines that name none. */
  async byProduct(
    context: RequestContext,
    extent: SalesExtent,
  ): Promise<Reflecting<ReadonlyMap<string, ProductSales>>> {
    const sales = new Map<string, { net: number; vat: number; micros: bigint }>();
    const position = await this.each(context, extent, ({ sold }) => {
      for (const { productId = '', net, vat, quantity } of sold) {
        const sum = sales.get(productId) ?? { net: 0, vat: 0, micros: 0n };
        sales.set(productId, sum);
        sum.net += net;
        sum.vat += vat;
        sum.micros += microsOf(quantity);
      }
    });
    const value = [...sales].map(
      ([id, { micros, ...amounts }]) => [id, { ...amounts, quantity: decimalOf(micros) }] as const,
    );
    return { value: new Map(value), position };
  }

  private async each(
    context: RequestContext,
    { from, to, known }: SalesExtent,
    tell: (sale: SaleDoc) => void,
  ): Promise<string | undefined> {
    const hidden = await this.confidential.hiddenFrom(context);
    const where: readonly Condition[] = [
      ...withinReach(context),
      { field: 'status', eq: 'booked' },
      { field: 'date', from, to },
    ];
    let reflected: string | undefined;
    for (let after: string | null | undefined; after !== null;) {
      const { value, position } = await this.views.find(salesView, context, {
        where,
        sort: 'byDate',
        limit: PAGE,
        after,
      });
      reflected ??= position;
      for (const { doc } of value.items) {
        if (!counts(doc, known)) continue;
        if (doc.sold.some(({ accountCode = CODES.sales }) => hidden.has(accountCode)))
          await this.ledger.refuse(context);
        tell(doc);
      }
      after = value.next;
      await nextTurn();
    }
    return reflected;
  }
}

const counts = ({ bookedAt, voidedAt }: SaleDoc, known: Instant | undefined): boolean =>
  known === undefined
    ? voidedAt === undefined
    : bookedAt !== undefined && bookedAt <= known && (voidedAt === undefined || voidedAt > known);
