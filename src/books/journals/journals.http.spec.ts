import { randomUUID } from 'node:crypto';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

const told = ({ status, body, headers }: Answer<Json>): unknown => ({ status, body, etag: headers.get('etag') });
const rent = (amount: number, date = '2026-03-31', more: object = {}) => ({
  date,
  description: 'Rent',
  lines: [
    { accountCode: '7100', debit: amount, description: 'March' },
    { accountCode: '1200', credit: amount },
  ],
  ...more,
});
const wages = (amount: number, date = '2026-03-31') => ({
  date,
  description: 'Pay run',
  lines: [
    { accountCode: '7000', debit: amount },
    { accountCode: '1200', credit: amount },
  ],
});

describe('journals and periods over HTTP', () => {
  let server: Server;
  let owner: Client;
  /** Reads, posts and reverses journals, reads the trail, and sees no confidential account. */
  let kim: Client;
  let at: string;
  let organisation: string;

  const written = (answer: Answer<Json>, status = 201): string => {
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body: expect.anything() });
    const position = answer.headers.get('countersign-position')!;
    for (const client of [owner, kim]) client.reflect(position);
    return answer.body.id as string;
  };
  const post = async (body: object, by = owner): Promise<string> => written(await by.post(`${at}/journals`, body));
  const journal = async (id: string, by = owner): Promise<Json> => (await by.get(`${at}/journals/${id}`)).body;
  const idsOf = async (path: string, by = owner): Promise<string[]> => {
    const { status, body } = await by.get(`${at}${path}`);
    expect(status).toBe(200);
    return (body.items as Json[]).map(({ id }) => id as string);
  };
  const summaries = async (record: string, by = owner): Promise<string[]> => {
    const { body } = await by.get(`${at}/audit?record=${record}&outcome=accepted`);
    return (body.items as Json[]).map(({ summary }) => summary as string);
  };

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'ann@journals.example', 'Ann', 'Hale');
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    const { body } = await owner.post(`${at}/roles`, {
      name: 'Ledger clerk',
      permissions: ['chart-of-accounts:read', 'journals:read', 'journals:create', 'journals:reverse', 'audit:read'].map(
        (permission) => ({ permission, scope: 'all' }),
      ),
    });
    kim = await join(
      server,
      owner,
      organisation,
      'kim@journals.example',
      [{ role: body.id as string }],
      ['Kim', 'Lee'],
    );
  }, 60_000);
  afterAll(() => server.dispose());

  it('keeps journals as they were posted', async () => {
    const answer = await owner.post(`${at}/journals`, rent(50_000));
    const id = written(answer);
    expect(answer.headers.get('location')).toBe(`${at}/journals/${id}`);
    expect(await journal(id)).toEqual({
      id,
      revision: 0,
      status: 'posted',
      purpose: 'journal',
      date: '2026-03-31',
      description: 'Rent',
      currency: 'GBP',
      total: 50_000,
      lines: [
        { accountCode: '7100', accountName: 'Rent', debit: 50_000, credit: null, description: 'March' },
        { accountCode: '1200', accountName: 'Current account', debit: null, credit: 50_000, description: null },
      ],
      reverses: null,
      reversedBy: null,
      reason: null,
      createdBy: owner.userId,
    });
    const past = await owner.get(`${at}/records/${id}`);
    expect(past.body).toMatchObject({ recordKind: 'journal', id, total: 50_000, revision: 0 });
    expect(await summaries(id)).toEqual(['Ann Hale posted the journal 2026-03-31: Rent']);
    for (const method of ['PATCH', 'DELETE', 'PUT'])
      expect((await owner.send(method, `${at}/journals/${id}`, {})).status).toBe(404);
  });

  it.each<[string, (lines: Json[]) => Json[], string]>([
    ['that does not balance', ([debit, credit]) => [{ ...debit, debit: 2 }, credit], 'lines'],
    ['of one line', ([debit]) => [debit], 'lines'],
    [
      'of an account that is not there',
      ([debit, credit]) => [debit, { ...credit, accountCode: '1299' }],
      'lines.1.accountCode',
    ],
    ['with a line of both sides', ([debit, credit]) => [{ ...debit, credit: 1 }, credit], 'lines.0'],
    ['of nothing', ([debit, credit]) => [{ ...debit, debit: 0 }, credit], 'lines.0.debit'],
    ['of pence in parts', ([debit, credit]) => [{ ...debit, debit: 1.5 }, credit], 'lines.0.debit'],
  ])('refuses one %s', async (_, change, field) => {
    const body = rent(1);
    const answer = await owner.post(`${at}/journals`, { ...body, lines: change(body.lines) });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  });

  it('takes 2,000 lines, and no more', async () => {
    const line = { accountCode: '7100', debit: 1 };
    const lines = [...Array<Json>(1999).fill(line), { accountCode: '1200', credit: 1999 }];
    expect(await journal(await post({ date: '2026-03-31', lines }))).toMatchObject({ total: 1999 });
    expect((await owner.post(`${at}/journals`, { date: '2026-03-31', lines: [line, ...lines] })).status).toBe(400);
    // None is taken whose reversal, which says a little more, could not be written.
    const long = lines.map((one) => ({ ...one, description: 'x'.repeat(430) }));
    expect((await owner.post(`${at}/journals`, { date: '2026-03-31', lines: long })).status).toBe(413);
  });

  it('lists them by their dates, the newest first', async () => {
    const [old, recent] = [await post(rent(1, '2019-02-28')), await post(rent(1, '2019-03-01'))];
    expect(await idsOf('/journals?from=2019-02-28&to=2019-03-01')).toEqual([recent, old]);
    expect(await idsOf('/journals?to=2019-02-28')).toEqual([old]);
  });

  it('opens the books, the other side on one account', async () => {
    const lines = [
      { accountCode: '1200', debit: 90_000 },
      { accountCode: '2300', credit: 40_000 },
    ];
    const answer = await owner.post(`${at}/journals/opening`, { date: '2026-01-01', lines });
    const id = written(answer);
    expect(answer.headers.get('location')).toBe(`${at}/journals/${id}`);
    expect(await journal(id)).toMatchObject({
      purpose: 'opening-balances',
      total: 90_000,
      lines: [{}, {}, { accountCode: '3000', credit: 50_000 }],
    });
  });

  describe('a reversal', () => {
    it('is a journal of its own, linked both ways, once', async () => {
      const id = await post(rent(700));
      const answer = await owner.post(`${at}/journals/${id}/reverse`, { date: '2026-04-01', reason: 'Twice' });
      const reversal = written(answer);
      expect(answer.headers.get('location')).toBe(`${at}/journals/${reversal}`);
      expect(await journal(id)).toMatchObject({ status: 'reversed', reversedBy: reversal, revision: 1 });
      expect(await journal(reversal)).toMatchObject({
        status: 'posted',
        purpose: 'journal',
        date: '2026-04-01',
        description: 'Reversal of Rent',
        reverses: id,
        reason: 'Twice',
        lines: [
          { accountCode: '7100', debit: null, credit: 700 },
          { accountCode: '1200', debit: 700, credit: null },
        ],
      });
      const again = await owner.post(`${at}/journals/${id}/reverse`, { reason: 'Twice' });
      expect(again).toMatchObject({ status: 409, body: { rule: 'journal-reversed' } });
      expect(await summaries(id)).toEqual([
        'Ann Hale reversed the journal 2026-03-31: Rent',
        'Ann Hale posted the journal 2026-03-31: Rent',
      ]);
      expect(await summaries(reversal)).toEqual([expect.stringMatching(/Ann Hale.*posted the reversal of another as/)]);
    });

    it('is answered again to whoever repeats the request', async () => {
      const id = await post(rent(800));
      const key = { 'idempotency-key': randomUUID() };
      const once = await owner.post(`${at}/journals/${id}/reverse`, { reason: 'Twice' }, key);
      const twice = await owner.post(`${at}/journals/${id}/reverse`, { reason: 'Twice' }, key);
      expect(told(twice)).toEqual(told(once));
      expect(once.status).toBe(201);
    });

    it('is made once, of two at the same time', async () => {
      const id = await post(rent(900));
      const reverse = () => owner.post(`${at}/journals/${id}/reverse`, { reason: 'Twice' });
      const answers = await Promise.all([reverse(), reverse(), reverse()]);
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    });

    it('of a revision that has passed is refused', async () => {
      const id = await post(rent(10));
      const answer = await owner.post(`${at}/journals/${id}/reverse`, { reason: 'x' }, { 'if-match': '"3"' });
      expect(answer.status).toBe(412);
    });
  });

  describe('with a confidential account', () => {
    let secret: string;
    let open: string;
    beforeAll(async () => {
      secret = await post(wages(123_400));
      open = await post(rent(5));
    });

    it('is not there for whoever may not see that', async () => {
      const nowhere = randomUUID();
      const ways: readonly ((id: string) => Promise<Answer<Json>>)[] = [
        (id) => kim.get(`${at}/journals/${id}`),
        (id) => kim.post(`${at}/journals/${id}/reverse`, { reason: 'x' }),
        (id) => kim.get(`${at}/records/${id}`),
        (id) => kim.get(`${at}/records/${id}?at=${new Date().toISOString()}`),
        (id) => kim.get(`${at}/access/check?permission=journals:read&record=${id}`),
      ];
      for (const way of ways) expect(told(await way(secret))).toEqual(told(await way(nowhere)));
      expect(await idsOf('/journals?limit=200', kim)).not.toContain(secret);
      expect(await idsOf('/journals?limit=200')).toContain(secret);
      expect((await journal(open, kim)).total).toBe(5);
      expect(await idsOf('/search?q=pay', kim)).toEqual([]);
      expect(await idsOf('/search?q=pay')).toEqual([secret]);
      expect(await idsOf('/search?q=rent', kim)).toContain(open);
    });

    it('is nobody else’s to read in answers about access either', async () => {
      const access = async (path: string) => (await owner.get(`${at}/access/${path}`)).body;
      const able = async (record: string) =>
        ((await access(`who-can?permission=journals:read&record=${record}`)).items as Json[]).map(
          ({ userId }) => userId as string,
        );
      expect(await able(open)).toContain(kim.userId);
      expect(await able(secret)).toEqual([owner.userId]);
      const check = (record: string) =>
        access(`check?permission=journals:reverse&record=${record}&user=${kim.userId!}`);
      expect(await check(open)).toMatchObject({ allowed: true });
      expect(await check(secret)).toMatchObject({ allowed: false });
    });

    it('leaves no gap in lists, and no cursor to nothing', async () => {
      const date = '2018-05-05';
      const day = `/journals?from=${date}&to=${date}`;
      const [first] = [await post(rent(1, date)), await post(wages(1, date)), await post(wages(2, date))];
      const [second, third] = [await post(rent(2, date)), await post(rent(3, date))];
      await post(wages(3, date));
      const page = async (path: string) => (await kim.get(`${at}${path}`)).body;
      const one = await page(`${day}&limit=2`);
      expect((one.items as Json[]).map(({ id }) => id as string)).toEqual([third, second]);
      const two = await page(`${day}&limit=2&after=${encodeURIComponent(one.next as string)}`);
      expect(two).toMatchObject({ items: [{ id: first }], next: null });
      // Behind the last one that is seen there are hidden ones only.
      expect(await page(`${day}&limit=3`)).toMatchObject({ next: null });
      const older = '2018-05-04';
      await post(wages(1, older));
      expect(await page(`/journals?to=${older}`)).toEqual({ items: [], next: null });
    });

    it('cannot be named by them, as if it were not in the chart', async () => {
      const answer = await kim.post(`${at}/journals`, wages(1));
      const unknown = wages(1);
      unknown.lines[0]!.accountCode = '7999';
      expect(answer.status).toBe(400);
      expect(told(answer)).toEqual(told(await kim.post(`${at}/journals`, unknown)));
      await post(rent(1), kim);
    });

    it('is in their trail without its content', async () => {
      expect(await summaries(secret, kim)).toEqual(['Ann Hale changed a journal']);
      const { body } = await kim.get(`${at}/audit?record=${secret}&outcome=accepted`);
      expect(body.items[0]).toMatchObject({ record: { kind: 'journal', label: null }, changes: [] });
      const whole = await kim.get(`${at}/audit?limit=200`);
      expect(JSON.stringify(whole.body)).not.toMatch(/Pay run|123400|"7000"/);
      expect(JSON.stringify((await owner.get(`${at}/audit?limit=200`)).body)).toMatch(/Pay run/);
      expect(JSON.stringify((await kim.get(`${at}/records/${secret}/history`)).body)).not.toMatch(/Pay run|123400/);
    });

    it('comes and goes with the mark', async () => {
      const chart = (await owner.get(`${at}/chart-of-accounts`)).body.items as Json[];
      const account = chart.find(({ code }) => code === '7100').id as string;
      written(await owner.post(`${at}/chart-of-accounts/${account}/mark-confidential`), 200);
      expect((await kim.get(`${at}/journals/${open}`)).status).toBe(404);
      expect((await kim.get(`${at}/records/${open}`)).status).toBe(404);
      expect(await summaries(open, kim)).toEqual(['Ann Hale changed a journal']);
      written(await owner.post(`${at}/chart-of-accounts/${account}/unmark-confidential`), 200);
      expect((await kim.get(`${at}/journals/${open}`)).status).toBe(200);
      expect(await summaries(open, kim)).toEqual(['Ann Hale posted the journal 2026-03-31: Rent']);
    });

    it('needs the right then and now', async () => {
      // In an organisation of its own, whose wages were open to all once.
      const chart = (await owner.get(`${at}/chart-of-accounts`)).body.items as Json[];
      const account = chart.find(({ code }) => code === '7403').id as string;
      const lines = [
        { accountCode: '7403', debit: 7 },
        { accountCode: '1200', credit: 7 },
      ];
      const lunch = await post({ date: '2026-03-31', description: 'Lunch', lines });
      const whileMarked = new Date().toISOString();
      written(await owner.post(`${at}/chart-of-accounts/${account}/unmark-confidential`), 200);
      expect((await kim.get(`${at}/records/${lunch}`)).status).toBe(200);
      expect((await kim.get(`${at}/records/${lunch}?at=${whileMarked}`)).status).toBe(404);
      expect((await owner.get(`${at}/records/${lunch}?at=${whileMarked}`)).status).toBe(200);
    });
  });

  describe('the end of a year', () => {
    let books: string;
    let clerk: Client;
    const profitAndLoss = async (): Promise<Json> =>
      (await owner.get(`${books}/reports/profit-and-loss?from=2025-04-01&to=2026-03-31`)).body;
    const close = (by = owner) =>
      by.post(`${books}/journals/year-end`, { date: '2026-03-31', description: 'Year to March' });

    beforeAll(async () => {
      const other = await found(owner);
      books = `/v1/organisations/${other}`;
      const { body } = await owner.post(`${books}/roles`, {
        name: 'Clerk',
        permissions: ['journals:read', 'journals:create'],
      });
      const roles = [{ role: body.id as string }];
      clerk = await join(server, owner, other, 'clerk@journals.example', roles, ['Lin', 'Orr']);
      const sold = [
        { accountCode: '1200', debit: 90_000 },
        { accountCode: '4000', credit: 90_000 },
      ];
      for (const entry of [{ date: '2025-12-31', lines: sold }, rent(20_000), rent(500, '2026-04-01')])
        expect((await owner.post(`${books}/journals`, entry)).status).toBe(201);
    });

    it('carries the result forward, is no part of it, and is done once', async () => {
      const before = await profitAndLoss();
      // Whoever asks at the same time carries nothing forward once more.
      const answers = await Promise.all(Array.from({ length: 8 }, () => close()));
      const [answer, ...others] = [...answers].sort((a, b) => a.status - b.status) as [Answer<Json>, ...Answer<Json>[]];
      expect(others.map(({ status }) => status)).toEqual(Array(7).fill(409));
      expect(answer.status).toBe(201);
      owner.reflect(answer.headers.get('countersign-position')!);
      const closing = (await owner.get(`${books}/journals/${answer.body.id as string}`)).body;
      expect(closing).toMatchObject({
        purpose: 'year-end',
        date: '2026-03-31',
        lines: [
          { accountCode: '4000', debit: 90_000 },
          { accountCode: '7100', credit: 20_000 },
          { accountCode: '3200', credit: 70_000 },
        ],
      });
      expect(await profitAndLoss()).toEqual(before);
      expect(await close()).toMatchObject({ status: 409, body: { rule: 'nothing-to-close' } });
    });

    it('takes what came late with the next one, and is taken back like any journal', async () => {
      await owner.post(`${books}/journals`, rent(300));
      const answer = await close();
      const id = answer.body.id as string;
      const lines = async () => (await owner.get(`${books}/journals/${id}`)).body.lines as Json[];
      expect(await lines()).toMatchObject([
        { accountCode: '7100', credit: 300 },
        { accountCode: '3200', debit: 300 },
      ]);
      const before = await profitAndLoss();
      const body = { date: '2026-03-31', reason: 'More to come' };
      expect((await owner.post(`${books}/journals/${id}/reverse`, body)).status).toBe(201);
      expect(await profitAndLoss()).toEqual(before);
      expect((await close()).status).toBe(201);
    });

    it('is refused as a whole to whoever does not see all of it', async () => {
      const late = await owner.post(`${books}/journals`, wages(700));
      clerk.reflect(late.headers.get('countersign-position')!);
      expect(await close(clerk)).toMatchObject({ status: 403, body: { permission: 'confidential-accounts:read' } });
      expect((await close()).status).toBe(201);
    });
  });

  describe('a locked period', () => {
    it('takes nothing more, and says who locked it, and when', async () => {
      const id = await post(rent(1, '2015-06-30'));
      expect((await owner.get(`${at}/periods`)).body).toEqual({ lockedThrough: null, items: [], next: null });
      const reason = 'VAT return of the second quarter';
      written(await owner.post(`${at}/periods/lock`, { through: '2015-06-30', reason }), 200);
      const { body } = await owner.get(`${at}/periods`);
      expect(body).toEqual({
        lockedThrough: '2015-06-30',
        items: [
          {
            action: 'locked',
            through: '2015-06-30',
            before: null,
            reason,
            by: { id: owner.userId, name: 'Ann Hale' },
            at: expect.any(String),
          },
        ],
        next: null,
      });
      const when = body.items[0].at as string;
      for (const answer of [
        await owner.post(`${at}/journals`, rent(1, '2015-06-30')),
        await owner.post(`${at}/journals/opening`, rent(1, '2001-01-01')),
        await owner.post(`${at}/journals/${id}/reverse`, { date: '2015-06-01', reason: 'x' }),
      ]) {
        expect(answer).toMatchObject({ status: 409, body: { rule: 'period-locked' } });
        expect(answer.body.detail).toContain(`through 2015-06-30, by Ann Hale on ${when}`);
      }
      await post(rent(1, '2015-07-01'));
      written(await owner.post(`${at}/journals/${id}/reverse`, { date: '2015-07-01', reason: 'x' }));
    });

    it('is unlocked with a reason, and the trail says so', async () => {
      expect((await owner.post(`${at}/periods/unlock`, { through: null })).status).toBe(400);
      written(await owner.post(`${at}/periods/unlock`, { through: '2015-03-31', reason: 'Late bill' }), 200);
      await post(rent(1, '2015-04-01'));
      expect((await owner.post(`${at}/journals`, rent(1, '2015-03-31'))).status).toBe(409);
      written(await owner.post(`${at}/periods/unlock`, { through: null, reason: 'Late bill' }), 200);
      await post(rent(1, '2015-03-31'));
      expect(await owner.post(`${at}/periods/unlock`, { through: null, reason: 'x' })).toMatchObject({
        status: 409,
        body: { rule: 'period-not-locked' },
      });
      const { body } = await owner.get(`${at}/audit?type=PeriodLocked`);
      expect(body.items[0]).toMatchObject({ summary: 'Ann Hale locked the books through 2015-06-30' });
      const unlocked = (await owner.get(`${at}/audit?type=PeriodUnlocked`)).body.items as Json[];
      expect(unlocked.map(({ summary }) => summary)).toEqual([
        'Ann Hale unlocked the books',
        'Ann Hale unlocked the books after 2015-03-31',
      ]);
      expect(unlocked[0].changes).toEqual([
        { field: 'lockedThrough', from: '2015-03-31', to: null },
        { field: 'reason', from: null, to: 'Late bill' },
      ]);
    });

    it('is locked by those who reach all of the books alone', async () => {
      const brand = (await owner.post(`${at}/brands`, { name: 'North' })).body.id as string;
      const grant = { role: 'authorised', brands: [brand] };
      const bob = await join(server, owner, organisation, 'bob@journals.example', [grant]);
      expect((await bob.post(`${at}/periods/lock`, { through: '2015-01-31' })).status).toBe(404);
      expect((await bob.get(`${at}/periods`)).body).toMatchObject({ lockedThrough: null, items: [] });
      expect((await bob.get(`${at}/journals`)).body).toEqual({ items: [], next: null });
      expect((await bob.post(`${at}/journals`, rent(1))).status).toBe(404);
      expect((await bob.get(`${at}/chart-of-accounts`)).body).toEqual({ items: [], next: null });
    });
  });
});
