import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { conflict } from '../../kernel/refusal.js';
import { SETTINGS, type Settings } from '../../platform/config/settings.js';
import { VAULT } from '../../platform/commands/tokens.js';
import { PersonKinds } from '../../platform/privacy/person-kinds.js';
import { readSealed, writeSealed } from '../../platform/sealed-file.js';
import type { Vault } from '../../platform/vault/vault.port.js';
import type { DataExport } from './privacy.js';

const EXPORTS = 'exports';
const ENDING = '.zip.sealed';
/** What was begun and not finished; `writeSealed` names it. */
const PART = '.part';

/** One export of an organisation, as its file is named. */
export interface ExportFile {
  readonly organisation: string;
  readonly exportId: string;
}

/**
 * The finished exports, each a zip that is sealed under the key of the person it is about: with that key it is gone,
 * wherever a copy of the file may be.
 */
@Injectable()
export class ExportFiles {
  private readonly folder: string;

  constructor(
    @Inject(SETTINGS) { dataDir }: Pick<Settings, 'dataDir'>,
    @Inject(VAULT) private readonly vault: Vault,
    private readonly persons: PersonKinds,
  ) {
    this.folder = join(dataDir, EXPORTS);
  }

  /** Answers how many bytes the zip has. @throws SubjectErased */
  async write(organisation: string, { id, subject }: DataExport, zip: AsyncIterable<Uint8Array>): Promise<number> {
    const { key } = await this.vault.subjectKeyForWriting(organisation, this.keyName(subject));
    return writeSealed(this.fileOf({ organisation, exportId: id }), { key, name: nameOf(organisation, id) }, zip);
  }

  /** @throws Refusal conflict `erased` where the key is gone, or the file: it may be at another node */
  async read(organisation: string, { id, subject }: DataExport): Promise<AsyncIterable<Buffer>> {
    const found = await this.vault.subjectKey(organisation, this.keyName(subject));
    if (found === undefined || found === 'erased') throw conflict('erased', 'The data of this person was erased');
    const pieces = readSealed(this.fileOf({ organisation, exportId: id }), {
      key: found.key,
      name: nameOf(organisation, id),
    });
    // Opened before the answer begins: what is not there is told, not broken off.
    const first = await pieces.next().catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw conflict('export-elsewhere', 'This node does not have the file of this export; ask the one that made it');
    });
    return withFirst(first, pieces);
  }

  async remove(file: ExportFile): Promise<void> {
    await rm(this.fileOf(file), { force: true });
    await this.removePart(file);
  }

  /** What a crash left of an export that this node was making. */
  async removePart(file: ExportFile): Promise<void> {
    await rm(`${this.fileOf(file)}${PART}`, { force: true });
  }

  /** Finished ones and begun ones. */
  async all(): Promise<readonly ExportFile[]> {
    const names = await readdir(this.folder).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    });
    const whole = new Set(names.map((name) => (name.endsWith(PART) ? name.slice(0, -PART.length) : name)));
    return [...whole].flatMap((name) => {
      const [organisation, exportId] = name.endsWith(ENDING) ? name.slice(0, -ENDING.length).split('_') : [];
      return organisation === undefined || exportId === undefined ? [] : [{ organisation, exportId }];
    });
  }

  private fileOf({ organisation, exportId }: ExportFile): string {
    return join(this.folder, `${organisation}_${exportId}${ENDING}`);
  }

  private keyName({ kind, id }: DataExport['subject']): string {
    return this.persons.of(kind).keys(id).atOnce;
  }
}

const nameOf = (organisation: string, id: string): string => `export|${organisation}|${id}`;

async function* withFirst(first: IteratorResult<Buffer>, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
