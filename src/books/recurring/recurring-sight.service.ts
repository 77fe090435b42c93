import { Inject, Injectable } from '@nestjs/common';
import type { ReadState, RecordFacts } from '../../kernel/decider.js';
import { notFound } from '../../kernel/refusal.js';
import { EVIDENCE, type Evidence } from '../../platform/commands/evidence.port.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { MAX_PAGE, type PageQuery } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import type { Page, Reflecting } from '../../platform/read-model/read-model.port.js';
import { AccountSight } from '../chart/account-sight.service.js';
import { ConfidentialAccounts } from '../chart/confidential-accounts.service.js';
import { type RecurringContent, type RecurringInvoice, recurringInvoices } from './recurring-invoice.js';
import { type RecurringInvoiceDoc, recurringInvoicesView } from './recurring-invoice.view.js';

/** What somebody sees of the recurring invoices: those within reach that name no account which is not there for them. */
@Injectable()
export class RecurringSight {
  constructor(
    private readonly views: ViewReader,
    private readonly states: StateCache,
    private readonly accounts: AccountSight,
    private readonly confidential: ConfidentialAccounts,
    @Inject(EVIDENCE) private readonly evidence: Pick<Evidence, 'refused'>,
  ) {}

  /** What decides about one, at the moment of which `read` reads: marks of accounts come and go. */
  async factsOf(read: ReadState, organisation: string, state: RecurringInvoice): Promise<RecordFacts> {
    if (state.status === 'absent') return {};
    const also = await this.accounts.needs(read, organisation, codesOf(state.fields));
    return { ...recurringInvoices.facts(state), also };
  }

  factsNow(organisation: string, state: RecurringInvoice): Promise<RecordFacts> {
    return this.factsOf((aggregate, within, id) => this.states.load(aggregate, within, id), organisation, state);
  }

  /** What a command about one is authorised on. */
  about(organisation: string, id: string) {
    return {
      record: { kind: 'recurring-invoice', id },
      factsOf: (state: RecurringInvoice) => this.factsNow(organisation, state),
    };
  }

  /** @throws Refusal not-found */
  async record(context: RequestContext, id: string): Promise<Reflecting<RecurringInvoiceDoc>> {
    const record = { kind: 'recurring-invoice', id };
    const found = await this.views.record(recurringInvoicesView, context, record);
    if (!tellsOf(found.value, await this.confidential.hiddenFrom(context))) return found;
    await this.evidence.refused(context, 'record', record);
    throw notFound();
  }

  /** What is hidden is left out after reading; there is a cursor only where something visible is behind it. */
  async page(context: RequestContext, { limit, after }: PageQuery): Promise<Reflecting<Page<RecurringInvoiceDoc>>> {
    const hidden = await this.confidential.hiddenFrom(context);
    const found: Page<RecurringInvoiceDoc>['items'][number][] = [];
    let position: string | undefined;
    let next: string | null | undefined = after;
    while (next !== null && found.length < limit) {
      const page = await this.find(context, next, limit - found.length);
      found.push(...page.value.items.filter(({ doc }) => !tellsOf(doc, hidden)));
      position ??= page.position;
      next = page.value.next;
    }
    const more = next ?? null;
    return { value: { items: found, next: (await this.hasMore(context, more, hidden)) ? more : null }, position };
  }

  private async hasMore(context: RequestContext, after: string | null, hidden: ReadonlySet<string>): Promise<boolean> {
    for (let next = after; next !== null;) {
      const { value } = await this.find(context, next, MAX_PAGE);
      if (value.items.some(({ doc }) => !tellsOf(doc, hidden))) return true;
      next = value.next;
    }
    return false;
  }

  private find(context: RequestContext, after: string | undefined, limit: number) {
    return this.views.find(recurringInvoicesView, context, {
      where: withinReach(context),
      sort: 'newest',
      limit,
      after,
    });
  }
}

const codesOf = ({ lines }: Pick<RecurringContent, 'lines'>): readonly string[] =>
  lines.flatMap(({ accountCode }) => accountCode ?? []);

const tellsOf = (content: Pick<RecurringContent, 'lines'>, hidden: ReadonlySet<string>): boolean =>
  hidden.size > 0 && codesOf(content).some((code) => hidden.has(code));
