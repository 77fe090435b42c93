import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { StateCache } from '../../platform/commands/state-cache.js';
import { LOGGER, type Logger } from '../../platform/telemetry/logger.js';
import { purchases } from '../purchases/purchase.js';
import { AttachmentFiles, type AttachmentPlace } from './attachment.files.js';

/** Settles by the log what an earlier process left unsettled: a file that it names is kept, any other is gone. */
@Injectable()
export class AttachmentRecovery implements OnApplicationBootstrap {
  constructor(
    private readonly files: AttachmentFiles,
    private readonly states: StateCache,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const place of await this.files.leftOver()) {
      try {
        await this.settle(place);
      } catch (error) {
        // It stays where it is, can be read all the same, and the next start looks after it.
        this.log.warn({ err: error, attachment: place.attachmentId }, 'a file is settled later');
      }
    }
  }

  private async settle(place: AttachmentPlace): Promise<void> {
    const { state } = await this.states.load(purchases, place.organisation, place.purchaseId);
    if (state.status !== 'absent' && state.attachments.has(place.attachmentId)) await this.files.settle(place);
    else await this.files.forget(place);
  }
}
