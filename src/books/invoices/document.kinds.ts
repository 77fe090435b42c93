import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { descriptionsOf, type RecordDescription, RecordKinds } from '../../platform/commands/record-kinds.js';
import { READ_MODEL } from '../../platform/commands/tokens.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { type DocumentKind, factsOf } from './document.js';
import { type InvoiceDoc, invoicesView } from './invoice.view.js';

const NAMES: Readonly<Record<DocumentKind, string>> = { invoice: 'Invoice', 'credit-note': 'Credit note' };

/** Invoices and credit notes, for those who show records of all kinds. */
@Injectable()
export class DocumentKinds implements OnModuleInit {
  constructor(
    private readonly kinds: RecordKinds,
    @Inject(READ_MODEL) private readonly model: ReadModel,
  ) {}

  onModuleInit(): void {
    for (const kind of ['invoice', 'credit-note'] as const) {
      this.kinds.register({
        kind,
        readPermission: `${kind}s:read`,
        describe: (organisation, ids) => this.describe(organisation, kind, ids),
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
}

const descriptionOf = (doc: InvoiceDoc): RecordDescription => ({
  label: doc.number === null ? `${NAMES[doc.kind]} (${doc.status})` : `${NAMES[doc.kind]} ${doc.number}`,
  facts: factsOf({ content: doc, createdBy: doc.createdBy }),
});
