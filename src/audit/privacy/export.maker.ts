import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { ZipFile } from 'yazl';
import { Consequences } from '../../platform/commands/consequences.js';
import { systemMetadata } from '../../platform/commands/metadata.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { SubjectErased } from '../../platform/vault/vault.port.js';
import { ExportContent } from './export.content.js';
import { ExportFiles } from './export.files.js';
import { jsonOf, pageOf } from './export.page.js';
import { erasureOf, privacy } from './privacy.js';
import { completeExport } from './privacy.decide.js';

/** Puts exports together, in the background. */
@Injectable()
export class ExportMaker {
  constructor(
    private readonly states: StateCache,
    private readonly content: ExportContent,
    private readonly files: ExportFiles,
    private readonly consequences: Consequences,
  ) {}

  /** Again is the same: an export that is there is left alone, one that was begun is begun anew. */
  async make(organisation: string, exportId: string): Promise<void> {
    const { state } = await this.states.load(privacy, '', organisation);
    const ordered = state.exports.get(exportId);
    if (ordered?.status !== 'ordered' || erasureOf(state, ordered.subject.id) !== undefined) return;
    try {
      const head = await this.content.headOf(organisation, ordered);
      const zip = zipOf({
        // Each part walks the events for itself, so that none of them is kept.
        'data.json': jsonOf(head, this.content.eventsOf(organisation, ordered)),
        'index.html': pageOf(head, this.content.eventsOf(organisation, ordered)),
      });
      const bytes = await this.files.write(organisation, ordered, zip);
      const metadata = systemMetadata(ordered.cause, 'privacy', 'MakeDataExport');
      await this.consequences.write(privacy, '', organisation, completeExport(exportId, bytes), metadata);
    } catch (error) {
      // Erased meanwhile: there is nothing left to hand over.
      if (!(error instanceof SubjectErased)) throw error;
    }
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
