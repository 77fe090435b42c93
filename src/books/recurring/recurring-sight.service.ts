import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import type { Page, Reflecting } from '../../platform/read-model/read-model.port.js';
import { AccountSight } from '../chart/account-sight.service.js';
import { ConfidentialAccounts } from '../chart/confidential-accounts.service.js';
import { FactsWithAccounts } from '../chart/facts-with-accounts.service.js';
import {
  type RecurringContent,
  type RecurringInvoice,
  type RecurringInvoiceEvent,
  recurringInvoices,
} from './recurring-invoice.js';
import { type RecurringInvoiceDoc, recurringInvoicesView } from './recurring-invoice.view.js';

/** What somebody sees of the recurring invoices: those within reach that name no account which is not there for them. */
@Injectable()
export class RecurringSight extends FactsWithAccounts<RecurringInvoice, RecurringInvoiceEvent> {
  constructor(
    private readonly views: ViewReader,
    private readonly confidential: ConfidentialAccounts,
    states: StateCache,
    sight: AccountSight,
  ) {
    super(states, sight, recurringInvoices, ({ fields }) => codesOf(fields));
  }

  /** @throws Refusal not-found */
  record(context: RequestContext, id: string): Promise<Reflecting<RecurringInvoiceDoc>> {
    const record = { kind: 'recurring-invoice', id };
    return this.views.record(recurringInvoicesView, context, record, this.confidential.hiding(codesOf));
  }

  page(context: RequestContext, { limit, after }: PageQuery): Promise<Reflecting<Page<RecurringInvoiceDoc>>> {
    const list = { where: withinReach(context), sort: 'newest', limit, after };
    return this.views.find(recurringInvoicesView, context, list, this.confidential.hiding(codesOf));
  }
}

const codesOf = ({ lines }: Pick<RecurringContent, 'lines'>): readonly string[] =>
  lines.flatMap(({ accountCode }) => accountCode ?? []);
