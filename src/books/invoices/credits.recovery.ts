import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { NUMBERED_DOCUMENTS, type NumberedDocuments } from '../numbering/numbered-documents.port.js';
import { NumberRegister } from '../numbering/numbers.register.js';
import { completionMetadata, type Sweep, Sweeps } from '../numbering/sweep.service.js';
import { creditNotes } from './credit-note.js';
import { invoices } from './invoice.js';
import { type OpenCredit, openCreditsView } from './open-credits.view.js';

/**
 * Sees to it that no credit is taken off an invoice for a credit note that is never issued. A draft whose credit was reserved
 * is issued: the command was allowed, and only its end is missing. The credit of a void one counts no more by itself.
 */
@Injectable()
export class CompleteCredits implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly sweep: Sweep<OpenCredit>;

  constructor(
    private readonly sweeps: Sweeps,
    private readonly states: StateCache,
    private readonly register: NumberRegister,
    @Inject(NUMBERED_DOCUMENTS) private readonly documents: NumberedDocuments,
  ) {
    this.sweep = sweeps.of({
      view: openCreditsView,
      name: 'reserved credits',
      finish: (id, credit) => this.finish(id, credit),
    });
  }

  onApplicationBootstrap(): void {
    this.sweep.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.sweep.stop();
  }

  private async finish(id: string, { organisation, invoiceId, reservedBy }: OpenCredit): Promise<void> {
    const { state, revision } = await this.states.load(creditNotes, organisation, id);
    if (state.status !== 'draft') return;
    const cause = await this.sweeps.cause(streamOf(invoices, organisation, invoiceId), reservedBy);
    const metadata = completionMetadata(cause, 'crediting');
    const document = { id, revision };
    const number = (await this.register.reserve(organisation, 'credit-note', [document], metadata)).get(id);
    if (number === undefined) return;
    await this.documents.issue(organisation, 'credit-note', document, number, metadata);
  }
}
