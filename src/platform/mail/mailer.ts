import { PermanentFailure, TargetUnavailable } from '../reactor/failures.js';

export interface Mail {
  /** One address (RFC 5321 mailbox without quotes), with the person's name where it is known. */
  readonly to: string | { readonly name: string; readonly address: string };
  readonly subject: string;
  /** Plain text. A link stands on a line of its own and is never broken. */
  readonly text: string;
  /** Id of the event that asked for the mail: a mail that is sent again has the same Message-ID. */
  readonly messageId: string;
  /** In whose name it is sent, beside the address of this server: a business that writes to its customers. */
  readonly fromName?: string;
  /** Where answers go; by default nowhere. What is no address is left out. */
  readonly replyTo?: string;
  readonly attachments?: readonly Attachment[];
}

export interface Attachment {
  /** As the receiver sees it. */
  readonly fileName: string;
  /** `application/pdf` */
  readonly mediaType: string;
  readonly content: Uint8Array;
}

export interface Mailer {
  /**
   * Resolves when the mail was taken over: by the mail server, or by the disk (fsync).
   *
   * @throws MailRefused, MailUnavailable, or the mail server's error where it asks to try later for this mail
   */
  send(mail: Mail): Promise<void>;
  close(): Promise<void>;
}

/** This mail will never be sent: the address is not one, or the server refuses it for good. */
export class MailRefused extends PermanentFailure {
  override readonly name = 'MailRefused';
}

/** No mail can be sent now. */
export class MailUnavailable extends TargetUnavailable {
  override readonly name = 'MailUnavailable';
}
