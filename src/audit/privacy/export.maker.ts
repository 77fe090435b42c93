import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { ZipFile } from 'yazl';
import { Consequences } from '../../platform/commands/consequences.js';
import { systemMetadata } from '../../platform/commands/metadata.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import { expiryOf } from '../contract.js';
import { ExportContent } from './export.content.js';
import { ExportFiles } from './export.files.js';
import { jsonOf, pageOf } from './export.page.js';
import { type DataExport, erasureOf, privacy } from './privacy.js';
import { completeExport, failExport } from './privacy.decide.js';

const ACTOR = 'privacy';

/** Puts exports together, in the background. */
@Injectable()
export class ExportMaker {
  constructor(
    private readonly states: StateCache,
    private readonly content: ExportContent,
    private readonly files: ExportFiles,
    private readonly consequences: Consequences,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Again is the same: an export that is there is left alone, one that was begun is begun anew. */
  async make(organisation: string, exportId: string): Promise<void> {
    const ordered = await this.wanted(organisation, exportId);
    if (ordered === undefined) return;
    const head = await this.content.headOf(organisation, ordered);
    const zip = zipOf({
      // Each part walks the events for itself, so that none of them is kept.
      'data.json': jsonOf(head, this.content.eventsOf(organisation, ordered)),
      'index.html': pageOf(head, this.content.eventsOf(organisation, ordered)),
    });
    const bytes = await this.files.write(organisation, ordered, zip);
    const metadata = systemMetadata(ordered.cause, ACTOR, 'MakeDataExport');
    await this.consequences.write(privacy, '', organisation, completeExport(exportId, bytes), metadata);
  }

  /** Says that an export will not be made; whoever wants it asks again. `why` is made of our words and codes. */
  async fail(organisation: string, exportId: string, why: string): Promise<void> {
    const ordered = await this.wanted(organisation, exportId);
    if (ordered === undefined) return;
    const metadata = systemMetadata(ordered.cause, ACTOR, 'FailDataExport');
    await this.consequences.write(privacy, '', organisation, failExport(exportId, why), metadata);
  }

  /** Undefined where it is there, nobody could have it any more, or its person's data goes. An erasure that nobody has approved yet holds nothing up. */
  private async wanted(organisation: string, exportId: string): Promise<DataExport | undefined> {
    const { state } = await this.states.load(privacy, '', organisation);
    const found = state.exports.get(exportId);
    if (found?.status !== 'ordered' || expiryOf(found) <= this.clock()) return undefined;
    const erasure = erasureOf(state, found.subject.id)?.status;
    return erasure === 'ordered' || erasure === 'done' ? undefined : found;
  }
}

/** A zip as it is written, entry after entry; an entry that breaks off breaks off the zip. */
async function* zipOf(entries: Readonly<Record<string, AsyncIterable<string>>>): AsyncGenerator<Uint8Array> {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  for (const [name, content] of Object.entries(entries)) {
    const stream = Readable.from(content);
    stream.on('error', (error) => output.destroy(error));
    zip.addReadStream(stream, name);
  }
  zip.end();
  yield* output as AsyncIterable<Uint8Array>;
}
