import { hash } from 'node:crypto';
import MimeNode from 'nodemailer/lib/mime-node';
import { isAddress, type Mailbox, mailbox } from './address.js';
import type { Attachment, Mail } from './mailer.js';
import { singleLine } from './single-line.js';

/** RFC 5322 2.1.1: octets in a line, without its end. */
const LONGEST_LINE = 998;

export interface Composed {
  readonly envelope: { readonly from: string; readonly to: string; readonly use8BitMime: boolean };
  /** The mail as it goes over the wire (RFC 5322), lines end with CRLF. */
  readonly message: Buffer;
}

/**
 * The text as it is: 7bit or 8bit (RFC 2045 6.2). Nodemailer would choose quoted-printable for a line of more than 76
 * characters, and whoever reads the raw file would find `=` and line breaks inside the link.
 */
class PlainText extends MimeNode {
  constructor(private readonly text: string) {
    super('text/plain; charset=utf-8');
    this.setContent(text);
  }

  override getTransferEncoding(): string {
    return isAscii(this.text) ? '7bit' : '8bit';
  }
}

/** @throws MailRefused for a bad address, RangeError for a link that no line can hold */
export async function compose(mail: Mail, from: Mailbox): Promise<Composed> {
  const to = mailbox(mail.to);
  const text = bodyOf(mail.text);
  const attachments = mail.attachments ?? [];
  const node = attachments.length === 0 ? new PlainText(text) : withAttachments(text, attachments, mail.messageId);
  node.setHeader('From', mail.fromName === undefined ? from : { ...from, name: singleLine(mail.fromName) });
  node.setHeader('To', to);
  if (mail.replyTo !== undefined && isAddress(mail.replyTo)) node.setHeader('Reply-To', mail.replyTo);
  node.setHeader('Subject', singleLine(mail.subject));
  node.setHeader('Message-ID', messageIdOf(mail.messageId, from.address));
  // No out-of-office answers, please (RFC 3834).
  node.setHeader('Auto-Submitted', 'auto-generated');
  const message = await node.build();
  return { envelope: { from: from.address, to: to.address, use8BitMime: !isAscii(text) }, message };
}

/** The boundary between the parts is the same each time the mail is sent, and no text can hold its own hash. */
function withAttachments(text: string, attachments: readonly Attachment[], messageId: string): MimeNode {
  const mixed = new MimeNode('multipart/mixed', { baseBoundary: hash('sha256', `${messageId}\n${text}`).slice(0, 32) });
  mixed.appendChild(new PlainText(text));
  for (const { fileName, mediaType, content } of attachments) {
    const part = mixed.createChild(mediaType, { filename: singleLine(fileName) });
    part.setContent(Buffer.from(content.buffer, content.byteOffset, content.byteLength));
  }
  return mixed;
}

/** The same for the same id, so a mail that was sent twice can be told from two mails. */
export function messageIdOf(id: string, from: string): string {
  return `<${id.replace(/[^A-Za-z0-9-]/g, '_')}@${from.slice(from.lastIndexOf('@') + 1)}>`;
}

function bodyOf(text: string): string {
  const lines = text.split(/\r\n|\r|\n/).flatMap((line) => fold(clean(line)));
  return `${lines.join('\r\n').trimEnd()}\r\n`;
}

/** No control characters but tabs; lone surrogates have no UTF-8. */
function clean(line: string): string {
  return line.toWellFormed().replace(/[^\P{Cc}\t]/gu, ' ');
}

/** A line in pieces that fit, parted at spaces, and within a word only where that is no link. */
function fold(line: string): readonly string[] {
  if (Buffer.byteLength(line) <= LONGEST_LINE) return [line];
  const pieces: string[] = [];
  let piece = '';
  for (const word of line.split(/(?<= )/).flatMap(splitWord)) {
    if (Buffer.byteLength(piece) + Buffer.byteLength(word) > LONGEST_LINE) {
      pieces.push(piece.trimEnd());
      piece = '';
    }
    piece += word;
  }
  return [...pieces, piece];
}

function splitWord(word: string): readonly string[] {
  if (Buffer.byteLength(word) <= LONGEST_LINE) return [word];
  if (word.includes('://')) throw new RangeError(`a link in a mail has at most ${LONGEST_LINE} octets`);
  // A character has at most 4 octets.
  const characters = Array.from(word);
  const size = Math.floor(LONGEST_LINE / 4);
  return Array.from({ length: Math.ceil(characters.length / size) }, (_, i) =>
    characters.slice(i * size, (i + 1) * size).join(''),
  );
}

const isAscii = (text: string): boolean => /^\p{ASCII}*$/u.test(text);
