import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../files.js';
import type { Mailbox } from './address.js';
import { compose } from './compose.js';
import { type Mail, type Mailer, MailUnavailable } from './mailer.js';

/**
 * Mails as files, one `.eml` each: `<instant>-<id>.eml`, so their names sort by time and a mail that was sent again is
 * recognised. They hold tokens: for their owner only.
 */
export class Outbox implements Mailer {
  constructor(
    private readonly folder: string,
    private readonly from: Mailbox,
    private readonly now: () => number = Date.now,
  ) {}

  async send(mail: Mail): Promise<void> {
    const { message } = await compose(mail, this.from);
    const instant = new Date(this.now()).toISOString().replace(/[-:.]/g, '');
    const name = `${instant}-${mail.messageId.replace(/[^A-Za-z0-9-]/g, '_')}.eml`;
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await writeDurably(join(this.folder, name), message, { mode: 0o600 });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'error';
      throw new MailUnavailable(`the outbox cannot be written (${code})`, { cause: error });
    }
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}
