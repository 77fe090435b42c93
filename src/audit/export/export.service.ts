import { setImmediate as nextTurn } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { Inject, Injectable, StreamableFile } from '@nestjs/common';
import type { Instant } from '../../kernel/event.js';
import { notFound, Refusal } from '../../kernel/refusal.js';
import { Appender } from '../../platform/commands/appender.js';
import { actorOf } from '../../platform/commands/metadata.js';
import { AUTHORISER, type Authoriser, type RequestContext } from '../../platform/commands/principal.js';
import { Checkpoints } from '../../platform/proofs/checkpoints.service.js';
import { NotaryClient } from '../../platform/proofs/notary-client.js';
import { TREES } from '../../platform/proofs/proofs.module.js';
import type { TreeReader } from '../../platform/proofs/trees.port.js';
import { type Logger, LOGGER } from '../../platform/telemetry/logger.js';
import { type AuditExported, evidenceStream } from '../evidence/evidence.js';
import { requireWhole } from '../proofs/whole.js';
import { type FoundEvent, TrailFinder } from '../trail/trail.finder.js';
import { BundleWriter } from './bundle.writer.js';
import { CsvWriter } from './csv.writer.js';
import type { Extract, ExportWriter } from './export.writer.js';
import type { Extent } from './trail-export.js';
import { requireOrder } from './trail-export.decide.js';
import { TrailExportApprovals } from './trail-exports.service.js';

export const JSONL_TYPE = 'application/x-ndjson; charset=utf-8';
export const CSV_TYPE = 'text/csv; charset=utf-8';

export interface BegunExport {
  readonly file: StreamableFile;
  /** Of the last event that records it. Unsealed. */
  readonly position: string;
}

/** Events that are in memory together: a few, then more, as far as the last ones were small. */
const FIRST = 8;
const MOST = 100;
const TEXT_AT_ONCE = 1024 * 1024;
/** How long an export waits for the trees to hold the event that records it, in milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * Takes the trail out as a stream: whatever its size, a batch of it is in memory. Its events are found by their leaves, so an
 * export costs what its own organisation has, however large the log around it is.
 */
@Injectable()
export class ExportService {
  constructor(
    private readonly appender: Appender,
    @Inject(TREES) private readonly trees: TreeReader,
    private readonly notary: NotaryClient,
    private readonly checkpoints: Checkpoints,
    private readonly finder: TrailFinder,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    private readonly approvals: TrailExportApprovals,
    private readonly bundle: BundleWriter,
    private readonly csv: CsvWriter,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /**
   * Records the export, then begins it: its record is the last event in it, unless it ends earlier. An approval is used up when
   * nothing stands in the way any more, so that a 503 leaves it good.
   *
   * @throws Refusal before there is anything to send
   */
  async begin(context: RequestContext, extent: Extent, approval: string | undefined): Promise<BegunExport> {
    requireWhole(context.reach);
    requireOrder(extent);
    await this.approvals.require(context, extent, approval);
    const { format } = extent;
    const { id, position } = await this.record(context, { ...extent, ...(approval !== undefined && { approval }) });
    // From here on everything reflects what was just recorded.
    const reading = { ...context, atLeast: position };
    const extract = await this.extract(reading, id, position, extent);
    const begun = approval === undefined ? undefined : await this.approvals.begin(context, extent, approval);
    const writer = format === 'csv' ? this.csv : this.bundle;
    const stream = Readable.from(this.parts(reading, extract, writer), { objectMode: false });
    const type = format === 'csv' ? CSV_TYPE : JSONL_TYPE;
    const file = new StreamableFile(stream, { type, disposition: `attachment; filename="trail-${id}.${format}"` });
    file.setErrorLogger((error) => this.log.warn({ err: error, eventId: id }, 'an export was cut off'));
    return { file, position: begun?.position ?? position };
  }

  private async record(
    context: RequestContext,
    data: AuditExported['data'],
  ): Promise<{ readonly id: string; readonly position: string }> {
    const { organisation, authority } = context;
    const actor = actorOf(context);
    const metadata = await this.appender.metadataOf({
      context,
      organisation,
      command: 'ExportTrail',
      actor,
      authority,
    });
    const event: AuditExported = { type: 'AuditExported', data };
    const [recorded] = await this.appender.append(
      { eventIds: [], keyed: undefined },
      { stream: evidenceStream(organisation), expected: 'any', events: [event], metadata },
    );
    return recorded!;
  }

  private async extract(
    context: RequestContext,
    id: string,
    position: string,
    { from, to }: Pick<Extract, 'from' | 'to'>,
  ): Promise<Extract> {
    const { organisation } = context;
    const leaf = (await this.notary.waitFor(position, PATIENCE_MS)) ? this.trees.leafOf(id) : undefined;
    if (leaf === undefined)
      throw new Refusal('unavailable', 'The proofs do not reach the last event yet; try again', { retryAfter: 5 });
    const size = leaf.index + 1;
    const end = to === null ? size : await this.firstFrom(context, to, size);
    const first = from === null ? 0 : await this.firstFrom(context, from, end);
    const head = await this.checkpoints.over(organisation, end, position);
    return { organisation, from, to, first, end, head };
  }

  /** Index of the first leaf that was recorded at an instant or later, of so many; that number where there is none. */
  private async firstFrom(context: RequestContext, instant: Instant, size: number): Promise<number> {
    let [low, high] = [0, size];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const [found] = await this.read(context, middle, 1);
      if (found!.stored.recordedAt < instant) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private read(context: RequestContext, index: number, limit: number): Promise<readonly FoundEvent[]> {
    return this.finder.ofEvents(context, this.trees.events(context.organisation, index, limit));
  }

  /** A part is made when the one before has been sent. Whoever loses the right to it midway gets no end. */
  private async *parts(context: RequestContext, extract: Extract, writer: ExportWriter): AsyncGenerator<string> {
    yield await writer.begin(extract);
    let atOnce = FIRST;
    for (let index = extract.first; index < extract.end;) {
      await this.requireStill(context);
      const found = await this.read(context, index, Math.min(atOnce, extract.end - index));
      const part = await writer.lines(context, found, index);
      yield part;
      index += found.length;
      const fitting = Math.floor((TEXT_AT_ONCE * found.length) / part.length);
      atOnce = Math.max(1, Math.min(MOST, 2 * atOnce, fitting));
      await nextTurn();
    }
    await this.requireStill(context);
    yield writer.end(extract);
  }

  private async requireStill({ principal, organisation, permission }: RequestContext): Promise<void> {
    const verdict = principal && (await this.authoriser.authorise(principal, organisation, permission));
    if (verdict?.allowed !== true || verdict.reach.tokens !== 'all') throw notFound();
  }
}
