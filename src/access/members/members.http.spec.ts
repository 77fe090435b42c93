import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Json } from '../../../test/support/client.js';
import { found, join, PASSWORD, signIn, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

const NOBODY = '01999999-9999-7999-8999-999999999999';

describe('organisations and their people over HTTP', () => {
  let server: Server;
  let owner: Client;
  let organisation: string;
  let at: string;

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'ann@hale.example', 'Ann', 'Hale');
  });
  afterAll(() => server.dispose());

  beforeEach(async () => {
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
  });

  const invite = (client: Client, email: string, roles?: unknown): Promise<{ status: number; body: Json }> =>
    client.post(`${at}/invitations`, {
      email,
      firstName: ' Bob ',
      lastName: 'Hale',
      ...(roles === undefined ? {} : { roles }),
    });
  const accept = (
    token: string,
    password?: string,
    client = server.client(),
  ): Promise<{ status: number; body: Json }> =>
    client.post('/v1/invitations/accept', { token, ...(password === undefined ? {} : { password }) });
  const tokenTo = (email: string): Promise<string> => server.mailToken(email, 'invitations/accept');
  const members = async (client = owner): Promise<Json[]> => (await client.get(`${at}/members`)).body.items as Json[];

  it('founds, shows and renames an organisation', async () => {
    const shown = await owner.get(at);
    expect(shown).toMatchObject({
      status: 200,
      body: { id: organisation, revision: 0, name: 'Hale & Daughters', currency: 'GBP', primary: owner.userId },
    });
    const etag = shown.headers.get('etag')!;
    expect(etag).toBe('"0"');
    const renamed = await owner.patch(at, { name: 'Hale & Sons' }, { 'if-match': etag });
    expect(renamed).toMatchObject({ status: 200, body: { id: organisation, revision: 1 } });
    expect((await owner.patch(at, { name: 'Low' }, { 'if-match': etag })).status).toBe(412);
    expect(await owner.patch(at, { currency: 'EUR' })).toMatchObject({
      status: 409,
      body: { rule: 'currency-is-fixed' },
    });
    expect((await owner.get(at)).body).toMatchObject({ name: 'Hale & Sons', revision: 1 });
    const mine = await owner.get('/v1/me/organisations');
    expect(mine.body.items).toContainEqual({
      id: organisation,
      name: 'Hale & Sons',
      currency: 'GBP',
      roles: [{ role: 'primary', readOnly: false, switches: [] }],
      status: 'active',
    });
  });

  it.each([
    [{ name: 'x', currency: 'gbp' }, 'currency'],
    [{ name: 'x', currency: 'POUND' }, 'currency'],
    [{ name: ' ', currency: 'GBP' }, 'name'],
    [{ currency: 'GBP' }, 'name'],
    [{ name: 'x', currency: 'GBP', primary: NOBODY }, 'primary'],
  ])('refuses to found %j', async (body, field) => {
    expect(await owner.post('/v1/organisations', body)).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  });

  it('answers the first founding again to the same key', async () => {
    const founding = (name: string): Promise<{ status: number; body: Json }> =>
      owner.post('/v1/organisations', { name, currency: 'GBP' }, { 'idempotency-key': `found ${organisation}` });
    const [first, again, other] = [await founding('Once'), await founding('Once'), await founding('Twice')];
    expect([first.status, again.status, other.status]).toEqual([201, 201, 422]);
    expect(again.body).toEqual(first.body);
  });

  it('keeps the billing of its account', async () => {
    expect((await owner.get(`${at}/account-billing`)).body).toEqual({ plan: null, billingEmail: null });
    const billing = { plan: 'team', billingEmail: 'pay@hale.example' };
    const set = await owner.put(`${at}/account-billing`, billing);
    expect(set.status).toBe(200);
    expect(await owner.put(`${at}/account-billing`, billing)).toMatchObject({ status: 200, body: set.body });
    expect((await owner.get(`${at}/account-billing`)).body).toEqual(billing);
    const other = await owner.put(`${at}/account-billing`, { ...billing, billingEmail: 'bills@hale.example' });
    expect(other.body.revision).toBe(Number(set.body.revision) + 1);
    const admin = await join(server, owner, organisation, `admin@${organisation}.example`, ['admin']);
    expect((await admin.get(`${at}/account-billing`)).status).toBe(403);
  });

  /** Rule 5: what has no brand does not exist for people limited to some, and 403 is for a closed area only. */
  it('keeps an admin who is limited to a brand out of what is of no brand', async () => {
    const sue = await join(server, owner, organisation, `sue@${organisation}.example`, ['staff']);
    const limited = await join(server, owner, organisation, `admin@${organisation}.example`, [
      { role: 'admin', brands: [NOBODY] },
    ]);
    const grantable = [{ role: 'staff', brands: [NOBODY] }];
    const answers = [
      await limited.post(`${at}/invitations`, {
        email: 'x@y.example',
        firstName: 'X',
        lastName: 'Y',
        roles: grantable,
      }),
      await limited.put(`${at}/members/${sue.userId}/roles`, { roles: grantable }),
      await limited.post(`${at}/members/${sue.userId}/disable`, {}),
      await limited.post(`${at}/members/${sue.userId}/remove`, {}),
      await limited.patch(at, { name: 'Low' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    expect((await members()).find(({ userId }) => userId === sue.userId)).toMatchObject({
      status: 'active',
      roles: [{ role: 'staff' }],
    });
    // It is the limit, not the role.
    const admin = await join(server, owner, organisation, `whole@${organisation}.example`, ['admin']);
    expect((await admin.post(`${at}/members/${sue.userId}/disable`, {})).status).toBe(200);
    // The owner has invited somebody since, and sees at least as much as that.
    const refused = await owner.get(`${at}/audit?outcome=refused&actor=${limited.userId}`);
    expect((refused.body.items as Json[]).map(({ type }) => type)).toEqual(Array(5).fill('AccessRefused'));
  });

  it('invites, lists and lets in a new person', async () => {
    const email = `bob@${organisation}.example`;
    const invited = await invite(owner, email, [{ role: 'sales', until: '2999-01-01T00:00:00+00:00' }, 'staff']);
    expect(invited.status).toBe(201);
    const { id, userId } = invited.body;
    const roles = [
      { role: 'sales', readOnly: false, switches: [], until: '2999-01-01T00:00:00.000Z' },
      { role: 'staff', readOnly: false, switches: [] },
    ];
    expect((await members()).find((one) => one.userId === userId)).toEqual({
      id: userId,
      userId,
      email,
      firstName: 'Bob',
      lastName: 'Hale',
      roles,
      status: 'invited',
      isPrimary: false,
    });
    const open = await owner.get(`${at}/invitations`);
    expect(open.body).toMatchObject({ items: [{ id, userId, email, roles, status: 'open' }], next: null });
    expect(await invite(owner, email.toUpperCase())).toMatchObject({ status: 409, body: { rule: 'already-invited' } });

    const token = await tokenTo(email);
    expect(await accept(token)).toMatchObject({ status: 400, body: { errors: [{ field: 'password' }] } });
    expect(await accept(token, PASSWORD)).toMatchObject({ status: 200, body: { organisation, userId } });
    expect(await accept(token, PASSWORD)).toMatchObject({ status: 409, body: { rule: 'invitation-accepted' } });
    const bob = await signIn(server, email);
    expect(bob.userId).toBe(userId);
    expect((await bob.get('/v1/me/organisations')).body.items).toMatchObject([
      { id: organisation, roles, status: 'active' },
    ]);
    expect((await bob.get(at)).status).toBe(403);
    expect((await owner.get(`${at}/invitations`)).body.items).toEqual([]);
    const edited = await bob.patch('/v1/me', { firstName: 'Robert' });
    owner.reflect(edited.body.position as string);
    expect((await members()).find((one) => one.userId === userId)).toMatchObject({
      firstName: 'Robert',
      status: 'active',
    });
    expect(await invite(owner, email)).toMatchObject({ status: 409, body: { rule: 'already-member' } });
  });

  it('gives the authorised role where none is named, and refuses what is no role', async () => {
    const { body } = await invite(owner, `a@${organisation}.example`);
    expect((await members()).find((one) => one.userId === body.userId)).toMatchObject({
      roles: [{ role: 'authorised' }],
    });
    const refused = (roles: unknown): Promise<{ status: number; body: Json }> =>
      invite(owner, `b@${organisation}.example`, roles);
    expect(await refused([])).toMatchObject({ status: 400, body: { errors: [{ field: 'roles' }] } });
    expect(await refused(['primary'])).toMatchObject({ status: 400, body: { errors: [{ field: 'roles.0.role' }] } });
    expect(await refused(['sales', 'boss'])).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'roles.1.role' }] },
    });
    expect(await refused([{ role: 'admin', readOnly: true }])).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'roles.0.readOnly' }] },
    });
    expect(await refused([{ role: 'sales', brands: [] }])).toMatchObject({ status: 400 });
    expect(await refused([{ role: 'sales', until: '2020-01-01T00:00:00.000Z' }])).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'roles' }] },
    });
    expect(await refused('sales')).toMatchObject({ status: 400 });
  });

  it('lets in one of two people who use one link at once', async () => {
    const email = `twice@${organisation}.example`;
    await invite(owner, email);
    const token = await tokenTo(email);
    const passwords = ['the first password', 'the second password'];
    const answers = await Promise.all(passwords.map((password) => accept(token, password)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const signedIn = await Promise.all(
      passwords.map((password) => server.client().post('/v1/sessions', { email, password })),
    );
    expect(signedIn.map(({ status }) => status === 201)).toEqual(answers.map(({ status }) => status === 200));
  });

  it('needs the session of the verified account with the address', async () => {
    const email = `eve@${organisation}.example`;
    const eve = await signUp(server, email, 'Eve', 'Low');
    const { body } = await invite(owner, email, ['sales']);
    expect(body.userId).toBe(eve.userId);
    const token = await tokenTo(email);
    expect((await accept(token, PASSWORD)).status).toBe(401);
    expect((await accept(token, undefined, owner)).status).toBe(401);
    expect((await eve.get(`${at}/products`)).status).toBe(404);
    expect(await accept(token, undefined, eve)).toMatchObject({
      status: 200,
      body: { organisation, userId: eve.userId },
    });
    expect((await eve.get(`${at}/products`)).status).toBe(200);
    expect((await members()).find((one) => one.userId === eve.userId)).toMatchObject({
      firstName: 'Eve',
      lastName: 'Low',
    });
  });

  it('takes the account of a stranger who registered the invited address first', async () => {
    const email = `victim@${organisation}.example`;
    await server
      .client()
      .post('/v1/accounts', { email, password: 'stranger stranger', firstName: 'Mal', lastName: 'Lory' });
    const stranger = await signIn(server, email, 'stranger stranger');
    const { body } = await invite(owner, email, ['sales']);
    const token = await tokenTo(email);
    expect((await accept(token, undefined, stranger)).status).toBe(400);
    expect((await stranger.get(`${at}/products`)).status).toBe(404);
    expect((await stranger.get('/v1/me/organisations')).body.items).toEqual([]);
    expect(await accept(token, PASSWORD, stranger)).toMatchObject({ status: 200, body: { userId: body.userId } });
    expect((await stranger.get('/v1/me')).status).toBe(401);
    expect((await server.client().post('/v1/sessions', { email, password: 'stranger stranger' })).status).toBe(401);
    const victim = await signIn(server, email);
    expect((await victim.get(`${at}/products`)).status).toBe(200);
    expect((await victim.get('/v1/me')).body).toMatchObject({ firstName: 'Bob', lastName: 'Hale' });
  });

  it('sends again with a new link, and cancels', async () => {
    const email = `cid@${organisation}.example`;
    const { body } = await invite(owner, email, ['sales']);
    const first = await tokenTo(email);
    const resent = await owner.post(`${at}/invitations/${body.id}/resend`);
    expect(resent).toMatchObject({ status: 200, body: { id: body.id } });
    expect(await accept(first, PASSWORD)).toMatchObject({ status: 409, body: { rule: 'invitation-superseded' } });
    let second = first;
    while (second === first) second = await tokenTo(email);
    expect((await owner.post(`${at}/invitations/${body.id}/cancel`)).status).toBe(200);
    expect(await owner.post(`${at}/invitations/${body.id}/cancel`)).toMatchObject({
      status: 200,
      body: { id: body.id },
    });
    expect(await accept(second, PASSWORD)).toMatchObject({ status: 409, body: { rule: 'invitation-cancelled' } });
    expect(await owner.post(`${at}/invitations/${body.id}/resend`)).toMatchObject({
      status: 409,
      body: { rule: 'invitation-cancelled' },
    });
    expect((await owner.post(`${at}/invitations/${NOBODY}/resend`)).status).toBe(404);
    expect((await owner.post(`${at}/invitations/nothing/cancel`)).status).toBe(404);
    expect(await members()).toHaveLength(1);
    for (const token of ['nothing', `${second}x`, 'x.y']) {
      expect(await accept(token, PASSWORD)).toMatchObject({ status: 400, body: { errors: [{ field: 'token' }] } });
    }
    expect((await invite(owner, email, ['sales'])).status).toBe(201);
  });

  it('changes roles, disables, enables and removes, each from the next request on', async () => {
    const bob = await join(server, owner, organisation, `bob@${organisation}.example`, ['sales']);
    const user = `${at}/members/${bob.userId}`;
    expect(await owner.put(`${user}/roles`, { roles: ['compliance'] })).toMatchObject({
      status: 200,
      body: { id: bob.userId },
    });
    expect((await bob.get(`${at}/products`)).status).toBe(403);
    expect((await bob.get(`${at}/members`)).status).toBe(200);
    expect(await owner.post(`${user}/disable`, { reason: 'on leave' })).toMatchObject({
      status: 200,
      body: { id: bob.userId },
    });
    const disabled = await owner.post(`${user}/disable`);
    expect(disabled).toMatchObject({ status: 200, body: { id: bob.userId } });
    expect((await bob.get(`${at}/members`)).status).toBe(404);
    bob.reflect(disabled.body.position as string);
    expect((await bob.get('/v1/me/organisations')).body.items).toMatchObject([
      { id: organisation, roles: [], status: 'disabled' },
    ]);
    expect((await owner.post(`${user}/enable`)).status).toBe(200);
    expect((await bob.get(`${at}/members`)).status).toBe(200);
    expect((await owner.post(`${user}/remove`)).status).toBe(200);
    expect((await bob.get(`${at}/members`)).status).toBe(404);
    expect((await owner.post(`${user}/enable`)).status).toBe(404);
    expect((await owner.post(`${at}/members/${NOBODY}/remove`)).status).toBe(404);
    expect(await owner.post(`${at}/members/${owner.userId}/disable`)).toMatchObject({
      status: 409,
      body: { rule: 'primary-stays' },
    });
    expect(await owner.post(`${at}/leave`)).toMatchObject({ status: 409, body: { rule: 'primary-stays' } });
  });

  it('lets people leave, and nobody manage people without the permission', async () => {
    const bob = await join(server, owner, organisation, `bob@${organisation}.example`, ['authorised']);
    const calls = [
      bob.post(`${at}/members/${owner.userId}/disable`),
      bob.put(`${at}/members/${owner.userId}/roles`, { roles: ['basic'] }),
      bob.post(`${at}/members/${owner.userId}/remove`),
      bob.post(`${at}/invitations`, { email: 'x@y.example', firstName: 'x', lastName: 'y' }),
      bob.get(`${at}/invitations`),
      bob.patch(at, { name: 'Mine' }),
    ];
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403]);
    expect((await bob.post(`${at}/leave`, { reason: 'moving' })).status).toBe(200);
    expect((await bob.post(`${at}/leave`)).status).toBe(404);
    expect((await bob.get('/v1/me/organisations')).body).toEqual({ items: [], next: null });
  });

  it('gives nobody more than they have', async () => {
    const until = '2999-01-01T00:00:00.000Z';
    const admin = await join(server, owner, organisation, `admin@${organisation}.example`, [{ role: 'admin', until }]);
    const refused = await invite(admin, `x@${organisation}.example`, ['sales']);
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict', rule: 'beyond-own-rights' } });
    expect((await invite(admin, `x@${organisation}.example`, [{ role: 'sales', until }])).status).toBe(201);
    const token = await tokenTo(`x@${organisation}.example`);
    await owner.put(`${at}/members/${admin.userId}/roles`, { roles: [{ role: 'authorised' }] });
    expect(await accept(token, PASSWORD)).toMatchObject({ status: 409, body: { rule: 'inviter-lost-rights' } });
    await owner.post(`${at}/members/${admin.userId}/disable`);
    expect(await accept(token, PASSWORD)).toMatchObject({ status: 409, body: { rule: 'invitation-cancelled' } });
    expect(
      (await server.client().post('/v1/sessions', { email: `x@${organisation}.example`, password: PASSWORD })).status,
    ).toBe(401);
  });

  it('says who may do what, and why', async () => {
    const bob = await join(server, owner, organisation, `bob@${organisation}.example`, [
      'sales',
      { role: 'basic', switches: ['invoices'] },
    ]);
    const mine = await bob.get(`${at}/access/check?permission=invoices:read`);
    expect(mine).toMatchObject({
      status: 200,
      body: {
        allowed: true,
        scope: 'all',
        because: [
          { role: 'sales', scope: 'all', grantedBy: owner.userId },
          { role: 'basic', scope: 'assigned', grantedBy: owner.userId },
        ],
      },
    });
    const missing = await bob.get(`${at}/access/check?permission=members:read&user=${bob.userId}`);
    expect(missing.body).toEqual({ allowed: false, because: [], missing: 'members:read' });
    expect(await bob.get(`${at}/access/check?permission=invoices:read&user=${owner.userId}`)).toMatchObject({
      status: 403,
      body: { permission: 'members:read' },
    });
    expect((await owner.get(`${at}/access/check?permission=invoices:void&user=${bob.userId}`)).body).toMatchObject({
      allowed: false,
    });
    expect((await owner.get(`${at}/access/check?permission=invoices:delete`)).status).toBe(400);
    const who = await owner.get(`${at}/access/who-can?permission=tasks:read`);
    expect(who.body.items).toEqual([
      { userId: owner.userId, scope: 'all' },
      { userId: bob.userId, scope: 'assigned' },
    ]);
    const matrix = await owner.get(`${at}/access/matrix?user=${bob.userId}`);
    expect(matrix.body.items).toMatchObject([{ userId: bob.userId }]);
    expect(matrix.body.items[0].permissions).toContainEqual({ permission: 'portal:edit', scope: 'assigned' });
    expect((await bob.get(`${at}/access/matrix`)).status).toBe(403);
  });

  it('shows the roles', async () => {
    const roles = await owner.get(`${at}/roles`);
    expect((roles.body.items as Json[]).map(({ id }) => id)).toHaveLength(11);
    expect((await owner.get(`${at}/roles/basic`)).body).toMatchObject({
      id: 'basic',
      builtIn: true,
      switches: [{ switch: 'contracts' }, { switch: 'invoices' }, { switch: 'templates' }],
    });
    expect((await owner.get(`${at}/roles/boss`)).status).toBe(404);
    expect((await owner.get(`${at}/roles/constructor`)).status).toBe(404);
  });

  it('ends every membership of whoever erases their account, and every open invitation to them', async () => {
    const email = `bob@${organisation}.example`;
    const bob = await join(server, owner, organisation, email, ['admin']);
    const [second, third] = [await found(owner, 'Second'), await found(owner, 'Third')];
    for (const other of [second, third]) {
      const body = { email, firstName: 'Bob', lastName: 'Hale', roles: ['staff'] };
      expect((await owner.post(`/v1/organisations/${other}/invitations`, body)).status).toBe(201);
    }
    const [, token] = await server.mail(email, /invited to Second[^]*invitations\/accept#token=(\S+)/);
    expect((await bob.post('/v1/invitations/accept', { token })).status).toBe(200);
    await invite(bob, `cid@${organisation}.example`, ['staff']);

    expect((await bob.delete('/v1/me')).status).toBe(200);
    const ended = async (where: string): Promise<Json> => {
      const { body } = await owner.get(`/v1/organisations/${where}/audit?actor=${bob.userId}&limit=1`);
      return (body.items as Json[]).find(({ onBehalfOf }) => onBehalfOf !== undefined);
    };
    for (const [where, type] of [
      [organisation, 'UserLeft'],
      [second, 'UserLeft'],
      [third, 'InvitationCancelled'],
    ] as const) {
      let entry: Json;
      while ((entry = await ended(where)) === undefined) await sleep(20);
      expect(entry).toMatchObject({ type, record: { kind: 'member', id: bob.userId }, onBehalfOf: { id: bob.userId } });
      const { body } = await owner.get(`/v1/organisations/${where}/members`);
      expect((body.items as Json[]).map(({ userId }) => userId)).toEqual([owner.userId]);
    }
  });

  it('does not let a Primary erase themselves', async () => {
    const zoe = await signUp(server, `zoe@${organisation}.example`, 'Zoe', 'Low');
    const other = await found(zoe, 'Low');
    expect(await zoe.delete('/v1/me')).toMatchObject({ status: 409 });
    expect((await owner.get(`/v1/organisations/${other}`)).status).toBe(404);
  });
});
