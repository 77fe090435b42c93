import { type Metadata, personOf } from '../../kernel/event.js';
import type { Authoriser, Principal } from '../../platform/commands/principal.js';
import { IMPORT_PERMISSIONS, type ImportKind, type ImportOptions } from './import.js';

/** What an import is and on whose behalf, from its first event; of one that is only tried out there is none. */
export interface ImportOrder {
  readonly id: string;
  readonly organisation: string;
  readonly currency: string;
  readonly kind: ImportKind;
  readonly options: ImportOptions;
  readonly accepted: { readonly id: string; readonly metadata: Metadata };
}

/** The import cannot go on, and trying again would not help. The message is for people. */
export class ImportStopped extends Error {
  override readonly name = 'ImportStopped';
}

/** In whose name an import writes: its person, or the key that began it, with no more than it may. */
export class ImportRights {
  readonly person: string;
  readonly principal: Principal;
  private readonly base: Metadata;

  constructor(
    private readonly authoriser: Authoriser,
    private readonly order: ImportOrder,
  ) {
    const { idempotency: _, ...metadata } = order.accepted.metadata;
    this.base = { ...metadata, command: 'ImportDocument', causationId: order.accepted.id };
    const { actor } = metadata;
    this.person = personOf(actor) ?? '';
    this.principal = { userId: this.person, ...(actor.kind === 'api-key' ? { apiKey: actor.id } : {}) };
  }

  /**
   * Whoever began it may have lost the right since the upload; each block is written under the grant that holds now.
   * Answers the metadata of its events.
   */
  async metadata(): Promise<Metadata> {
    const { organisation, kind } = this.order;
    const facts = { createdBy: this.person };
    const permission = IMPORT_PERMISSIONS[kind];
    const verdict = await this.authoriser.authorise(this.principal, organisation, permission, facts);
    if (!verdict.allowed) throw new ImportStopped(`The person who began it may not ${WORDS[kind]} any more`);
    return { ...this.base, authority: verdict.authority };
  }
}

const WORDS: Readonly<Record<ImportKind, string>> = {
  invoices: 'import invoices',
  customers: 'add customers',
  suppliers: 'add suppliers',
  products: 'add products',
  'opening-balances': 'post journals',
};
