import { Inject, Injectable } from '@nestjs/common';
import { accounts } from '../../access/contract.js';
import { AUTHORISER, type Authoriser, type Principal, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import type { StoredEvent } from '../../platform/event-store/event-store.port.js';
import type { LiveWebhook, PauseReason, WebhookMaker } from './webhook.js';

/** What it takes to have the trail sent: to set up webhooks, and to read what they send. */
const EDIT = 'webhooks:edit';
const READ = 'audit:read';

export type Eyes = { readonly context: RequestContext } | { readonly lost: PauseReason };

/**
 * With whose eyes a webhook sees, asked for each attempt: a request of its maker, as one would come in now. What starts after
 * they lost a right has lost it.
 */
@Injectable()
export class WebhookEyes {
  constructor(
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    private readonly states: StateCache,
  ) {}

  async of(organisation: string, webhook: LiveWebhook, cause: StoredEvent): Promise<Eyes> {
    const { maker, makerRevision, createdBy } = webhook;
    const { state: account } = await this.states.load(accounts, '', maker.userId);
    if (makerRevision < account.holderSince) return { lost: 'maker-gone' };
    const edits = await this.authoriser.authorise(maker, organisation, EDIT, { createdBy });
    const reads = await this.authoriser.authorise(maker, organisation, READ);
    for (const verdict of [edits, reads])
      if (!verdict.allowed) return { lost: verdict.because === 'stranger' ? 'maker-gone' : 'permission-lost' };
    if (!reads.allowed) return { lost: 'permission-lost' };
    return { context: contextOf(maker, organisation, cause, reads) };
  }
}

/** As whom a person or a key of theirs makes a webhook. */
export const makerOf = ({ userId, apiKey }: Principal): WebhookMaker => ({
  userId,
  ...(apiKey !== undefined && { apiKey }),
});

const contextOf = (
  maker: WebhookMaker,
  organisation: string,
  { metadata }: StoredEvent,
  { authority, reach }: Pick<RequestContext, 'authority' | 'reach'>,
): RequestContext => ({
  principal: maker,
  organisation,
  permission: READ,
  route: 'webhook',
  requestId: metadata.requestId,
  correlationId: metadata.correlationId,
  source: { ip: '', userAgent: '' },
  ...(authority && { authority }),
  ...(reach && { reach }),
});
