import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import { Refusal } from '../../kernel/refusal.js';
import { completionMetadata, type Sweep, Sweeps } from '../numbering/sweep.service.js';
import { type OpenReconciliationDoc, openReconciliationsView } from './open-reconciliation.view.js';
import { ReconcilingService } from './reconciling.service.js';
import { reconciliations } from './reconciliation.js';

/** Sees to it that no reconciliation stays under way for ever. */
@Injectable()
export class CompleteReconciliations implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly sweep: Sweep<OpenReconciliationDoc>;

  constructor(
    private readonly sweeps: Sweeps,
    private readonly reconciling: ReconcilingService,
  ) {
    this.sweep = sweeps.of({
      view: openReconciliationsView,
      name: 'reconciliations',
      finish: (id, open) => this.finish(id, open),
    });
  }

  onApplicationBootstrap(): void {
    this.sweep.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.sweep.stop();
  }

  private async finish(id: string, { organisation, reservedBy }: OpenReconciliationDoc): Promise<void> {
    const cause = await this.sweeps.cause(streamOf(reconciliations, '', organisation), reservedBy);
    const metadata = completionMetadata(cause, 'reconciling');
    try {
      await this.reconciling.settle(organisation, id, metadata);
    } catch (error) {
      // One that is aborted has come to its end as well.
      if (!(error instanceof Refusal)) throw error;
    }
  }
}
