import { readdir, readFile } from 'node:fs/promises';
import { join as joined } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

const DATE = '2026-03-01';
const LINE = { description: 'Portraits', quantity: 2, unitPrice: '62.50', vatRate: 2000 };

describe('documents as PDFs and by mail over HTTP', () => {
  let server: Server;
  let owner: Client;
  let organisation: string;
  let at: string;
  let customer: string;

  const made = async (path: string, body: unknown): Promise<string> => {
    const answer = await owner.post(`${at}/${path}`, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.id as string;
  };
  const issued = async (body: object = {}): Promise<string> => {
    const id = await made('invoices', { customerId: customer, date: DATE, lines: [LINE], ...body });
    expect((await owner.post(`${at}/invoices/${id}/issue`)).status).toBe(200);
    return id;
  };
  const mails = async (): Promise<readonly string[]> => {
    const outbox = joined(server.folder, 'outbox');
    const names = (await readdir(outbox)).filter((name) => name.endsWith('.eml'));
    return Promise.all(names.map((name) => readFile(joined(outbox, name), 'utf8')));
  };
  const mailsTo = async (address: string): Promise<readonly string[]> =>
    (await mails()).filter((mail) => new RegExp(`^To: .*${address}`, 'm').test(mail));
  /** The bytes of a PDF, which the client has read as a text. */
  const download = async (
    path: string,
  ): Promise<{ readonly status: number; readonly headers: Headers; pdf: Buffer }> => {
    const answer = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${owner.token}` } });
    return { status: answer.status, headers: answer.headers, pdf: Buffer.from(await answer.arrayBuffer()) };
  };

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@sending.example', 'Ann', 'Hale');
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    customer = await made('customers', { name: 'Rosa Klein', email: 'rosa@klein.example' });
  }, 60_000);
  afterAll(() => server.dispose());

  it('hands out a document as a file, the same each time, to whoever may read it', async () => {
    const id = await issued({ reference: 'PO 12' });
    const { status, headers, pdf } = await download(`${at}/invoices/${id}/pdf`);
    expect(status).toBe(200);
    const { number } = (await owner.get(`${at}/invoices/${id}`)).body;
    expect(headers.get('content-type')).toBe('application/pdf');
    expect(headers.get('content-disposition')).toBe(`attachment; filename="invoice-${number}.pdf"`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-length')).toBe(String(pdf.length));
    expect(headers.get('countersign-position')).toMatch(/./);
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect((await download(`${at}/invoices/${id}/pdf`)).pdf.equals(pdf)).toBe(true);
    expect((await owner.get(`${at}/credit-notes/${id}/pdf`)).status).toBe(404);
    const purchases = await join(server, owner, organisation, 'pat@sending.example', [{ role: 'purchases' }]);
    expect((await purchases.get(`${at}/invoices/${id}/pdf`)).status).toBe(403);
  });

  it('draws drafts, and documents of 2,000 lines, while it answers others', async () => {
    const draft = await made('invoices', { customerId: customer, date: DATE, lines: Array(2000).fill(LINE) });
    expect((await owner.get(`${at}/invoices/${draft}`)).status).toBe(200);
    const drawing = download(`${at}/invoices/${draft}/pdf`);
    expect((await owner.get(`${at}/customers/${customer}`)).status).toBe(200);
    const { status, headers } = await drawing;
    expect(status).toBe(200);
    expect(headers.get('content-disposition')).toBe('attachment; filename="invoice.pdf"');
    await owner.post(`${at}/invoices/${draft}/discard`);
    expect((await owner.get(`${at}/invoices/${draft}/pdf`)).status).toBe(404);
  });

  it('sends an invoice with its PDF, in the name of the business', async () => {
    const brandId = await made('brands', { name: 'Hale Portraits', email: 'hello@portraits.example' });
    const id = await issued({ brandId, dueDate: '2026-03-31' });
    const sent = await owner.post(`${at}/invoices/${id}/send`);
    expect(sent.status).toBe(200);
    const [mail] = await server.mail('rosa@klein.example', /[^]*Hale Portraits[^]*/);
    const invoice = (await owner.get(`${at}/invoices/${id}`)).body;
    expect(invoice).toMatchObject({ status: 'sent', sentAt: expect.stringMatching(/^20/) as unknown });
    expect(mail).toContain(`Subject: Invoice ${invoice.number} from Hale Portraits`);
    expect(mail).toMatch(/^From: Hale Portraits <no-reply@/m);
    expect(mail).toMatch(/^Reply-To: hello@portraits\.example\r$/m);
    expect(mail).toMatch(/^To: Rosa Klein <rosa@klein\.example>\r$/m);
    expect(mail).toContain('It comes to £150.00, due by 31 Mar 2026.');
    const [, attached] = /filename=invoice-\d+\.pdf[^]*?\r\n\r\n([A-Za-z0-9+/=\r\n]+)\r\n--/.exec(mail)!;
    expect(Buffer.from(attached!, 'base64').equals((await download(`${at}/invoices/${id}/pdf`)).pdf)).toBe(true);
    const trail = await owner.get(`${at}/audit?record=${id}&type=InvoiceSent`);
    expect(trail.body.items).toMatchObject([
      {
        summary: expect.stringMatching(/^Ann Hale sent/) as unknown,
        changes: [{ field: 'to', from: null, to: 'rosa@klein.example' }],
      },
    ]);
  });

  it('sends to another address that is asked for, and to none that is none', async () => {
    const id = await issued();
    const send = (to: unknown): Promise<Answer<Json>> => owner.post(`${at}/invoices/${id}/send`, { to });
    expect((await send('books@klein.example')).status).toBe(200);
    await server.mail('books@klein.example', /Invoice/);
    for (const to of ['x', 'a@b.example, c@d.example', 'a@b.example\r\nBcc: e@f.example', '"a b"@c.example', 3])
      expect((await send(to)).status).toBe(400);
    const nobody = await made('customers', { name: 'No Mail' });
    const unsendable = await issued({ customerId: nobody });
    expect((await owner.post(`${at}/invoices/${unsendable}/send`)).body).toMatchObject({
      status: 400,
      errors: [{ field: 'to' }],
    });
  });

  it('sends what is issued, and nothing else', async () => {
    const draft = await made('invoices', { customerId: customer, date: DATE, lines: [LINE] });
    expect((await owner.post(`${at}/invoices/${draft}/send`)).body).toMatchObject({ rule: 'not-issued' });
    const gone = await issued();
    await owner.post(`${at}/invoices/${gone}/void`, { reason: 'wrong' });
    expect((await owner.post(`${at}/invoices/${gone}/send`)).body).toMatchObject({ rule: 'not-issued' });
  });

  it('sends credit notes as well', async () => {
    const id = await made('credit-notes', { customerId: customer, date: DATE, lines: [LINE] });
    await owner.post(`${at}/credit-notes/${id}/issue`);
    expect((await owner.post(`${at}/credit-notes/${id}/send`)).status).toBe(200);
    await server.mail('rosa@klein.example', /It comes to £150\.00 in your favour/);
    expect((await download(`${at}/credit-notes/${id}/pdf`)).status).toBe(200);
    expect((await owner.get(`${at}/credit-notes/${id}`)).body).toMatchObject({ status: 'sent' });
  });

  it('answers a repeated key once, and sends one mail for it', async () => {
    const other = await made('customers', { name: 'Once Only', email: 'once@klein.example' });
    const id = await issued({ customerId: other });
    const key = { 'idempotency-key': 'send it' };
    const [first, again] = [
      await owner.post(`${at}/invoices/${id}/send`, {}, key),
      await owner.post(`${at}/invoices/${id}/send`, {}, key),
    ];
    expect(again.body).toEqual(first.body);
    await server.mail('once@klein.example', /Invoice/);
    await owner.post(`${at}/invoices/${id}/send`, { to: 'last@klein.example' });
    await server.mail('last@klein.example', /Invoice/);
    expect(await mailsTo('once@klein.example')).toHaveLength(1);
  });

  it('sends nothing to whom nothing may be sent, and forgets where it was sent with who it was', async () => {
    const subject = await made('customers', { name: 'Zelda Restricted', email: 'zelda@klein.example' });
    const id = await issued({ customerId: subject });
    const restriction = await owner.post(`${at}/privacy/restrictions`, { subject, reason: 'asked' });
    expect(restriction.status).toBe(201);
    expect((await owner.post(`${at}/invoices/${id}/send`)).body).toMatchObject({ status: 409, rule: 'restricted' });
    await owner.post(`${at}/privacy/restrictions/${restriction.body.id}/lift`, { notice: 'told her' });
    expect((await owner.post(`${at}/invoices/${id}/send`)).status).toBe(200);
    await server.mail('zelda@klein.example', /Invoice/);
    expect((await owner.post(`${at}/privacy/erasures`, { subject, reason: 'asked' })).status).toBe(201);
    expect((await owner.post(`${at}/invoices/${id}/send`)).body).toMatchObject({ status: 409, rule: 'erased' });
    for (let waited = 0; (await mailsTo('zelda@klein.example')).length > 0; waited += 50) {
      if (waited > 10_000) throw new Error('the mail is still there');
      await sleep(50);
    }
    const trail = await owner.get(`${at}/audit?record=${id}&type=InvoiceSent`);
    expect(trail.body.items[0].changes).toEqual([{ field: 'to', from: null, to: 'erased' }]);
  });
});
