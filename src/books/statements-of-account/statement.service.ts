import { Inject, Injectable } from '@nestjs/common';
import { type OrganisationDirectory, ORGANISATIONS } from '../../access/contract.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { MAX_PAGE } from '../../platform/http/fields.js';
import { earliest, ViewReader } from '../../platform/http/view-reader.js';
import { isWithinReach } from '../../platform/http/within-reach.js';
import type { Reflecting } from '../../platform/read-model/read-model.port.js';
import { type InvoiceDoc, invoicesView } from '../invoices/invoice.view.js';
import { type OpenItemDoc, openItemsView } from '../ledger/open-item.view.js';
import { type OwedDocument, type Statement, statementOf } from './statement.js';

export interface StatementInMoney extends Statement {
  readonly currency: string;
}

/** Puts statements together from what is owed in the ledger: the figures are those of the aged debtors. */
@Injectable()
export class Statements {
  constructor(
    private readonly views: ViewReader,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
  ) {}

  /** Of the documents that the request's permission reaches; void ones never were. */
  async of(
    context: RequestContext,
    customerId: string,
    days: Pick<Statement, 'from' | 'to'>,
  ): Promise<Reflecting<StatementInMoney>> {
    const documents: OwedDocument[] = [];
    let reflected: string | undefined;
    for (let after: string | null | undefined; after !== null;) {
      const page = await this.page(context, customerId, after);
      documents.push(...page.value.documents);
      reflected ??= page.position;
      after = page.value.next;
    }
    const currency = await this.organisations.currencyOf(context.organisation);
    return { value: { currency, ...statementOf(documents, days) }, position: reflected };
  }

  private async page(
    context: RequestContext,
    customerId: string,
    after: string | undefined,
  ): Promise<Reflecting<{ readonly documents: readonly OwedDocument[]; readonly next: string | null }>> {
    const { value, position } = await this.views.find(openItemsView, context, {
      where: [
        { field: 'organisation', eq: context.organisation },
        { field: 'party', eq: customerId },
        { field: 'ledger', eq: 'debtors' },
      ],
      sort: 'byEnd',
      limit: MAX_PAGE,
      after,
    });
    const invoices = await this.views.getMany(
      invoicesView,
      context,
      value.items.map(({ key }) => key),
    );
    const documents = value.items.flatMap(({ key, doc }, index) => {
      const owed = owedWith(context, key, doc, invoices.value[index] ?? null);
      return owed === undefined ? [] : [owed];
    });
    return { value: { documents, next: value.next }, position: earliest(position, invoices.position) };
  }
}

/** What is no invoice or credit note is nobody's in particular, so only what reaches everything reaches it. */
function owedWith(
  context: RequestContext,
  id: string,
  { movements, dueDate, kind }: OpenItemDoc,
  invoice: InvoiceDoc | null,
): OwedDocument | undefined {
  const due = dueDate === undefined ? {} : { dueDate };
  if (invoice === null) {
    const isDocument = kind === 'invoice' || kind === 'credit-note';
    return isDocument || context.reach?.tokens !== 'all' ? undefined : { id, ...due, movements };
  }
  if (invoice.status === 'void' || !isWithinReach(context, invoice)) return undefined;
  return { id, kind: invoice.kind, ...(invoice.number === null ? {} : { number: invoice.number }), ...due, movements };
}
