import { createHash } from 'node:crypto';
import { chmod, copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent, Recorded } from '../../kernel/event.js';
import { NotAuthentic } from '../../platform/aead.js';
import { syncFile, syncFolder } from '../../platform/files.js';
import { readSealed } from '../../platform/sealed-file.js';
import type { VaultReader } from '../../platform/vault/vault.port.js';
import type { PurchaseEvent } from '../purchases/purchase.js';
import {
  type AttachmentPlace,
  keyName,
  makeFolder,
  type Received,
  sealName,
  settledName,
  unsettledName,
} from './attachment.files.js';

/** A file that the log names: where it stands, and what is in it. */
export interface NamedAttachment extends AttachmentPlace, Received {}

/** The files that a log names at its end, told event by event. */
export class NamedAttachments {
  /** Of other types none has to be told. */
  static readonly types = ['PurchaseAttachmentAdded', 'PurchaseAttachmentRemoved'] as const;
  private readonly files = new Map<string, NamedAttachment>();

  /** Personal fields do not matter. */
  take(told: Recorded<DomainEvent>): void {
    const event = told as Recorded<PurchaseEvent>;
    if (event.type === 'PurchaseAttachmentRemoved') this.files.delete(event.data.attachmentId);
    if (event.type !== 'PurchaseAttachmentAdded') return;
    const { attachmentId, supplierId, bytes, sha256 } = event.data;
    const { organisation = '' } = event.metadata;
    const purchaseId = recordIdOf(event.stream);
    this.files.set(attachmentId, { organisation, purchaseId, supplierId, attachmentId, bytes, sha256 });
  }

  all(): readonly NamedAttachment[] {
    return [...this.files.values()];
  }
}

/**
 * Copies a file into another folder of attachments, durably, while a server works on it or none does. Answers its name in that
 * folder; undefined where it is not there.
 */
export async function copyAttachment(from: string, to: string, place: AttachmentPlace): Promise<string | undefined> {
  const name = settledName(place);
  const copy = join(to, name);
  await makeFolder(dirname(copy), to);
  // The second look at the first place is for one that goes there in between.
  for (const source of [name, unsettledName(place), name]) {
    if (!(await copied(join(from, source), copy))) continue;
    await chmod(copy, 0o600);
    await syncFile(copy);
    await syncFolder(dirname(copy));
    return name;
  }
  return undefined;
}

async function copied(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** `erased` where its key is destroyed: whether it is there does not matter then. */
export type Condition = 'whole' | 'erased' | 'lacking' | 'damaged';

/** Reads a settled file to its end. */
export async function conditionOf(
  folder: string,
  vault: Pick<VaultReader, 'subjectKey'>,
  named: NamedAttachment,
): Promise<Condition> {
  const found = await vault.subjectKey(named.organisation, keyName(named));
  if (found === undefined || found === 'erased') return 'erased';
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const piece of readSealed(join(folder, settledName(named)), { key: found.key, name: sealName(named) })) {
      hash.update(piece);
      bytes += piece.length;
    }
  } catch (error) {
    if (error instanceof NotAuthentic) return 'damaged';
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'lacking';
    throw error;
  }
  return bytes === named.bytes && hash.digest('hex') === named.sha256 ? 'whole' : 'damaged';
}
