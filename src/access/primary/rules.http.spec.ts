import { randomUUID } from 'node:crypto';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, PASSWORD, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

interface Route {
  readonly method: string;
  readonly path: string;
  readonly schema: Json;
}

/** What is written wherever a route has a field of that name. */
const FORGED = { firstName: 'Mal', lastName: 'Lory', email: 'mal@forged.example', phone: '+44 20 7946 0000' };
/** Their first call would end what the others try it on, so they come last. */
const LAST = ['/disable', '/remove'];
/** One's own right, and no disabling. */
const LEAVING = ['/leave'];

/** Rules 1 and 2 of the permissions, tried on every route that writes: nobody has to remember to add a new one. */
describe('what no route lets anybody do', () => {
  let server: Server;
  let ann: Client;
  let bob: Client;
  let sue: Client;
  let organisation: string;
  let at: string;
  let document: Json;

  beforeAll(async () => {
    server = await Server.start();
    document = (await server.client().get('/openapi.json')).body;
    ann = await signUp(server, 'ann@rules.example', 'Ann', 'Hale');
    organisation = await found(ann);
    at = `/v1/organisations/${organisation}`;
    bob = await join(server, ann, organisation, 'bob@rules.example', ['sales']);
    sue = await join(server, ann, organisation, 'sue@rules.example', ['admin'], ['Sue', 'Low']);
  });
  afterAll(() => server.dispose());

  /** Every route that writes into the organisation; each name in its path stands for the person, or for nothing. */
  const writing = (): readonly Route[] => {
    const all = Object.entries(document.paths as Record<string, Record<string, Json>>).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        schema: operation.requestBody?.content?.['application/json']?.schema,
      })),
    );
    const ours = all.filter(({ method, path }) => method !== 'GET' && path.startsWith('/v1/organisations/{org}'));
    const isLast = ({ path }: Route): number => (LAST.some((end) => path.endsWith(end)) ? 1 : 0);
    return ours.sort((a, b) => isLast(a) - isLast(b));
  };

  /** A body that fits a schema, about one person, with what is forged in it wherever it can be. */
  const bodyFor = (schema: Json, userId: string, name = ''): unknown => {
    if (schema === undefined) return undefined;
    if (schema.$ref !== undefined) {
      const key = (schema.$ref as string).split('/').at(-1)!;
      return bodyFor(document.components.schemas[key], userId, name);
    }
    if (schema.oneOf !== undefined) return bodyFor(schema.oneOf[0], userId, name);
    if (name in FORGED) return FORGED[name as keyof typeof FORGED];
    switch ([schema.type].flat()[0]) {
      case 'object':
        return Object.fromEntries(
          Object.entries((schema.properties ?? {}) as Record<string, Json>).map(([field, inner]) => [
            field,
            bodyFor(inner, userId, field),
          ]),
        );
      case 'array':
        return [bodyFor(schema.items, userId, name === 'roles' ? 'role' : '')];
      case 'boolean':
        return true;
      case 'integer':
      case 'number':
        return schema.minimum > 1 ? schema.minimum : 1;
      default:
        return textFor(schema, userId, name);
    }
  };

  const textFor = (schema: Json, userId: string, name: string): string => {
    if (schema.enum !== undefined) return schema.enum[0] as string;
    switch (schema.format) {
      case 'uuid':
        return userId;
      case 'email':
        return FORGED.email;
      case 'date':
        return '2026-03-01';
      case 'date-time':
        return '2999-01-01T00:00:00.000Z';
      case 'decimal':
        return '1';
      default:
        return name === 'role' ? 'admin' : name === 'password' ? PASSWORD : 'Forged';
    }
  };

  /** Calls each route as somebody, about somebody, and looks at what must stay after each call. */
  const walk = async (as: Client, about: Client, unchanged: () => Promise<unknown>, but: readonly string[] = []) => {
    const before = await unchanged();
    const seen: string[] = [];
    for (const { method, path, schema } of writing()) {
      if (but.some((end) => path.endsWith(end))) continue;
      for (const id of path.includes('{', path.indexOf('}')) ? [about.userId!, randomUUID()] : [about.userId!]) {
        const url = path.replace('{org}', organisation).replace(/\{\w+\}/g, id);
        const full = bodyFor(schema, about.userId!);
        const bodies = full === undefined ? [undefined, FORGED] : [full, { ...(full as object), ...FORGED }, FORGED];
        for (const body of bodies) {
          const { status } = await as.send(method, url, method === 'DELETE' && schema === undefined ? undefined : body);
          seen.push(`${status}`);
          expect([`${method} ${path}`, status < 500]).toEqual([`${method} ${path}`, true]);
          expect([`${method} ${path}`, await unchanged()]).toEqual([`${method} ${path}`, before]);
        }
      }
    }
    return seen;
  };

  const profileOf = async (client: Client): Promise<Json> => {
    const { status, body } = await client.get('/v1/me');
    expect(status).toBe(200);
    return body;
  };
  const memberOf = async (client: Client, by = ann): Promise<Json> =>
    ((await by.get(`${at}/members`)).body.items as Json[]).find(({ userId }) => userId === client.userId);

  it('changes the name, the address or the phone of another person', async () => {
    await bob.patch('/v1/me', { phone: '+44 1632 960001' });
    const seen = await walk(ann, bob, () => profileOf(bob));
    expect(seen.length).toBeGreaterThan(60);
    // It is no wall of 400s: many of them did what they are for.
    expect(seen.filter((status) => status.startsWith('2')).length).toBeGreaterThan(10);
    expect(await profileOf(bob)).toMatchObject({
      email: 'bob@rules.example',
      firstName: 'Bob',
      lastName: 'Hale',
      phone: '+44 1632 960001',
    });
    // One's own is one's own: a Primary who names somebody else there is not heard.
    for (const forged of [{ id: bob.userId }, { userId: bob.userId }, { email: FORGED.email }])
      expect((await ann.patch('/v1/me', { firstName: 'Mal', ...forged })).status).toBe(400);
    expect(await profileOf(ann)).toMatchObject({ firstName: 'Ann', email: 'ann@rules.example' });
    for (const path of [`${at}/members/${bob.userId}`, `/v1/accounts/${bob.userId}`, `/v1/me/${bob.userId}`])
      for (const method of ['PATCH', 'PUT', 'POST', 'DELETE'])
        expect((await ann.send(method, path, FORGED)).status).toBe(404);
  }, 120_000);

  it('changes it by inviting the person under another name', async () => {
    const cid = await signUp(server, 'cid@rules.example', 'Cid', 'Hale');
    const body = { email: 'cid@rules.example', firstName: 'Mal', lastName: 'Lory', roles: ['sales'] };
    expect((await ann.post(`${at}/invitations`, body)).status).toBe(201);
    const token = await server.mailToken('cid@rules.example', 'invitations/accept');
    const accepted = await cid.post('/v1/invitations/accept', { token });
    expect(accepted.status).toBe(200);
    ann.reflect(accepted.body.position as string);
    expect(await profileOf(cid)).toMatchObject({ firstName: 'Cid', lastName: 'Hale' });
    expect(await memberOf(cid)).toMatchObject({ firstName: 'Cid', lastName: 'Hale', status: 'active' });
  });

  const standing = async (client: Client, by: Client): Promise<Json> => {
    const { roles, status, isPrimary } = await memberOf(client, by);
    return { roles, status, isPrimary, primary: (await by.get(at)).body.primary as string };
  };

  it('disables, removes or demotes the Primary, by an admin', async () => {
    await walk(sue, ann, () => standing(ann, sue), LEAVING);
    const user = `${at}/members/${ann.userId}`;
    const refused: readonly (readonly [Promise<Answer<Json>>, string])[] = [
      [sue.post(`${user}/disable`), 'primary-stays'],
      [sue.post(`${user}/remove`), 'primary-stays'],
      [sue.put(`${user}/roles`, { roles: ['admin'] }), 'primary-stays'],
      [
        sue.post(`${at}/invitations`, { email: 'ann@rules.example', firstName: 'A', lastName: 'H', roles: ['sales'] }),
        'already-member',
      ],
    ];
    for (const [answer, rule] of refused) expect(await answer).toMatchObject({ status: 409, body: { rule } });
    // To be enabled changes nothing for somebody who is not disabled.
    expect((await sue.post(`${user}/enable`)).status).toBe(200);
    expect((await sue.post(`${at}/primary/handover`, { userId: sue.userId, password: PASSWORD })).status).toBe(403);
    expect((await sue.post(`${at}/primary/accept`, { proposalId: randomUUID() })).status).toBe(404);
  }, 120_000);

  it('disables, removes or demotes the Primary, by themselves', async () => {
    await walk(ann, ann, () => standing(ann, ann));
    const user = `${at}/members/${ann.userId}`;
    const refused: readonly (readonly [Promise<Answer<Json>>, string])[] = [
      [ann.post(`${user}/disable`), 'primary-stays'],
      [ann.post(`${user}/remove`), 'primary-stays'],
      [ann.put(`${user}/roles`, { roles: ['admin'] }), 'primary-stays'],
      [ann.post(`${at}/leave`), 'primary-stays'],
      [ann.delete('/v1/me'), 'primary-of-organisation'],
      [ann.post(`${at}/primary/handover`, { userId: ann.userId, password: PASSWORD }), 'not-oneself'],
    ];
    for (const [answer, rule] of refused) expect(await answer).toMatchObject({ status: 409, body: { rule } });
  }, 120_000);

  it('disables or removes whoever asks, whatever their rights', async () => {
    const status = async (): Promise<string> => (await memberOf(sue)).status as string;
    await walk(sue, sue, status, LEAVING);
    for (const verb of ['disable', 'remove']) {
      const answer = await sue.post(`${at}/members/${sue.userId}/${verb}`);
      expect(answer).toMatchObject({ status: 409, body: { rule: 'not-oneself' } });
    }
  }, 120_000);
});
