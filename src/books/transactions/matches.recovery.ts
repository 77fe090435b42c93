import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import { Refusal } from '../../kernel/refusal.js';
import { completionMetadata, type Sweep, Sweeps } from '../numbering/sweep.service.js';
import { Matching } from './matching.service.js';
import { type OpenMatch, openMatchesView } from './open-match.view.js';
import { transactions } from './transaction.js';

/** Sees to it that no transaction stays half matched: the command was allowed, and only its end is missing. */
@Injectable()
export class CompleteMatches implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly sweep: Sweep<OpenMatch>;

  constructor(
    private readonly sweeps: Sweeps,
    private readonly matching: Matching,
  ) {
    this.sweep = sweeps.of({
      view: openMatchesView,
      name: 'matches of bank transactions',
      finish: (id, match) => this.finish(id, match),
    });
  }

  onApplicationBootstrap(): void {
    this.sweep.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.sweep.stop();
  }

  private async finish(matchId: string, { organisation, transactionId, reservedBy }: OpenMatch): Promise<void> {
    const cause = await this.sweeps.cause(streamOf(transactions, organisation, transactionId), reservedBy);
    const metadata = completionMetadata(cause, 'matching');
    try {
      await this.matching.settle(organisation, transactionId, matchId, metadata);
    } catch (error) {
      // A match that was refused has come to its end as well.
      if (!(error instanceof Refusal) || error.code === 'unavailable') throw error;
    }
  }
}
