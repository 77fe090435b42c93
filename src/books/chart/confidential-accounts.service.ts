import { Inject, Injectable } from '@nestjs/common';
import { AUTHORISER, type Authoriser, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Hiding, hidingBy } from '../../platform/http/hiding.js';
import type { AccountKey } from '../ledger/entry.js';
import { chart } from './chart.js';

const NONE: ReadonlySet<string> = new Set();

/**
 * Which accounts do not exist for whoever asks. Marks come and go, so it is decided when something is read, by the marks
 * that there are then.
 */
@Injectable()
export class ConfidentialAccounts {
  constructor(
    private readonly states: StateCache,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
  ) {}

  /** Codes of the accounts that are confidential. */
  async of(organisation: string): Promise<ReadonlySet<string>> {
    const { state } = await this.states.load(chart, '', organisation);
    return new Set([...state.accounts.values()].flatMap(({ code, confidential }) => (confidential ? [code] : [])));
  }

  /** Those of them that the request's person may not see: all or none. */
  async hiddenFrom(context: RequestContext): Promise<ReadonlySet<string>> {
    return (await this.seen(context)) ? NONE : this.of(context.organisation);
  }

  /** Hides the documents that tell of such an account. */
  hiding<Doc>(accountsIn: (doc: Doc) => readonly AccountKey[]): Hiding<Doc> {
    return hidingBy((context) => this.hiddenFrom(context), accountsIn);
  }

  /** Whether the request's person sees them: the permission without a limit, for an account is nobody's and of no brand. */
  async seen({ principal, organisation }: RequestContext): Promise<boolean> {
    if (principal === undefined) return false;
    return (await this.authoriser.authorise(principal, organisation, 'confidential-accounts:read', {})).allowed;
  }
}
