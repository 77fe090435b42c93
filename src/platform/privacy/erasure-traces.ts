import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE } from '../commands/tokens.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import type { EventStore } from '../event-store/event-store.port.js';
import { forgetMails, forgetMailsTo } from '../mail/forget-mails.js';
import { ProjectorClient } from '../projector/projector-client.js';
import { TargetUnavailable } from '../reactor/failures.js';

const PATIENCE_MS = 10_000;

/** What an erasure leaves in files of this node besides the log: mails, and what the views have overwritten. */
@Injectable()
export class ErasureTraces {
  private readonly outbox: string | undefined;

  constructor(
    private readonly projector: ProjectorClient,
    @Inject(EVENT_STORE) private readonly store: Pick<EventStore, 'head'>,
    @Inject(SETTINGS) { mail }: Pick<Settings, 'mail'>,
  ) {
    this.outbox = mail.kind === 'folder' ? mail.folder : undefined;
  }

  /** Mails that hold one of the texts. Answers how many there were. */
  async forgetMails(texts: readonly string[]): Promise<number> {
    return this.outbox === undefined ? 0 : forgetMails(this.outbox, texts);
  }

  /** Mails to an address that the caller knows again. Answers how many there were. */
  async forgetMailsTo(isTheirs: (address: string) => Promise<boolean>): Promise<number> {
    return this.outbox === undefined ? 0 : forgetMailsTo(this.outbox, isTheirs);
  }

  /**
   * Resolves when the views reflect everything acknowledged before, and their files hold nothing else.
   *
   * @throws TargetUnavailable while a view is behind or has stopped: it may still hold the text
   */
  async scrubViews(): Promise<void> {
    const head = await this.store.head();
    if (head !== undefined && !(await this.reflected(head, PATIENCE_MS)))
      throw new TargetUnavailable('the views are behind');
    await this.projector.scrub();
  }

  /** Whether every view reflects a position, at the latest after so many milliseconds. */
  async reflected(position: string, patienceMs: number): Promise<boolean> {
    const views = [...this.projector.status().keys()];
    return !(await Promise.all(views.map((view) => this.projector.waitFor(view, position, patienceMs)))).includes(
      false,
    );
  }
}
