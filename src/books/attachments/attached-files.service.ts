import { Inject, Injectable } from '@nestjs/common';
import { type Existing, existing, streamOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import type { Codec } from '../../platform/codec/codec.port.js';
import { FurtherPermission } from '../../platform/commands/further-permission.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { type Loaded, StateCache } from '../../platform/commands/state-cache.js';
import { CODEC, EVENT_STORE } from '../../platform/commands/tokens.js';
import type { EventStore, StoredEvent } from '../../platform/event-store/event-store.port.js';
import { type Purchase, type PurchaseAttachmentAdded, purchases } from '../purchases/purchase.js';
import { PurchaseFacts } from '../purchases/purchase-facts.service.js';

/** Purchases with their files, for whoever may do with the purchase what the request asks to. */
@Injectable()
export class AttachedFiles {
  constructor(
    private readonly states: StateCache,
    private readonly facts: PurchaseFacts,
    private readonly further: FurtherPermission,
    @Inject(EVENT_STORE) private readonly store: Pick<EventStore, 'readStream'>,
    @Inject(CODEC) private readonly codec: Pick<Codec, 'open'>,
  ) {}

  /** @throws Refusal not-found */
  async purchase(
    context: RequestContext,
    id: string,
  ): Promise<Loaded<Purchase> & { readonly state: Existing<Purchase> }> {
    const loaded = await this.states.load(purchases, context.organisation, id);
    const state = existing(loaded.state);
    const facts = await this.facts.now(context.organisation, state);
    await this.further.require(context, context.permission, facts, { kind: 'purchase', id });
    return { ...loaded, state };
  }

  /** Names stand in the log only, under keys; by the ids of the files. */
  async namesOf({ organisation }: RequestContext, id: string): Promise<ReadonlyMap<string, string>> {
    const stored: StoredEvent[] = [];
    for await (const event of this.store.readStream(streamOf(purchases, organisation, id)))
      if (event.type === 'PurchaseAttachmentAdded') stored.push(event);
    const added = (await this.codec.open(stored)) as readonly Recorded<PurchaseAttachmentAdded>[];
    return new Map(added.map(({ data }) => [data.attachmentId, data.name]));
  }
}
