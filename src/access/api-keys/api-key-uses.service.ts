import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Appender } from '../../platform/commands/appender.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import { type Logger, LOGGER } from '../../platform/telemetry/logger.js';
import { apiKeyUseStream } from '../organisations/api-key-use.js';
import type { ApiKey } from '../organisations/api-keys.js';

type Used = Pick<ApiKey, 'id' | 'userId'>;

const HOUR_MS = 60 * 60 * 1000;

/**
 * Notes down that a key is used, once in an hour of the clock. The event's id is derived from key and hour, so that all
 * nodes write it once. No request waits for it, and none fails with it.
 */
@Injectable()
export class ApiKeyUses implements OnModuleDestroy {
  /** The hour that was noted last, by key. */
  private readonly noted = new LRUCache<string, number>({ max: 10_000 });
  private readonly writing = new Set<Promise<void>>();

  constructor(
    private readonly appender: Appender,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  note(organisation: string, key: Used): void {
    const hour = Math.floor(this.clock() / HOUR_MS);
    if (this.noted.get(key.id) === hour) return;
    this.noted.set(key.id, hour);
    const writing = this.write(organisation, key, hour)
      .catch((error: unknown) => {
        // The next use tries again.
        this.noted.delete(key.id);
        this.logger.warn({ err: error, apiKey: key.id }, 'the use of an API key could not be noted');
      })
      .finally(() => this.writing.delete(writing));
    this.writing.add(writing);
  }

  /** Resolves when nothing is being written any more. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.writing);
  }

  private async write(organisation: string, { id, userId }: Used, hour: number): Promise<void> {
    const eventId = derivedId('ApiKeyUsed', organisation, id, String(hour));
    await this.appender.append(
      { eventIds: [eventId], keyed: undefined },
      {
        stream: apiKeyUseStream(organisation, id),
        expected: 'any',
        events: [{ type: 'ApiKeyUsed', data: { keyId: id } }],
        metadata: {
          organisation,
          actor: { kind: 'api-key', id, onBehalfOf: userId },
          command: 'NoteApiKeyUse',
          correlationId: eventId,
          requestId: eventId,
        },
      },
    );
  }
}
