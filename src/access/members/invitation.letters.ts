import { Inject, Injectable } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import { type Codec, ERASED } from '../../platform/codec/codec.port.js';
import { CODEC, EVENT_STORE } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { type Invitation, organisations, type UserInvited } from '../organisations/organisation.js';

/** Whom an invitation is addressed to, as its inviter wrote it. */
export interface Letter {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
}

/** Reads the personal part of an invitation from the log: deciders do without it, and a view may be behind. */
@Injectable()
export class InvitationLetters {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CODEC) private readonly codec: Pick<Codec, 'open'>,
  ) {}

  /** Undefined where the person was erased since. */
  async of(organisation: string, { id, revision }: Pick<Invitation, 'id' | 'revision'>): Promise<Letter | undefined> {
    const stream = streamOf(organisations, '', organisation);
    for await (const stored of this.store.readStream(stream, { from: revision, limit: 1 })) {
      const [event] = await this.codec.open([stored]);
      if (event?.type !== 'UserInvited') break;
      const { email, firstName, lastName } = event.data as UserInvited['data'];
      return email === ERASED ? undefined : { email, firstName, lastName };
    }
    throw new Error(`Invitation ${id} is not at revision ${revision} of its organisation`);
  }
}
