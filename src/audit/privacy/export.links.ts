import { Inject, Injectable } from '@nestjs/common';
import { conflict, invalid } from '../../kernel/refusal.js';
import { type Clock, CLOCK, VAULT } from '../../platform/commands/tokens.js';
import { PublicUrl } from '../../platform/config/public-url.js';
import { mailToken, readMailToken } from '../../platform/mail/tokens.js';
import type { Vault } from '../../platform/vault/vault.port.js';
import { expiryOf } from '../contract.js';
import { type DataExport, erasureOf, type Privacy } from './privacy.js';

/** A token opens this and nothing else; the id of the event that allowed the export is in it. */
const PURPOSE = 'privacy-export';

/** Links by which a person gets their export without an account. Nothing is kept: the log says how long one is good. */
@Injectable()
export class ExportLinks {
  constructor(
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly publicUrl: PublicUrl,
  ) {}

  async linkTo(organisation: string, { id, cause }: Pick<DataExport, 'id' | 'cause'>): Promise<string> {
    const token = mailToken(await this.vault.secret('mail-tokens'), PURPOSE, organisation, id, cause.id);
    return `${await this.publicUrl.known()}/privacy/exports#token=${token}`;
  }

  /** What a token is for. @throws Refusal validation-failed for anything that was not issued here */
  async read(
    token: string,
  ): Promise<{ readonly organisation: string; readonly exportId: string; readonly causeId: string }> {
    const [organisation, exportId, causeId] =
      readMailToken(await this.vault.secret('mail-tokens'), PURPOSE, token) ?? [];
    if (organisation === undefined || exportId === undefined || causeId === undefined)
      throw invalid('token', 'is not from a link to an export');
    return { organisation, exportId, causeId };
  }

  /** @throws Refusal conflict: not-approved, export-not-ready, export-failed, export-expired, erased */
  requireReady(state: Privacy, found: DataExport): void {
    const erasure = erasureOf(state, found.subject.id)?.status;
    if (erasure === 'ordered' || erasure === 'done') throw conflict('erased', 'The data of this person was erased');
    if (found.status === 'pending' || found.status === 'declined')
      throw conflict('not-approved', 'Nobody has approved this export');
    if (found.status === 'failed')
      throw conflict('export-failed', `This export could not be made (${found.failure ?? ''}); ask for a new one`);
    if (expiryOf(found) <= this.clock()) throw conflict('export-expired', 'This export has expired; ask for a new one');
    if (found.status !== 'ready') throw conflict('export-not-ready', 'This export is being put together; try again');
  }
}
