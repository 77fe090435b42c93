import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { dateOf } from '../../kernel/dates.js';
import { type RecordFacts, streamOf } from '../../kernel/decider.js';
import type { Past } from '../../platform/commands/past-documents.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import {
  descriptionsOf,
  factsIn,
  type RecordDescription,
  type RecordKind,
  RecordKinds,
  type RecordWithFacts,
} from '../../platform/commands/record-kinds.js';
import { READ_MODEL } from '../../platform/commands/tokens.js';
import { type Searched, searchView } from '../../platform/commands/record-search.js';
import { newestOf } from '../../platform/commands/view-kind.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import type { ReadModel, Reflecting } from '../../platform/read-model/read-model.port.js';
import { customersView } from '../customers/customer.view.js';
import { creditNotes } from './credit-note.js';
import { documentFacts, type DocumentKind } from './document.js';
import { answerOf } from './document.queries.js';
import { invoices } from './invoice.js';
import { type InvoiceDoc, invoicesView } from './invoice.view.js';

const NAMES: Readonly<Record<DocumentKind, string>> = { invoice: 'Invoice', 'credit-note': 'Credit note' };
const FACTS: Readonly<Record<DocumentKind, NonNullable<RecordKind['factsOf']>>> = {
  invoice: factsIn(invoices),
  'credit-note': factsIn(creditNotes),
};

/** Invoices and credit notes, for those who show records of all kinds. */
@Injectable()
export class DocumentKinds implements OnModuleInit {
  constructor(
    private readonly kinds: RecordKinds,
    @Inject(READ_MODEL) private readonly model: ReadModel,
    private readonly views: ViewReader,
  ) {}

  onModuleInit(): void {
    for (const kind of ['invoice', 'credit-note'] as const) {
      this.kinds.register({
        kind,
        readPermission: `${kind}s:read`,
        describe: (organisation, ids) => this.describe(organisation, kind, ids),
        factsOf: FACTS[kind],
        asOf: (past, organisation, id) => this.asOf(past, organisation, kind, id),
        ofProjects: (context, reach, limit) =>
          newestOf(this.views, invoicesView, context, reach, limit, [{ field: 'kind', eq: kind }]),
        search: (context, sought) => searchView(this.views, invoicesView, searchedAs(kind), context, sought),
        unfinished: {
          permission: `${kind}s:issue`,
          find: (context, limit) => this.drafts(context, kind, limit),
        },
      });
    }
  }

  private async describe(
    organisation: string,
    kind: DocumentKind,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, RecordDescription>> {
    const { value: docs } = await this.model.getMany(invoicesView, ids);
    const ofKind = docs.map((doc) => (doc?.kind === kind ? doc : null));
    return descriptionsOf(organisation, ids, ofKind, descriptionOf);
  }

  /** With the customer's name as it is now, as the document's own GET has it. */
  private async asOf(past: Past, organisation: string, kind: DocumentKind, id: string): Promise<object | undefined> {
    const doc = await past.document({
      view: invoicesView,
      key: id,
      streams: [streamOf(kind === 'invoice' ? invoices : creditNotes, organisation, id)],
      // What a credit note takes off shows when that is issued.
      further: ({ type, data }) =>
        type === 'CreditReserved' && 'creditNoteId' in data
          ? streamOf(creditNotes, organisation, String(data.creditNoteId))
          : undefined,
    });
    if (doc?.organisation !== organisation || doc.kind !== kind) return undefined;
    const { value: customer } = await this.model.get(customersView, doc.customerId);
    return answerOf(id, doc, customer?.name, dateOf(past.at));
  }

  private async drafts(
    context: RequestContext,
    kind: DocumentKind,
    limit: number,
  ): Promise<Reflecting<readonly RecordWithFacts[]>> {
    const { value, position } = await this.views.find(invoicesView, context, {
      where: [...withinReach(context), { field: 'kind', eq: kind }, { field: 'status', eq: 'draft' }],
      sort: 'newest',
      limit,
    });
    return { value: value.items.map(({ key, doc }) => ({ id: key, facts: factsOfDoc(doc) })), position };
  }
}

const searchedAs = (kind: DocumentKind): Searched<InvoiceDoc> => ({
  where: [{ field: 'kind', eq: kind }],
  party: 'customerId',
  show: ({ number, reference = null, status, date, total, currency, customerId }) => ({
    number,
    reference,
    status,
    date,
    total,
    currency,
    customerId,
  }),
});

const factsOfDoc = (doc: InvoiceDoc): RecordFacts => documentFacts({ content: doc, createdBy: doc.createdBy });

const descriptionOf = (doc: InvoiceDoc): RecordDescription => ({
  label: doc.number === null ? `${NAMES[doc.kind]} (${doc.status})` : `${NAMES[doc.kind]} ${doc.number}`,
  facts: factsOfDoc(doc),
});
