import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Authority } from '../../kernel/event.js';
import { Appender } from '../../platform/commands/appender.js';
import type { Evidence, RecordRef } from '../../platform/commands/evidence.port.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import { actorOf } from '../../platform/commands/metadata.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import { type Logger, LOGGER } from '../../platform/telemetry/logger.js';
import { type EvidenceEvent, evidenceStream } from './evidence.js';

/** One piece of evidence, the name of what the system did, and why the person could. */
interface Finding {
  readonly event: EvidenceEvent;
  readonly command: 'RecordRefusal' | 'RecordRead';
  /** None for a refusal: whatever else the person may do is no reason for it. */
  readonly authority?: Authority | undefined;
}

const MINUTE_MS = 60_000;

/**
 * Writes refusals and sensitive reads into the organisation's log, one per person, permission (or kind) and minute. The
 * event's id is derived from just that, so nodes that see the same minute write the same event once.
 */
@Injectable()
export class EvidenceService implements Evidence {
  /** What is written already, or being written. An entry is of no use after its minute. */
  private readonly written = new LRUCache<string, Promise<void>>({ max: 10_000, ttl: 2 * MINUTE_MS });

  constructor(
    private readonly appender: Appender,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async refused(context: RequestContext, because: 'stranger' | 'area' | 'record', record?: RecordRef): Promise<void> {
    const { organisation, permission, principal, requestId } = context;
    if (because === 'stranger' || organisation === '' || principal === undefined) {
      this.logger.warn({ security: 'refused', because, permission, requestId, userId: principal?.userId }, 'refused');
      return;
    }
    const data = { permission, because, ...(record === undefined ? {} : { record }) };
    const event: EvidenceEvent = { type: 'AccessRefused', data };
    try {
      await this.once(context, { event, command: 'RecordRefusal' }, permission);
    } catch (error) {
      this.logger.error({ err: error, requestId, permission }, 'a refusal could not be recorded');
    }
  }

  async read(context: RequestContext, kind: string): Promise<void> {
    const { permission, authority } = context;
    const event: EvidenceEvent = { type: 'SensitiveDataRead', data: { kind, permission } };
    await this.once(context, { event, command: 'RecordRead', authority }, kind);
  }

  private once(context: RequestContext, finding: Finding, what: string): Promise<void> {
    const { organisation, principal } = context;
    const minute = Math.floor(this.clock() / MINUTE_MS);
    const person = principal?.apiKey ?? principal?.userId ?? '';
    const id = derivedId(finding.event.type, organisation, person, what, String(minute));
    const before = this.written.get(id);
    if (before !== undefined) return before;
    const writing = this.write(id, context, finding);
    this.written.set(id, writing);
    // What could not be written is written by the next one.
    writing.catch(() => this.written.delete(id));
    return writing;
  }

  private async write(id: string, context: RequestContext, finding: Finding): Promise<void> {
    const { organisation } = context;
    const { event, command, authority } = finding;
    const actor = actorOf(context);
    const metadata = await this.appender.metadataOf({ context, organisation, command, actor, authority });
    const stream = evidenceStream(organisation);
    await this.appender.append(
      { eventIds: [id], keyed: undefined },
      { stream, expected: 'any', events: [event], metadata },
    );
  }
}
