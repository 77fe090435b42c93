import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import type { Metadata } from '../../kernel/event.js';
import { Consequences } from '../../platform/commands/consequences.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import { systemMetadata } from '../../platform/commands/metadata.js';
import { type Loaded, StateCache } from '../../platform/commands/state-cache.js';
import { type Invoice, invoices } from '../invoices/invoice.js';
import { type Sweep, Sweeps } from '../numbering/sweep.service.js';
import { estimates } from './estimate.js';
import { draftInvoice } from './estimate.decide.js';
import { type OpenConversion, openConversionsView } from './open-conversions.view.js';

/** The one invoice that an estimate can become. */
export const invoiceOf = (organisation: string, estimateId: string): string =>
  derivedId('invoice-of-estimate', organisation, estimateId);

/**
 * Makes the invoices that estimates have become. The estimate says so first, with the invoice's id and dates; whoever comes
 * after that, the command itself, its repeat or the sweep, makes the same invoice and finds the one that is there.
 */
@Injectable()
export class Conversions implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly sweep: Sweep<OpenConversion>;

  constructor(
    private readonly sweeps: Sweeps,
    private readonly states: StateCache,
    private readonly consequences: Consequences,
  ) {
    this.sweep = sweeps.of({
      view: openConversionsView,
      name: 'conversions of estimates',
      finish: (_, { organisation, estimateId, reservedBy }) => this.complete(organisation, estimateId, reservedBy),
    });
  }

  onApplicationBootstrap(): void {
    this.sweep.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.sweep.stop();
  }

  /** Answers the invoice of a converted estimate, made where it is not there yet. */
  async finish(organisation: string, estimateId: string, metadata: Metadata): Promise<Loaded<Invoice>> {
    const { state } = await this.states.load(estimates, organisation, estimateId);
    if (state.status === 'absent' || state.conversion === null)
      throw new Error(`The estimate ${estimateId} is not converted`);
    const { content, conversion } = state;
    await this.consequences.write(
      invoices,
      organisation,
      conversion.invoiceId,
      draftInvoice(content, conversion),
      metadata,
    );
    return this.states.load(invoices, organisation, conversion.invoiceId);
  }

  private async complete(organisation: string, estimateId: string, revision: number): Promise<void> {
    const cause = await this.sweeps.cause(streamOf(estimates, organisation, estimateId), revision);
    await this.finish(organisation, estimateId, systemMetadata(cause, 'converting', cause.metadata.command));
  }
}
