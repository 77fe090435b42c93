import { Inject, Injectable } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import type { Codec } from '../../platform/codec/codec.port.js';
import { CODEC, EVENT_STORE, READ_MODEL } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { accounts, type AccountEvent } from './account.js';
import { foldProfile, type ProfileDoc, profilesView } from './profile.view.js';

export interface CurrentProfile {
  readonly doc: ProfileDoc | null;
  /** Everything of the account up to here is in it. */
  readonly position: string | undefined;
}

/** Profiles as new as every acknowledged change: the view's document, and what the log has beyond it. */
@Injectable()
export class Profiles {
  constructor(
    @Inject(READ_MODEL) private readonly views: ReadModel,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CODEC) private readonly codec: Codec,
  ) {}

  async current(accountId: string): Promise<CurrentProfile> {
    const { value, position } = await this.views.get(profilesView, accountId);
    const newer = await this.store.newerThan(streamOf(accounts, '', accountId), value?.revision ?? -1);
    const opened = (await this.codec.open(newer)) as readonly Recorded<AccountEvent>[];
    return { doc: opened.reduce<ProfileDoc | null>(foldProfile, value), position: opened.at(-1)?.position ?? position };
  }
}
