import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import { systemMetadata } from '../../platform/commands/metadata.js';
import { NUMBERED_DOCUMENTS, type NumberedDocuments } from './numbered-documents.port.js';
import { numbers } from './numbers.js';
import { NumberRegister } from './numbers.register.js';
import { type OpenReservation, openReservationsView } from './numbers.view.js';
import { completionMetadata, type Sweep, Sweeps } from './sweep.service.js';

/**
 * Sees to it that every reserved number is used. A document that stands as it stood when its number was reserved is issued
 * with it: the command was allowed, and only its end is missing. A document that has moved on cannot be issued by that
 * command any more, so the number goes to another one. A document that is not there yet is its maker's to finish.
 */
@Injectable()
export class CompleteReservations implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly sweep: Sweep<OpenReservation>;

  constructor(
    private readonly sweeps: Sweeps,
    @Inject(NUMBERED_DOCUMENTS) private readonly documents: NumberedDocuments,
    private readonly register: NumberRegister,
  ) {
    this.sweep = sweeps.of({
      view: openReservationsView,
      name: 'reserved numbers',
      finish: (id, reservation) => this.finish(id, reservation),
    });
  }

  onApplicationBootstrap(): void {
    this.sweep.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.sweep.stop();
  }

  private async finish(
    id: string,
    { organisation, series, number, revision, reservedBy }: OpenReservation,
  ): Promise<void> {
    const found = await this.documents.look(organisation, series, id);
    if (found.revision === -1 || found.number === number) return;
    const cause = await this.sweeps.cause(streamOf(numbers, organisation, organisation), reservedBy);
    const document = { id, revision };
    if (found.revision !== revision) {
      const metadata = systemMetadata(cause, 'numbering', 'ReleaseNumber');
      return this.register.release(organisation, series, [document], metadata);
    }
    await this.documents.issue(organisation, series, document, number, completionMetadata(cause, 'numbering'));
  }
}
