import { Inject, Injectable } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import type { Instant } from '../../kernel/event.js';
import type { Codec } from '../../platform/codec/codec.port.js';
import { CODEC, EVENT_STORE } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { accounts, type Session } from '../accounts/account.js';
import { AccountWriter } from '../accounts/account.writer.js';
import { sessions } from './session.js';

/** A session as its person sees it. */
export interface OwnSession {
  readonly id: string;
  readonly since: Instant;
  /** Its last refresh, or its sign-in: it was in use then, and for at most a quarter of an hour after. */
  readonly lastSeen: Instant;
  readonly until: Instant;
  /** Whether it is the one that asks. */
  readonly current: boolean;
  /** Where it was begun, as the sign-in's event tells, under the account's own key. */
  readonly ip?: string;
  readonly userAgent?: string;
}

/** Sessions of one person, straight from the log. */
@Injectable()
export class OwnSessions {
  constructor(
    private readonly writer: AccountWriter,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CODEC) private readonly codec: Codec,
  ) {}

  /** Those that are neither over nor ended, newest first, and the position of the account that they reflect. */
  async list(
    userId: string,
    asking: string | undefined,
  ): Promise<{ readonly items: readonly OwnSession[]; readonly position: string | undefined }> {
    const { position } = await this.writer.head(accounts, userId);
    const alive = [...(await this.alive(userId))].reverse();
    const items = await Promise.all(alive.map(([id, session]) => this.shown(userId, id, session, asking)));
    return { items, position };
  }

  async has(userId: string, sessionId: string): Promise<boolean> {
    return (await this.alive(userId)).has(sessionId);
  }

  private async alive(userId: string): Promise<ReadonlyMap<string, Session>> {
    const { sessions: open } = await this.writer.state(accounts, userId);
    const now = this.writer.now();
    return new Map([...open].filter(([, { until }]) => until > now));
  }

  private async shown(
    userId: string,
    id: string,
    { since, until, revision }: Session,
    asking: string | undefined,
  ): Promise<OwnSession> {
    const [{ refreshedAt }, source] = await Promise.all([
      this.writer.state(sessions, id),
      this.sourceOf(userId, revision),
    ]);
    return { id, since, lastSeen: refreshedAt ?? since, until, current: id === asking, ...source };
  }

  private async sourceOf(userId: string, revision: number): Promise<{ ip?: string; userAgent?: string }> {
    for await (const event of this.store.readStream(streamOf(accounts, '', userId), { from: revision, limit: 1 })) {
      const source = await this.codec.openSource(event);
      return typeof source === 'object' ? source : {};
    }
    return {};
  }
}
