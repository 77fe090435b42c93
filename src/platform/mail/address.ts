import { MailRefused } from './mailer.js';
import { singleLine } from './single-line.js';

export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** Local part and domain without quotes, comments, lists or white space: nothing that could end or add an address. */
const ADDRESS = /^[^\s"(),:;<>@[\\\]\p{Cc}]{1,64}@[^\s"(),:;<>@[\\\]\p{Cc}]{1,255}$/u;

export const isAddress = (text: string): boolean => ADDRESS.test(text);

/** @throws MailRefused for what is not exactly one address; the message does not repeat it */
export function mailbox(to: string | Mailbox): Mailbox {
  const { name, address } = typeof to === 'string' ? { name: '', address: to } : to;
  if (!ADDRESS.test(address)) throw new MailRefused('the address is not a single e-mail address');
  return { name: singleLine(name), address };
}
