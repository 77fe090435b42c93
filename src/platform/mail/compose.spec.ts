import fc from 'fast-check';
import { compose } from './compose.js';
import { type Mail, MailRefused } from './mailer.js';
import { singleLine } from './single-line.js';

const from = { name: 'Countersign', address: 'no-reply@books.example' };
const link = `https://books.example/invitations#token=${'aB3-_'.repeat(60)}.${'x'.repeat(43)}`;
const mail: Mail = {
  to: 'ann@example.com',
  subject: 'Hello',
  text: `Open this:\n\n${link}\n\nBye`,
  messageId: '018f-event',
};

interface Parsed {
  readonly raw: string;
  readonly headers: readonly string[];
  readonly body: string;
}
const parsed = async (over: Partial<Mail>): Promise<Parsed> => {
  const raw = (await compose({ ...mail, ...over }, from)).message.toString();
  const end = raw.indexOf('\r\n\r\n');
  return {
    raw,
    headers: raw
      .slice(0, end)
      .replace(/\r\n[ \t]+/g, ' ')
      .split('\r\n'),
    body: raw.slice(end + 4),
  };
};
const header = ({ headers }: Parsed, name: string): string | undefined =>
  headers
    .find((line) => line.toLowerCase().startsWith(`${name}:`))
    ?.slice(name.length + 1)
    .trim();
const NAMES = [
  'Auto-Submitted',
  'Content-Transfer-Encoding',
  'Content-Type',
  'Date',
  'From',
  'MIME-Version',
  'Message-ID',
  'Subject',
  'To',
];

describe('a mail as it is sent', () => {
  it('says whom it is from and to, and has a Message-ID that is the same each time', async () => {
    const first = await parsed({ to: { name: 'Ann O"Hara', address: 'ann@example.com' } });
    expect(header(first, 'from')).toBe('Countersign <no-reply@books.example>');
    expect(header(first, 'to')).toBe('"Ann O\\"Hara" <ann@example.com>');
    expect(header(first, 'message-id')).toBe('<018f-event@books.example>');
    expect(header(await parsed({}), 'message-id')).toBe(header(first, 'message-id'));
    expect(header(first, 'auto-submitted')).toBe('auto-generated');
  });

  it('holds its link in one piece on a line of its own', async () => {
    for (const greeting of ['Dear Ann', 'Liebe Änne', 'こんにちは']) {
      const { raw, body } = await parsed({ text: `${greeting},\n\n${link}\n\nBye` });
      expect(body.split('\r\n')).toContain(link);
      expect(raw).not.toMatch(/quoted-printable|base64|flowed/);
      expect(/#token=(\S+)/.exec(raw)?.[1]).toBe(link.split('#token=')[1]);
    }
  });

  it('is 7bit where it is ASCII, and 8bit UTF-8 otherwise', async () => {
    expect(header(await parsed({}), 'content-transfer-encoding')).toBe('7bit');
    const other = await parsed({ text: 'Grüße' });
    expect(header(other, 'content-transfer-encoding')).toBe('8bit');
    expect(header(other, 'content-type')).toBe('text/plain; charset=utf-8');
    expect(other.body).toBe('Grüße\r\n');
    expect((await compose({ ...mail, text: 'Grüße' }, from)).envelope.use8BitMime).toBe(true);
  });

  it('has lines of at most 998 octets that end with CRLF, and all of the text', async () => {
    const words = fc.array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.constant('ü'.repeat(1300))), {
      maxLength: 120,
    });
    await fc.assert(
      fc.asyncProperty(words, fc.constantFrom('\n', '\r\n', '\r', ' '), async (parts, between) => {
        const text = parts.join(between);
        const { raw, body } = await parsed({ text });
        expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
        for (const line of raw.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(998);
        expect(body.replace(/\s/g, '')).toBe(text.replace(/[\s\p{Cc}]/gu, ''));
      }),
    );
  });

  it('cannot hold a link that no line can hold', async () => {
    await expect(parsed({ text: `https://a.example/#token=${'x'.repeat(1000)}` })).rejects.toBeInstanceOf(RangeError);
  });

  describe('with attachments', () => {
    const pdf = Buffer.from('%PDF-1.3 \u20ac\r\n.\r\n'.repeat(100));
    const attachments = [{ fileName: 'invoice-12.pdf', mediaType: 'application/pdf', content: pdf }];

    it('holds the text as it is and each attachment, and is the same each time', async () => {
      const text = `Grüße\n\n${link}`;
      const { raw, headers } = await parsed({ text, attachments });
      expect(headers.filter((line) => line.startsWith('Content-Type: multipart/mixed'))).toHaveLength(1);
      expect(raw).toContain(`Content-Transfer-Encoding: 8bit\r\n\r\nGrüße\r\n\r\n${link}\r\n`);
      const [, encoded] = /filename="?invoice-12\.pdf"?[^]*?\r\n\r\n([A-Za-z0-9+/=\r\n]+)\r\n--/.exec(raw)!;
      expect(Buffer.from(encoded!, 'base64').equals(pdf)).toBe(true);
      for (const line of raw.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(998);
      const undated = (mail: string): string => mail.replace(/^Date: .*$/m, '');
      expect(undated((await parsed({ text, attachments })).raw)).toBe(undated(raw));
    });

    it('has no more parts for a hostile name, or a text that holds the boundary of another mail', async () => {
      const boundaryOf = (raw: string): string => /boundary="([^"]+)"/.exec(raw)![1]!;
      const known = boundaryOf((await parsed({ attachments })).raw);
      const text = `\r\n--${known}\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n--${known}--\r\n`;
      const fileName = 'x.pdf"\r\nContent-Type: text/html\r\n\r\n<b>';
      const { raw } = await parsed({ text, attachments: [{ ...attachments[0]!, fileName }] });
      expect(raw.split(`\r\n--${boundaryOf(raw)}\r\n`)).toHaveLength(3);
      expect(raw.slice(raw.indexOf('application/pdf'))).not.toMatch(/^Content-Type/m);
    });
  });

  it('can be sent in a name and be answered to an address, or to none', async () => {
    const named = await parsed({ fromName: 'Hale\r\nBcc: eve@evil.example', replyTo: 'ann@hale.example' });
    expect(header(named, 'from')).toBe('"Hale Bcc: eve@evil.example" <no-reply@books.example>');
    expect(header(named, 'reply-to')).toBe('ann@hale.example');
    for (const replyTo of ['ann@hale.example\r\nBcc: eve@evil.example', 'a@b.example, c@d.example', 'none'])
      expect(header(await parsed({ replyTo }), 'reply-to')).toBeUndefined();
  });

  describe('hostile parts', () => {
    const hostile = [
      'x\r\nBcc: eve@evil.example',
      'x\nBcc: eve@evil.example\n\nbody',
      'x\r\rBcc: eve@evil.example',
      'x\u2028Bcc: eve@evil.example',
      'x\u0085Bcc: eve@evil.example',
      '\0',
      '=?utf-8?Q?x=0D=0ABcc:_eve@evil.example?=',
      '\u202eevil',
      '<eve@evil.example>, ann',
      '"; eve@evil.example',
      'a'.repeat(5000),
      '💥'.repeat(500),
      '\ud800',
    ];

    it.each(hostile)('%j adds no header and no receiver as a subject or a name', async (text) => {
      const { envelope } = await compose(
        { ...mail, to: { name: text, address: 'ann@example.com' }, subject: text },
        from,
      );
      expect(envelope).toMatchObject({ from: 'no-reply@books.example', to: 'ann@example.com' });
      const result = await parsed({ to: { name: text, address: 'ann@example.com' }, subject: text });
      expect(result.headers.map((line) => line.split(':')[0]).sort()).toEqual(
        NAMES.filter((name) => name !== 'Subject' || header(result, 'subject') !== undefined),
      );
      expect(header(result, 'to')).toMatch(/(^|<)ann@example\.com>?$/);
      for (const line of result.raw.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(998);
    });

    it('any name and subject whatsoever add no header', async () => {
      const any = fc.string({
        unit: fc.constantFrom('\r', '\n', ':', ' ', 'B', 'ü', '"', '<', '>', ',', '\\', '=', '?', '\t', '\0', '💥'),
      });
      await fc.assert(
        fc.asyncProperty(any, any, fc.string(), async (name, subject, messageId) => {
          const result = await parsed({ to: { name, address: 'ann@example.com' }, subject, messageId });
          expect(NAMES).toEqual(expect.arrayContaining(result.headers.map((line) => line.split(':')[0])));
        }),
      );
    });

    it.each([
      '',
      'ann',
      'ann@',
      '@example.com',
      'ann@example.com, eve@evil.example',
      'ann@example.com;eve@evil.example',
      'ann@example.com\r\nBcc: eve@evil.example',
      'ann@example.com\n',
      '<ann@example.com>',
      'Ann <ann@example.com>',
      '"a b"@example.com',
      'ann@evil.example@example.com',
      'ann@[127.0.0.1]',
      `${'a'.repeat(65)}@example.com`,
    ])('%j is refused as an address, and not repeated', async (address) => {
      await expect(compose({ ...mail, to: address }, from)).rejects.toBeInstanceOf(MailRefused);
      await expect(compose({ ...mail, to: { name: 'Ann', address } }, from)).rejects.toThrow(
        /^the address is not a single e-mail address$/,
      );
    });

    it('names in a text stay on their line', () => {
      expect(singleLine(' Acme\r\n\r\nhttps://evil.example \u2029x ')).toBe('Acme https://evil.example  x');
      expect(singleLine('a'.repeat(300))).toHaveLength(200);
      expect(Array.from(singleLine('💥💥💥', 2))).toEqual(['💥', '…']);
    });
  });
});
