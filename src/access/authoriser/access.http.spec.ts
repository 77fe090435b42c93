import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

describe('who may do what, over HTTP', () => {
  let server: Server;
  let owner: Client;
  let sales: Client;
  let base: string;
  let at: string;
  let mail: (name: string) => string;
  let organisation: string;
  let count = 0;

  const people = (answer: Answer<Json>): string[] => answer.body.items.map(({ userId }: Json) => userId);
  /** An instant at which everything that was answered before has been recorded, and nothing that comes after. */
  const instant = async (): Promise<string> => {
    await sleep(5);
    const now = new Date().toISOString();
    await sleep(5);
    return now;
  };
  const draft = async (by: Client, org = base): Promise<string> => {
    const customer = await by.post(`${org}/customers`, { name: 'Wood & Co' });
    const made = await by.post(`${org}/invoices`, {
      customerId: customer.body.id,
      date: '2026-03-01',
      lines: [{ description: 'Chairs', quantity: 1, unitPrice: 100 }],
    });
    expect(made.status).toBe(201);
    return made.body.id;
  };

  beforeAll(async () => {
    server = await Server.start();
  }, 60_000);

  afterAll(() => server.dispose());

  beforeEach(async () => {
    count += 1;
    mail = (name) => `${name}@access${count}.example`;
    owner = await signUp(server, mail('owner'));
    organisation = await found(owner);
    base = `/v1/organisations/${organisation}`;
    at = `${base}/access`;
    sales = await join(server, owner, organisation, mail('sales'), ['sales']);
  }, 30_000);

  it('explains an answer by the event in the trail that gave it', async () => {
    const check = await owner.get(`${at}/check?permission=invoices:issue&user=${sales.userId}`);
    expect(check).toMatchObject({
      status: 200,
      body: { allowed: true, scope: 'all', because: [{ role: 'sales', scope: 'all', grantedBy: owner.userId }] },
    });
    const [reason] = check.body.because;
    const { items } = (await owner.get(`${base}/audit?subject=${sales.userId}`)).body;
    expect(items.find(({ eventId }: Json) => eventId === reason.eventId)).toMatchObject({
      at: reason.grantedAt,
      type: 'UserInvited',
      actor: { id: owner.userId },
    });
  });

  it('answers for any past instant', async () => {
    const before = await instant();
    await owner.put(`${base}/members/${sales.userId}/roles`, { roles: ['compliance'] });
    const changed = await instant();
    await owner.post(`${base}/members/${sales.userId}/disable`);
    const ask = async (when?: string) => {
      const query = when === undefined ? '' : `&at=${when}`;
      const check = await owner.get(`${at}/check?permission=invoices:issue&user=${sales.userId}${query}`);
      const who = await owner.get(`${at}/who-can?permission=audit:read${query}`);
      const matrix = await owner.get(`${at}/matrix?user=${sales.userId}${query}`);
      expect([check.status, who.status, matrix.status]).toEqual([200, 200, 200]);
      return [check.body.allowed, people(who).includes(sales.userId!), matrix.body.items.length];
    };
    expect(await ask(before)).toEqual([true, false, 1]);
    expect(await ask(changed)).toEqual([false, true, 1]);
    expect(await ask()).toEqual([false, false, 0]);
    expect(await ask('2020-01-01T00:00:00.000Z')).toEqual([false, false, 0]);
    // The same instant, written in another time zone.
    const [date, time] = [before.slice(0, 10), before.slice(11, 23)];
    const shifted = new Date(Date.parse(`${date}T${time}Z`) + 3_600_000).toISOString().replace('Z', '%2B01:00');
    expect(await ask(shifted)).toEqual([true, false, 1]);
  });

  it('refuses instants that have not come or are none', async () => {
    for (const when of [new Date(Date.now() + 60_000).toISOString(), '2026-03-01', '2026-02-30T00:00:00Z', 'now', '']) {
      for (const path of ['check?permission=invoices:read', 'who-can?permission=invoices:read', 'matrix?']) {
        const answer = await owner.get(`${at}/${path}&at=${when}`);
        expect(answer).toMatchObject({ status: 400, body: { code: 'validation-failed', errors: [{ field: 'at' }] } });
      }
    }
  });

  it('tells nothing of others to whoever may not see them', async () => {
    for (const query of ['', '&at=2026-01-01T00:00:00Z', `&record=${randomUUID()}`]) {
      const answers = [
        await sales.get(`${at}/check?permission=invoices:read&user=${owner.userId}${query}`),
        await sales.get(`${at}/check?permission=invoices:read&user=${randomUUID()}${query}`),
        await sales.get(`${at}/who-can?permission=invoices:read${query}`),
      ];
      for (const answer of answers) {
        expect(answer).toMatchObject({ status: 403, body: { permission: 'members:read' } });
        expect(JSON.stringify(answer.body)).not.toContain(owner.userId);
      }
    }
    expect((await sales.get(`${at}/matrix?user=${sales.userId}`)).status).toBe(403);
    expect((await sales.post(`${at}/what-if`, { changes: [] })).body).toMatchObject({
      permission: 'members:change-roles',
    });
    expect(await sales.get(`${at}/check?permission=invoices:read&user=${sales.userId}`)).toMatchObject({ status: 200 });
  });

  it('tells those outside nothing, whatever they ask', async () => {
    const stranger = await signUp(server, mail('stranger'));
    const own = await found(stranger);
    const there = await draft(owner);
    const nowhere = `/v1/organisations/${randomUUID()}/access`;
    const answers = await Promise.all(
      [at, nowhere].flatMap((path) => [
        stranger.get(`${path}/check?permission=invoices:read`),
        stranger.get(`${path}/check?permission=invoices:read&record=${there}&at=2026-03-01T00:00:00Z`),
        stranger.get(`${path}/who-can?permission=invoices:read`),
        stranger.get(`${path}/matrix?at=2026-03-01T00:00:00Z`),
        stranger.post(`${path}/what-if`, { changes: [{ user: sales.userId, roles: ['sales'] }] }),
      ]),
    );
    expect(new Set(answers.map(({ status, body }) => `${status} ${JSON.stringify(body)}`)).size).toBe(1);
    expect(answers[0]!.status).toBe(404);
    // Through their own organisation they reach no record of another one either.
    const through = `/v1/organisations/${own}/access`;
    const [theirs, absent] = await Promise.all(
      [there, randomUUID()].map((record) =>
        stranger.get(`${through}/who-can?permission=invoices:read&record=${record}`),
      ),
    );
    expect(theirs).toMatchObject({ status: 404 });
    expect(theirs!.body).toEqual(absent!.body);
    for (const record of [organisation, owner.userId!]) {
      const answer = await stranger.get(`${through}/who-can?permission=invoices:read&record=${record}`);
      expect(answer.body).toEqual(absent!.body);
    }
  });

  it('is no oracle about records', async () => {
    const manager = await join(server, owner, organisation, mail('manager'), [
      { role: 'admin', brands: [randomUUID()] },
    ]);
    const record = await draft(owner);
    const recorded = await instant();
    for (const question of ['check?', `check?user=${sales.userId}&`, `check?at=${recorded}&`, 'who-can?']) {
      const [hidden, absent] = await Promise.all(
        [record, randomUUID()].map((id) => manager.get(`${at}/${question}permission=invoices:read&record=${id}`)),
      );
      expect(hidden!.status).toBe(404);
      expect(hidden!.body).toEqual(absent!.body);
      expect([...hidden!.headers.keys()].sort()).toEqual([...absent!.headers.keys()].sort());
    }
    // A refusal on a record that one may read names the permission and nothing else.
    const refused = await sales.get(`${at}/check?permission=invoices:void&record=${record}`);
    expect(refused).toMatchObject({ status: 200 });
    expect(refused.body).toEqual({ allowed: false, because: [], missing: 'invoices:void' });
    // What the trail keeps of the attempt.
    const { items } = (await owner.get(`${base}/audit?actor=${manager.userId}&outcome=refused`)).body;
    expect(items).toContainEqual(
      expect.objectContaining({ outcome: 'refused', record: expect.objectContaining({ id: record }) }),
    );
  });

  it('asks for the right to read a record then and now', async () => {
    const record = await draft(owner);
    const before = await instant();
    const late = await join(server, owner, organisation, mail('late'), ['admin']);
    const since = await instant();
    const ask = (client: Client, when: string) =>
      client.get(`${at}/who-can?permission=invoices:issue&record=${record}&at=${when}`);
    expect(people(await ask(owner, before))).toEqual([owner.userId, sales.userId]);
    expect((await ask(late, before)).status).toBe(404);
    expect(people(await ask(late, since))).toEqual([owner.userId, sales.userId, late.userId]);
    expect((await ask(owner, '2020-01-01T00:00:00Z')).status).toBe(404);
    await owner.put(`${base}/members/${late.userId}/roles`, { roles: ['compliance'] });
    expect((await ask(late, since)).status).toBe(404);
  });

  it('knows records of every kind that has facts: people, customers, the organisation', async () => {
    const customer = await owner.post(`${base}/customers`, { name: 'Wood & Co' });
    for (const [permission, record, count_] of [
      ['members:disable', sales.userId, 1],
      ['customers:edit', customer.body.id, 2],
      ['organisation:edit', organisation, 1],
    ] as const) {
      const answer = await owner.get(`${at}/who-can?permission=${permission}&record=${record}`);
      expect(answer.status).toBe(200);
      expect(answer.body.items).toHaveLength(count_);
    }
  });

  it('foresees a change of roles and writes nothing', async () => {
    const record = await draft(sales);
    const guest = await owner.post(`${base}/invitations`, {
      email: mail('guest'),
      firstName: 'Guest',
      lastName: 'Low',
      roles: ['staff'],
    });
    // What is unfinished comes from a view, which this waits for.
    expect((await sales.get(`${base}/invoices/${record}`)).status).toBe(200);
    const before = await owner.get(`${base}/audit?outcome=accepted`);
    const answer = await owner.post(`${at}/what-if`, {
      changes: [
        { user: sales.userId, roles: ['compliance'] },
        { user: guest.body.userId, roles: ['staff', { role: 'accountant', until: '2099-01-01T00:00:00Z' }] },
      ],
    });
    expect(answer.status).toBe(200);
    expect(answer.body.people.map(({ userId }: Json) => userId)).toEqual([sales.userId, guest.body.userId]);
    const [changed, invited] = answer.body.people;
    expect(changed.gained).toContainEqual({ permission: 'audit:read', scope: 'all' });
    expect(changed.lost).toContainEqual({ permission: 'invoices:issue', scope: 'all' });
    expect(invited.lost).toEqual([]);
    expect(invited.gained).toContainEqual({
      permission: 'transactions:read',
      scope: 'all',
      until: '2099-01-01T00:00:00.000Z',
    });
    expect(answer.body.stranded).toEqual([{ record, permission: 'invoices:issue' }]);
    const after = await owner.get(`${base}/audit?outcome=accepted`);
    expect(after.body.items).toHaveLength(before.body.items.length);
    expect((await owner.get(`${at}/check?permission=audit:read&user=${sales.userId}`)).body.allowed).toBe(false);
  });

  it('refuses what-ifs that could not be, one like the other', async () => {
    const ask = (...changes: readonly Json[]) => owner.post(`${at}/what-if`, { changes });
    const stranger = await signUp(server, mail('stranger'));
    const [unknown, elsewhere] = await Promise.all(
      [randomUUID(), stranger.userId].map((user) => ask({ user, roles: ['sales'] })),
    );
    expect(unknown).toMatchObject({ status: 400, body: { errors: [{ field: 'changes.0.user' }] } });
    expect(unknown!.body).toEqual(elsewhere!.body);
    expect(await ask({ user: owner.userId, roles: ['sales'] })).toMatchObject({
      status: 409,
      body: { rule: 'primary-stays' },
    });
    for (const roles of [
      [],
      ['primary'],
      ['nothing'],
      [{ role: 'sales', until: '2020-01-01T00:00:00Z' }],
      'sales',
      [{}],
    ])
      expect(await ask({ user: sales.userId, roles })).toMatchObject({ status: 400 });
    expect(await ask()).toMatchObject({ status: 400 });
    const twice = { user: sales.userId, roles: ['sales'] };
    expect(await ask(twice, twice)).toMatchObject({ status: 400, body: { errors: [{ field: 'changes.1.user' }] } });
    expect(await owner.post(`${at}/what-if`, { changes: [{ ...twice, reason: 'x' }] })).toMatchObject({ status: 400 });
  });
});
