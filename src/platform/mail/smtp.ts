import { createTransport } from 'nodemailer';
import type { Mailbox } from './address.js';
import { compose } from './compose.js';
import { type Mail, type Mailer, MailRefused, MailUnavailable } from './mailer.js';

/** A server that does not answer for so long is away, in milliseconds. */
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000, dnsTimeout: 10_000 };

/** Mails over SMTP (RFC 5321), one after another on a connection that stays open while there are some. */
export class Smtp implements Mailer {
  readonly #transport;

  /** @param url `smtp://` (STARTTLS where it is offered; `?requireTLS=true` insists) or `smtps://` */
  constructor(
    url: string,
    private readonly from: Mailbox,
  ) {
    this.#transport = createTransport({
      url,
      pool: true,
      maxConnections: 1,
      disableFileAccess: true,
      disableUrlAccess: true,
      ...TIMEOUTS,
    });
  }

  async send(mail: Mail): Promise<void> {
    const { envelope, message } = await compose(mail, this.from);
    try {
      await this.#transport.sendMail({ envelope, raw: message });
    } catch (error) {
      throw mailError(error);
    }
  }

  async close(): Promise<void> {
    this.#transport.close();
  }
}

/**
 * What a failure means (RFC 5321 4.2.1): a 5xx about this mail or its address is for good, a 4xx about it may pass, and
 * everything else (connection, TLS, sign-in, the sender being refused) is no mail's fault. The server's own words may hold
 * addresses: they stay in the cause.
 */
function mailError(error: unknown): unknown {
  const { code, command, responseCode } = error as SmtpFailure;
  const answered = responseCode !== undefined;
  const aboutTheMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  const senderRefused = command === 'MAIL FROM' && answered;
  if (!aboutTheMail || senderRefused || responseCode === 421) {
    const why = [code, command, responseCode].filter((part) => part !== undefined).join(' ');
    return new MailUnavailable(`the mail server cannot be used (${why})`, { cause: error });
  }
  // Without an answer it was nodemailer that refused, and will again.
  if (answered && responseCode < 500) return error;
  return new MailRefused(`the mail was refused (${responseCode ?? code})`, { cause: error });
}

interface SmtpFailure {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
}
