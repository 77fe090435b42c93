import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join as joined } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

const LINE = { description: 'Portraits', quantity: '2', unitPrice: '5', vatRate: 2000 };
const PAST = '2026-01-31';
const FAR = '2999-01-31';

/** What a person is told of a refusal. */
const told = ({ status, body }: Answer<Json>): unknown => ({ status, body });
const ids = (answer: Answer<Json>): string[] => (answer.body.items as Json[]).map(({ id }) => id as string);

describe('estimates over HTTP', () => {
  let server: Server;
  let owner: Client;
  let sam: Client;
  let organisation: string;
  let at: string;
  let customerId: string;

  const catchUp = (answer: Answer<Json>): void => {
    for (const client of [owner, sam]) client.reflect(answer.headers.get('countersign-position')!);
  };
  const written = (answer: Answer<Json>, status = 200): string => {
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body: expect.anything() });
    catchUp(answer);
    return answer.body.id as string;
  };
  const estimate = async (fields: object = {}, by = owner): Promise<string> =>
    written(await by.post(`${at}/estimates`, { customerId, date: '2026-01-02', lines: [LINE], ...fields }), 201);
  const post = (by: Client, id: string, verb: string, body: object = {}) =>
    by.post(`${at}/estimates/${id}/${verb}`, body);

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@estimates.example', 'Ann', 'Hale');
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    sam = await join(server, owner, organisation, 'sam@estimates.example', ['sales']);
    customerId = written(await owner.post(`${at}/customers`, { name: 'Rosa Klein' }), 201);
  }, 60_000);
  afterAll(() => server.dispose());

  it('are drafted, shown, edited, sent, accepted and turned into an invoice, once', async () => {
    const id = await estimate({ reference: 'Ball', validUntil: FAR });
    expect((await owner.get(`${at}/estimates/${id}`)).body).toEqual({
      id,
      revision: 0,
      template: false,
      status: 'draft',
      customer: { id: customerId, name: 'Rosa Klein' },
      date: '2026-01-02',
      validUntil: FAR,
      currency: 'GBP',
      lines: [{ ...LINE, net: 1000, vat: 200 }],
      ...{ net: 1000, vat: 200, total: 1200 },
      reference: 'Ball',
      ...{ brandId: null, templateId: null, projectId: null, invoiceId: null, reason: null },
      createdBy: owner.userId,
    });
    written(await owner.patch(`${at}/estimates/${id}`, { lines: [LINE, LINE] }));
    written(await post(owner, id, 'send', { mail: false }));
    written(await post(owner, id, 'accept'));
    expect((await owner.patch(`${at}/estimates/${id}`, { reference: 'x' })).body.rule).toBe('estimate-accepted');

    const made = await post(owner, id, 'convert', { date: '2026-02-01', dueDate: '2026-03-03' });
    const invoiceId = written(made, 201);
    expect(made.headers.get('location')).toBe(`${at}/invoices/${invoiceId}`);
    expect(made.body).toMatchObject({ id: invoiceId, revision: 0, estimateId: id });
    expect((await owner.get(`${at}/invoices/${invoiceId}`)).body).toMatchObject({
      status: 'draft',
      customer: { id: customerId },
      date: '2026-02-01',
      dueDate: '2026-03-03',
      reference: 'Ball',
      total: 2400,
      createdBy: owner.userId,
    });
    expect((await owner.get(`${at}/estimates/${id}`)).body).toMatchObject({ status: 'converted', invoiceId });
    const again = await post(owner, id, 'convert', { date: '2026-05-05' });
    expect({ status: again.status, id: again.body.id }).toEqual({ status: 200, id: invoiceId });
    expect(ids(await owner.get(`${at}/invoices`))).toEqual([invoiceId]);
  });

  it('answer a repeated conversion as they did the first time, and make one invoice of two at once', async () => {
    const id = await estimate();
    const key = { 'idempotency-key': randomUUID() };
    const convert = () => owner.send('POST', `${at}/estimates/${id}/convert`, {}, key);
    const [first, second] = [await convert(), await convert()];
    expect(first.status).toBe(201);
    expect(told(second)).toMatchObject({ status: 201, body: { id: first.body.id, revision: 0 } });
    const other = await estimate();
    const both = await Promise.all([post(owner, other, 'convert'), post(sam, other, 'convert')]);
    expect(new Set(both.map(({ body }) => body.id)).size).toBe(1);
    catchUp(both[0]);
    catchUp(both[1]);
    const history = await owner.get(`${at}/records/${both[0].body.id}/history`);
    expect(history.body.items).toHaveLength(1);
  });

  it('expire by the day on which somebody asks', async () => {
    const reference = 'Short';
    const id = await estimate({ reference, validUntil: FAR });
    written(await post(owner, id, 'send', { mail: false }));
    const late = await estimate({ validUntil: PAST });
    expect((await post(owner, late, 'send', { mail: false })).body.rule).toBe('estimate-expired');
    expect(ids(await owner.get(`${at}/estimates?status=sent`))).toEqual([id]);
    expect(ids(await owner.get(`${at}/estimates?status=expired`))).toEqual([]);
    // What nobody has seen does not expire.
    expect((await owner.get(`${at}/estimates/${late}`)).body.status).toBe('draft');
    written(await owner.patch(`${at}/estimates/${id}`, { reference: 'Longer' }));
    expect((await owner.get(`${at}/estimates/${id}`)).body.status).toBe('draft');
    written(await post(owner, id, 'send', { mail: false }));
    written(await post(owner, id, 'decline', { reason: 'too dear' }));
    expect((await owner.get(`${at}/estimates/${id}`)).body).toMatchObject({ status: 'declined', reason: 'too dear' });
    written(await post(owner, late, 'discard'));
    expect(ids(await owner.get(`${at}/estimates?status=discarded`))).toEqual([late]);
  });

  it('are told in the trail in sentences', async () => {
    const id = await estimate({ reference: 'Trail' });
    written(await post(owner, id, 'send', { mail: false }));
    written(await post(owner, id, 'accept'));
    written(await post(owner, id, 'convert'), 201);
    const { items } = (await owner.get(`${at}/audit?record=${id}`)).body as { items: Json[] };
    expect(items.map(({ summary, record }) => [summary, record.label])).toEqual(
      [
        'turned estimate Trail into an invoice',
        'noted that estimate Trail was accepted',
        'sent estimate Trail',
        'drafted estimate Trail',
      ].map((deed) => [`Ann Hale ${deed}`, 'Estimate Trail']),
    );
    const moment = items.at(-1)!.at as string;
    expect((await owner.get(`${at}/records/${id}?at=${moment}`)).body).toMatchObject({
      recordKind: 'estimate',
      status: 'draft',
      revision: 0,
    });
  });

  it('refer only to what is there', async () => {
    const draft = (fields: object) =>
      owner.post(`${at}/estimates`, { customerId, date: '2026-01-02', lines: [LINE], ...fields });
    for (const field of ['customerId', 'projectId', 'brandId', 'templateId']) {
      const refused = await draft({ [field]: randomUUID() });
      expect({ field, status: refused.status, errors: refused.body.errors }).toMatchObject({
        status: 400,
        errors: [{ field }],
      });
    }
    const template = written(await owner.post(`${at}/document-templates`, { name: 'Blue', kind: 'estimate' }), 201);
    const forInvoices = written(await owner.post(`${at}/document-templates`, { name: 'Red', kind: 'invoice' }), 201);
    expect((await draft({ templateId: template })).status).toBe(201);
    expect((await draft({ templateId: forInvoices })).status).toBe(400);
    expect((await draft({ customerId: undefined })).body.errors[0].field).toBe('customerId');
  });

  it('go out by mail as a PDF, again where the customer lost them, and are noted where they were handed over', async () => {
    const to = 'ferdi@estimates.example';
    const ferdi = written(await owner.post(`${at}/customers`, { name: 'Ferdi Lang', email: to }), 201);
    const id = await estimate({ customerId: ferdi, validUntil: FAR });
    const mails = async (address: string): Promise<readonly string[]> => {
      const folder = joined(server.folder, 'outbox');
      const names = (await readdir(folder)).filter((name) => name.endsWith('.eml'));
      const all = await Promise.all(names.map((name) => readFile(joined(folder, name), 'utf8')));
      return all.filter((mail) => new RegExp(`^To: .*${address}`, 'm').test(mail));
    };
    const sentTo = async (address: string, times: number): Promise<readonly string[]> => {
      for (let tries = 0; tries < 200 && (await mails(address)).length < times; tries++) await sleep(50);
      return mails(address);
    };
    // This waits for the view, which what follows does not ask for.
    expect((await owner.get(`${at}/estimates/${id}`)).status).toBe(200);
    const draft = await fetch(`${server.url}${at}/estimates/${id}/pdf`, {
      headers: { authorization: `Bearer ${owner.token}` },
    });
    expect(draft.headers.get('content-disposition')).toBe('attachment; filename="estimate.pdf"');
    expect(
      Buffer.from(await draft.arrayBuffer())
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-');

    written(await post(owner, id, 'send'));
    const [mail] = await sentTo(to, 1);
    expect(mail).toMatch(/^Subject: Estimate from Hale/m);
    expect(mail).toContain('filename=estimate.pdf');
    written(await post(owner, id, 'send', { to: 'other@estimates.example' }));
    expect(await sentTo('other@estimates.example', 1)).toHaveLength(1);
    written(await post(owner, id, 'send', { mail: false }));
    expect((await owner.get(`${at}/estimates/${id}`)).body).toMatchObject({ status: 'sent', revision: 2 });
    // Nobody knows where to send it.
    expect((await post(owner, await estimate(), 'send')).body.errors[0].field).toBe('to');
  });

  describe('that are templates', () => {
    let template: string;
    beforeAll(async () => {
      template = await estimate({ template: true, customerId: undefined, reference: 'Wedding' });
    });

    it('are edited by whoever may edit document templates only', async () => {
      const body = { date: '2026-01-02', lines: [LINE] };
      const refusals = [
        await sam.post(`${at}/estimates`, { ...body, template: true }),
        await sam.patch(`${at}/estimates/${template}`, { reference: 'Mine' }),
      ];
      for (const refused of refusals)
        expect(refused.body).toMatchObject({ code: 'permission-denied', permission: 'document-templates:edit' });
      const answer = await owner.get(`${at}/estimates?template=true`);
      expect(answer.body.items).toMatchObject([{ id: template, template: true, customer: null, reference: 'Wedding' }]);
      expect(ids(await owner.get(`${at}/estimates?template=false&limit=200`))).not.toContain(template);
      expect((await post(owner, template, 'convert')).body.rule).toBe('template-estimate');
      written(await owner.patch(`${at}/estimates/${template}`, { customerId: null, reference: 'Wedding day' }));
    });

    it('are copied by sales, who turn the copy into an invoice and delete nothing', async () => {
      expect((await post(sam, template, 'copy')).body.errors[0].field).toBe('customerId');
      const copied = await post(sam, template, 'copy', { customerId, date: '2028-02-29' });
      const copy = written(copied, 201);
      expect(copied.headers.get('location')).toBe(`${at}/estimates/${copy}`);
      expect((await sam.get(`${at}/estimates/${copy}`)).body).toMatchObject({
        template: false,
        customer: { id: customerId },
        date: '2028-02-29',
        reference: 'Wedding day',
        createdBy: sam.userId,
      });
      written(await sam.patch(`${at}/estimates/${copy}`, { reference: 'Wedding of Rosa' }));
      const invoice = written(await post(sam, copy, 'convert'), 201);
      expect((await sam.get(`${at}/invoices/${invoice}`)).body).toMatchObject({
        status: 'draft',
        reference: 'Wedding of Rosa',
        createdBy: sam.userId,
      });
      for (const refused of [await post(sam, copy, 'discard'), await post(sam, template, 'discard')])
        expect(refused.body).toMatchObject({ code: 'permission-denied', permission: 'estimates:discard' });
      expect((await sam.post(`${at}/invoices/${invoice}/discard`)).status).toBe(403);
    });
  });

  it('are not there for whoever does not see an account that they name', async () => {
    const account = written(
      await owner.post(`${at}/chart-of-accounts`, { code: '4870', name: 'Favours', type: 'income' }),
      201,
    );
    const id = await estimate({ lines: [{ ...LINE, accountCode: '4870' }], reference: 'Hush' });
    expect(ids(await sam.get(`${at}/estimates?limit=200`))).toContain(id);
    written(await owner.post(`${at}/chart-of-accounts/${account}/mark-confidential`));
    const absent = randomUUID();
    const visible = ids(await owner.get(`${at}/estimates?limit=200`));
    expect(visible).toContain(id);
    const pages: string[] = [];
    for (let next: string | null = ''; next !== null;) {
      const page: Answer<Json> = await sam.get(`${at}/estimates?limit=1${next === '' ? '' : `&after=${next}`}`);
      pages.push(...ids(page));
      next = page.body.next as string | null;
    }
    expect(pages).toEqual(visible.filter((one) => one !== id));
    expect(told(await sam.get(`${at}/estimates/${id}`))).toEqual(told(await sam.get(`${at}/estimates/${absent}`)));
    for (const verb of ['send', 'accept', 'decline', 'convert', 'copy'])
      expect([verb, told(await post(sam, id, verb))]).toEqual([verb, told(await post(sam, absent, verb))]);
    expect(told(await sam.patch(`${at}/estimates/${id}`, { reference: 'x' }))).toEqual(
      told(await sam.patch(`${at}/estimates/${absent}`, { reference: 'x' })),
    );
    expect((await sam.get(`${at}/estimates/${id}/pdf`)).status).toBe(404);
    // A line cannot name it any more, and whoever sees it goes on with what names it already.
    expect(
      (await owner.post(`${at}/estimates`, { customerId, date: PAST, lines: [{ ...LINE, accountCode: '4870' }] }))
        .status,
    ).toBe(400);
    written(await owner.patch(`${at}/estimates/${id}`, { reference: 'Hush hush' }));
  });

  it('are found by the beginning of their reference, and by their customer', async () => {
    const zara = written(await owner.post(`${at}/customers`, { name: 'Zarathustra Ltd' }), 201);
    written(await owner.post(`${at}/customers/${zara}/contacts`, { name: 'Wilhelmina Ott' }), 201);
    const id = await estimate({ reference: 'Quincentenary', customerId: zara });
    const found = async (q: string) =>
      ((await sam.get(`${at}/search?q=${q}`)).body.items as Json[]).map(({ kind, id: one }) => [kind, one]);
    expect(await found('quincent')).toEqual([['estimate', id]]);
    expect(await found('zarathus')).toEqual(
      expect.arrayContaining([
        ['customer', zara],
        ['estimate', id],
      ]),
    );
    expect(await found('wilhelm')).toContainEqual(['customer', zara]);
  });

  it('of other brands do not exist for people who are limited to one', async () => {
    const [north, south] = [
      written(await owner.post(`${at}/brands`, { name: 'North' }), 201),
      written(await owner.post(`${at}/brands`, { name: 'South' }), 201),
    ];
    const limits = [{ role: 'admin', brands: [north] }];
    const limited = await join(server, owner, organisation, 'north@estimates.example', limits);
    const customerOf = async (brandId: string): Promise<string> =>
      written(await owner.post(`${at}/customers`, { name: 'Branded', brandId }), 201);
    const [mine, other] = [await customerOf(north), await customerOf(south)];
    const [seen, hidden] = [
      await estimate({ customerId: mine, brandId: north }),
      await estimate({ customerId: other, brandId: south }),
    ];
    const contact = await owner.post(`${at}/customers/${other}/contacts`, { name: 'Otto' });
    const contactId = written(contact, 201);
    limited.reflect(contact.headers.get('countersign-position')!);

    expect(ids(await limited.get(`${at}/estimates`))).toEqual([seen]);
    const absent = randomUUID();
    for (const verb of ['send', 'accept', 'decline', 'convert', 'copy', 'discard'])
      expect([verb, told(await post(limited, hidden, verb))]).toEqual([verb, told(await post(limited, absent, verb))]);
    expect((await limited.patch(`${at}/estimates/${seen}`, { brandId: south })).status).toBe(404);
    expect((await post(limited, seen, 'copy', { customerId: other })).body.errors[0].field).toBe('customerId');
    for (const path of [`customers/${other}`, `customers/${other}/contacts/${contactId}`])
      expect((await limited.get(`${at}/${path}`)).status).toBe(404);
    expect((await limited.post(`${at}/customers/${other}/contacts`, { name: 'X' })).status).toBe(404);
    // A template of no brand is not theirs to write, and one of their brand is.
    const template = { date: '2026-01-02', lines: [LINE], template: true };
    expect((await limited.post(`${at}/estimates`, template)).status).toBe(404);
    expect((await limited.post(`${at}/estimates`, { ...template, brandId: north })).status).toBe(201);
  });

  it('are read, and nothing else, by who may only read', async () => {
    const reader = await join(server, owner, organisation, 'reader@estimates.example', [
      { role: 'sales', readOnly: true },
    ]);
    const id = await estimate();
    reader.reflect(
      (await owner.patch(`${at}/estimates/${id}`, { reference: 'R' })).headers.get('countersign-position')!,
    );
    expect((await reader.get(`${at}/estimates/${id}`)).body).toMatchObject({ id, reference: 'R' });
    expect(ids(await reader.get(`${at}/estimates`))).toContain(id);
    for (const verb of ['send', 'accept', 'decline', 'convert', 'copy', 'discard'])
      expect([verb, (await post(reader, id, verb)).status]).toEqual([verb, 403]);
    expect((await reader.patch(`${at}/estimates/${id}`, { reference: 'x' })).status).toBe(403);
    expect((await reader.post(`${at}/estimates`, { customerId, date: PAST, lines: [] })).status).toBe(403);
  });
});
