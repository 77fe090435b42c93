import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, PASSWORD, signIn, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';
import { TwoInstances } from '../../../test/support/two-instances.js';

type Answered = Promise<Answer<Json>>;

describe('handing the Primary over, over HTTP', () => {
  let server: Server;
  let counter = 0;
  let owner: Client;
  let bob: Client;
  let sue: Client;
  let organisation: string;
  let at: string;
  const emailOf = (name: string): string => `${name}${counter}@handover.example`;

  beforeAll(async () => void (server = await Server.start()));
  afterAll(() => server.dispose());

  beforeEach(async () => {
    counter += 1;
    owner = await signUp(server, emailOf('ann'), 'Ann', 'Hale');
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    bob = await join(server, owner, organisation, emailOf('bob'), ['sales']);
    sue = await join(server, owner, organisation, emailOf('sue'), ['admin'], ['Sue', 'Low']);
  });

  const propose = (userId: string, by = owner, password = PASSWORD): Answered =>
    by.post(`${at}/primary/handover`, { userId, password });
  const answer = (verb: 'accept' | 'decline', proposalId: string, by = bob): Answered =>
    by.post(`${at}/primary/${verb}`, { proposalId });
  const members = async (by: Client): Promise<Json[]> => (await by.get(`${at}/members`)).body.items as Json[];
  const primaries = async (by: Client): Promise<string[]> =>
    (await members(by)).filter(({ isPrimary }) => isPrimary as boolean).map(({ userId }) => userId as string);
  const roleOf = async (by: Client, userId: string): Promise<string[]> =>
    ((await members(by)).find((one) => one.userId === userId).roles as Json[]).map(({ role }) => role as string);

  it('moves it by proposal and acceptance, in lists, rights and trail', async () => {
    const proposed = await propose(bob.userId!);
    expect(proposed).toMatchObject({ status: 201, body: { id: expect.any(String) } });
    expect(proposed.headers.get('location')).toBe(`${at}/primary/handover`);
    const proposalId = proposed.body.id as string;

    const shown = await bob.get(`${at}/primary/handover`);
    const { proposedAt } = shown.body;
    expect(shown).toMatchObject({
      status: 200,
      body: {
        id: proposalId,
        userId: bob.userId,
        proposedBy: owner.userId,
        until: new Date(Date.parse(proposedAt as string) + 72 * 60 * 60 * 1000).toISOString(),
      },
    });
    expect((await owner.get(`${at}/primary/handover`)).body).toEqual(shown.body);
    expect((await sue.get(`${at}/primary/handover`)).status).toBe(404);

    const [, fromMail] = await server.mail(emailOf('bob'), /\/primary\/accept#proposal=(\S+)/);
    expect(fromMail).toBe(proposalId);
    expect((await bob.patch(at, { name: 'Mine' })).status).toBe(403);

    const accepted = await answer('accept', proposalId);
    expect(accepted).toMatchObject({ status: 200, body: { id: proposalId } });
    expect(await answer('accept', proposalId)).toMatchObject({ status: 200, body: { id: proposalId } });
    expect((await bob.get(`${at}/primary/handover`)).status).toBe(404);
    for (const name of ['bob', 'ann'])
      await server.mail(emailOf(name), /Bob Hale is the Primary of Hale & Daughters now/);

    expect((await bob.get(at)).body).toMatchObject({ primary: bob.userId });
    expect(await primaries(bob)).toEqual([bob.userId]);
    expect(await roleOf(bob, bob.userId!)).toEqual(['primary']);
    expect(await roleOf(bob, owner.userId!)).toEqual(['admin']);
    owner.reflect(accepted.body.position as string);
    expect((await owner.get('/v1/me/organisations')).body.items).toMatchObject([{ roles: [{ role: 'admin' }] }]);
    expect((await bob.get('/v1/me/organisations')).body.items).toMatchObject([{ roles: [{ role: 'primary' }] }]);
    // What a Primary has beyond an admin has gone with it.
    expect((await owner.get(`${at}/account-billing`)).status).toBe(403);
    expect((await bob.get(`${at}/account-billing`)).status).toBe(200);
    const why = (await bob.get(`${at}/access/check?permission=account-billing:edit`)).body;
    expect(why).toMatchObject({ allowed: true, because: [{ role: 'primary', grantedBy: owner.userId }] });
    const because = (await bob.get(`${at}/access/check?permission=members:invite&user=${owner.userId}`)).body.because;
    expect(because).toMatchObject([{ role: 'admin', grantedBy: bob.userId, eventId: why.because[0].eventId }]);

    const trail = (await bob.get(`${at}/audit?record=${bob.userId}`)).body.items as Json[];
    expect(trail.slice(0, 2)).toMatchObject([
      {
        type: 'PrimaryHandedOver',
        summary: 'Bob Hale accepted to be the Primary; the former one is an admin now',
        actor: { id: bob.userId },
        record: { kind: 'member', id: bob.userId, label: 'Bob Hale' },
        changes: [
          { field: 'handover', from: 'proposed', to: 'accepted' },
          { field: 'roles', from: 'Sales', to: 'Primary' },
          { field: 'rolesOfFormerPrimary', from: 'Primary', to: 'Admin' },
        ],
      },
      {
        type: 'HandoverProposed',
        summary: 'Ann Hale proposed the member Bob Hale as the Primary',
        record: { label: 'Bob Hale' },
        authority: { permission: 'primary', role: 'primary' },
      },
    ]);
  });

  it('asks for the password again, with a few tries that keep nobody from signing in', async () => {
    const wrong = await propose(bob.userId!, owner, 'not the password');
    expect(wrong).toMatchObject({ status: 400, body: { code: 'validation-failed', errors: [{ field: 'password' }] } });
    expect(wrong.body.detail).not.toContain('not the password');
    expect((await owner.get(`${at}/primary/handover`)).status).toBe(404);
    // A right one begins the count anew.
    expect((await propose(randomUUID())).status).toBe(404);
    const tries = await Promise.all(Array.from({ length: 8 }, () => propose(bob.userId!, owner, 'guess guess')));
    expect(tries.map(({ status }) => status).sort()).toEqual([400, 400, 400, 400, 400, 429, 429, 429]);
    expect((await propose(bob.userId!)).status).toBe(429);
    expect((await signIn(server, emailOf('ann'))).userId).toBe(owner.userId);
  });

  it('is for the Primary to propose and to take back, and leaves evidence of others who try', async () => {
    for (const [client, status] of [
      [bob, 403],
      [sue, 403],
      [server.client(), 401],
      [await signUp(server, emailOf('eve')), 404],
    ] as const) {
      expect((await propose(bob.userId!, client)).status).toBe(status);
      expect((await client.delete(`${at}/primary/handover`)).status).toBe(status);
    }
    expect((await propose(bob.userId!, sue)).body).toMatchObject({ code: 'permission-denied', permission: 'primary' });
    const refused = (await owner.get(`${at}/audit?outcome=refused&actor=${sue.userId}`)).body.items as Json[];
    expect(refused).toMatchObject([{ summary: 'Sue Low was refused: the permission primary is missing' }]);
    expect((await owner.delete(`${at}/primary/handover`)).status).toBe(404);
  });

  it('is nothing for API keys, whosever they are', async () => {
    const keyOf = async (client: Client): Promise<Client> => {
      const key = await client.post(`${at}/api-keys`, { name: 'Sync', permissions: ['customers:read'] });
      expect(key.status).toBe(201);
      return server.client().as(key.body.key as string, client.userId);
    };
    const [anns, sues] = [await keyOf(owner), await keyOf(sue)];
    expect((await sues.get(`${at}/customers`)).status).toBe(200);
    expect(await propose(sue.userId!, anns)).toMatchObject({ status: 403, body: { permission: 'primary' } });
    const id = (await propose(sue.userId!)).body.id as string;
    expect((await anns.delete(`${at}/primary/handover`)).status).toBe(403);
    for (const verb of ['accept', 'decline'] as const) expect((await answer(verb, id, sues)).status).toBe(403);
    expect((await answer('accept', id, sue)).status).toBe(200);
  });

  it('tells strangers to a proposal nothing, and both people what became of it', async () => {
    const { id } = (await propose(bob.userId!)).body;
    expect(await propose(sue.userId!)).toMatchObject({ status: 409, body: { rule: 'handover-open' } });
    for (const verb of ['accept', 'decline'] as const) {
      expect((await answer(verb, id as string, sue)).status).toBe(404);
      expect((await answer(verb, id as string, owner)).status).toBe(404);
      expect((await answer(verb, randomUUID(), bob)).status).toBe(404);
      expect((await bob.post(`${at}/primary/${verb}`, { proposalId: 'none' })).status).toBe(400);
    }
    expect(await owner.delete(`${at}/primary/handover`)).toMatchObject({ status: 200, body: { id } });
    expect(await owner.delete(`${at}/primary/handover`)).toMatchObject({ status: 200, body: { id } });
    expect(await answer('accept', id as string)).toMatchObject({ status: 409, body: { rule: 'handover-cancelled' } });
    for (const name of ['bob', 'ann']) await server.mail(emailOf(name), /Ann Hale took back the proposal/);

    const second = (await propose(bob.userId!)).body.id as string;
    expect(await answer('decline', second)).toMatchObject({ status: 200, body: { id: second } });
    expect(await answer('accept', second)).toMatchObject({ status: 409, body: { rule: 'handover-declined' } });
    await server.mail(emailOf('ann'), /Bob Hale declined to become the Primary/);
    expect(await primaries(owner)).toEqual([owner.userId]);
  });

  it.each([
    ['disabled', 'disable', 404],
    ['removed', 'remove', 404],
  ])('ends when the other is %s, and does not come back', async (_, verb, status) => {
    const id = (await propose(bob.userId!)).body.id as string;
    expect((await owner.post(`${at}/members/${bob.userId}/${verb}`)).status).toBe(200);
    expect((await answer('accept', id)).status).toBe(status);
    expect((await owner.get(`${at}/primary/handover`)).status).toBe(404);
    if (verb === 'disable') {
      expect((await owner.post(`${at}/members/${bob.userId}/enable`)).status).toBe(200);
      expect(await answer('accept', id)).toMatchObject({ status: 409, body: { rule: 'handover-ended' } });
    }
    expect((await propose(sue.userId!)).status).toBe(201);
  });

  it('lets the former Primary go, account and all', async () => {
    expect(await owner.delete('/v1/me')).toMatchObject({ status: 409, body: { rule: 'primary-of-organisation' } });
    const { id } = (await propose(bob.userId!)).body;
    expect((await answer('accept', id as string)).status).toBe(200);
    expect(await bob.delete('/v1/me')).toMatchObject({ status: 409, body: { rule: 'primary-of-organisation' } });
    expect((await owner.delete('/v1/me')).status).toBe(200);
    expect((await owner.get(at)).status).toBe(401);
    let left: Json[] = [];
    while (left.length !== 2) {
      await sleep(20);
      left = await members(bob);
    }
    expect(left.map(({ userId }) => userId)).not.toContain(owner.userId);
    expect(await primaries(bob)).toEqual([bob.userId]);
  });

  it('has one outcome where it is accepted, declined and taken back at once', async () => {
    for (let round = 0; round < 5; round++) {
      const id = (await propose(bob.userId!)).body.id as string;
      const answers = await Promise.all([
        owner.delete(`${at}/primary/handover`),
        answer('accept', id),
        answer('decline', id),
        answer('accept', id),
        owner.post(`${at}/members/${bob.userId}/disable`),
      ]);
      const [cancelled, accepted, declined] = answers.map(({ status }) => status);
      const done = [cancelled, accepted, declined].filter((status) => status === 200);
      expect(done.length).toBeLessThanOrEqual(1);
      expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
      const isHis = accepted === 200;
      expect(await primaries(isHis ? bob : owner)).toEqual([isHis ? bob.userId : owner.userId]);
      if (isHis) {
        expect(answers[4].status).not.toBe(200);
        break;
      }
      await owner.post(`${at}/members/${bob.userId}/enable`);
    }
  });

  it('makes one proposal of many at once', async () => {
    const answers = await Promise.all([bob, sue, bob, sue, bob, sue].map(({ userId }) => propose(userId!)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
  });

  it('does not leave the organisation without a Primary where the new one erases their account at once', async () => {
    for (let round = 0; round < 6; round++) {
      const id = (await propose(bob.userId!)).body.id as string;
      const [accepted, erased] = await Promise.all([answer('accept', id), bob.delete('/v1/me')]);
      if (erased.status !== 200) {
        expect(accepted.status).toBe(200);
        const back = (await bob.post(`${at}/primary/handover`, { userId: owner.userId, password: PASSWORD })).body.id;
        expect((await answer('accept', back as string, owner)).status).toBe(200);
        continue;
      }
      while ((await owner.get(at)).body.primary !== owner.userId) await sleep(20);
      while ((await members(owner)).some(({ userId }) => userId === bob.userId)) await sleep(20);
      expect(await primaries(owner)).toEqual([owner.userId]);
      expect((await owner.patch(at, { name: `Round ${round}` })).status).toBe(200);
      bob = await join(server, owner, organisation, `again${round}-${emailOf('bob')}`, ['sales']);
    }
  });
});

describe('two Primaries by racing handovers, on two application instances over one store', () => {
  let instances: TwoInstances;
  let tries = 0;
  beforeAll(async () => void (instances = await TwoInstances.start()));
  afterAll(() => instances.dispose());

  it('are never there, whoever is faster', async () => {
    const { server, urls } = instances;
    const place = `race${++tries}.example`;
    const people = [await signUp(server, `ann@${place}`, 'Ann', 'Hale')];
    const organisation = await found(people[0]!);
    const at = `/v1/organisations/${organisation}`;
    for (const name of ['bob', 'sue', 'cid'])
      people.push(await join(server, people[0]!, organisation, `${name}@${place}`, ['admin']));
    const byId = new Map(people.map((client) => [client.userId!, client]));
    let moved = 0;
    let primary = people[0]!;
    for (let round = 0; round < 8; round++) {
      const others = people.filter((one) => one !== primary);
      // Each of the others is proposed, cancelled and proposed again on both instances, and everybody accepts what they see.
      const offered = await Promise.all(
        others.map(async (other, index) => {
          const here = primary.at(urls[index % 2]!);
          const { body } = await here.post(`${at}/primary/handover`, { userId: other.userId, password: PASSWORD });
          return { other, id: body.id as string | undefined };
        }),
      );
      expect(offered.filter(({ id }) => id !== undefined)).toHaveLength(1);
      const { other, id } = offered.find((one) => one.id !== undefined)!;
      const next = others.find((one) => one !== other)!;
      const answers = await Promise.all([
        ...urls.map((url) => other.at(url).post(`${at}/primary/accept`, { proposalId: id })),
        ...urls.map((url) => next.at(url).post(`${at}/primary/accept`, { proposalId: id })),
        // Later and later, so that in some rounds the proposal is withdrawn first and in some accepted first, on any machine.
        sleep(round * 10)
          .then(() => primary.at(urls[round % 2]!).delete(`${at}/primary/handover`))
          .then(() => primary.at(urls[0]).post(`${at}/primary/handover`, { userId: next.userId, password: PASSWORD })),
      ]);
      expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
      expect(answers.slice(2, 4).map(({ status }) => status)).toEqual([404, 404]);
      const seen = await Promise.all(urls.map(async (url) => (await next.at(url).get(at)).body.primary as string));
      expect(new Set(seen).size).toBe(1);
      const now = byId.get(seen[0]!)!;
      expect(now).toBe(answers.slice(0, 2).some(({ status }) => status === 200) ? other : primary);
      if (now !== primary) moved += 1;
      const may = await Promise.all(
        people.flatMap((one) => urls.map(async (url) => (await one.at(url).get(`${at}/account-billing`)).status)),
      );
      expect(may.filter((status) => status === 200)).toHaveLength(2);
      await now.delete(`${at}/primary/handover`);
      primary = now;
    }
    expect(moved).toBeGreaterThan(0);
  });
});
