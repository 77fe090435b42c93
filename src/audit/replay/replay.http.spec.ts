import type { Client, Json } from '../../../test/support/client.js';
import { type EventReader, openEvents } from '../../../test/support/events.js';
import { found, join, PASSWORD, signIn, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';
import { TwoInstances } from '../../../test/support/two-instances.js';

const typesOf = (reader: EventReader): string[] => reader.items.map(({ type }) => type as string);
const has =
  (summary: RegExp) =>
  (received: readonly { readonly data: Json }[]): boolean =>
    received.some(({ data }) => summary.test(String(data.summary)));

describe('the trail as streams, on two instances over one store', () => {
  let instances: TwoInstances;
  let one: string;
  let two: string;
  let ann: Client;
  let carl: Client;
  let at: string;
  let organisation: string;
  const open: EventReader[] = [];

  beforeAll(async () => {
    instances = await TwoInstances.start();
    [one, two] = instances.urls;
    ann = await signUp(instances.server, 'ann@hale.example', 'Ann', 'Hale');
    organisation = await found(ann);
    at = `/v1/organisations/${organisation}`;
    carl = await join(instances.server, ann, organisation, 'carl@hale.example', ['compliance'], ['Carl', 'Stone']);
  }, 60_000);

  afterEach(async () => {
    await Promise.all(open.splice(0).map((reader) => reader.close()));
  });

  afterAll(() => instances.dispose());

  const listen = async (client: Client, path = 'stream', last?: string): Promise<EventReader> => {
    const reader = await openEvents(client, `${at}/audit/${path}`, last);
    expect(reader.response.status).toBe(200);
    open.push(reader);
    return reader;
  };
  const product = async (name: string, url = one): Promise<Json> => {
    const made = await ann.at(url).post(`${at}/products`, { name });
    expect(made.status).toBe(201);
    return made.body;
  };

  it('tells live what happens on any node, each with their own eyes, the reading included', async () => {
    const [hers, his] = [await listen(ann.at(two)), await listen(carl.at(one))];
    await product('A frame', one);
    await product('Another frame', two);
    await Promise.all([
      hers.until(has(/Another frame/)),
      his.until((received) => received.filter(({ data }) => data.type === 'ProductCreated').length === 2),
    ]);
    const made = hers.items.filter(({ type }) => type === 'ProductCreated');
    expect(made.map(({ summary }) => summary as string)).toEqual([
      'Ann Hale added the product A frame',
      'Ann Hale added the product Another frame',
    ]);
    const listed = await ann.get(`${at}/audit?type=ProductCreated&limit=2`);
    expect(made.reverse()).toEqual(listed.body.items);
    const hidden = his.items.filter(({ type }) => type === 'ProductCreated');
    expect(hidden.map(({ summary, changes }) => [summary, changes])).toEqual([
      ['Ann Hale changed a product', []],
      ['Ann Hale changed a product', []],
    ]);
    expect(JSON.stringify(his.received)).not.toMatch(/frame/);
    expect(typesOf(hers)).toContain('SensitiveDataRead');
  });

  it('goes on behind the last message, on another node, without a gap or a repeat', async () => {
    const first = await listen(ann.at(one));
    await product('First');
    await first.until(has(/First/));
    const last = first.received.at(-1)!.id!;
    await first.close();
    for (const name of ['Second', 'Third', 'Fourth']) await product(name, two);
    const again = await listen(ann.at(two), 'stream', last);
    await again.until(has(/Fourth/));
    await product('Fifth');
    await again.until(has(/Fifth/));
    const made = again.items.filter(({ type }) => type === 'ProductCreated').map(({ summary }) => summary as string);
    expect(made).toEqual(['Second', 'Third', 'Fourth', 'Fifth'].map((name) => `Ann Hale added the product ${name}`));
    expect(again.received.every(({ id, data }) => id === data.position)).toBe(true);
  });

  it.each([
    ['stream', 'nonsense'],
    ['replay', 'nonsense'],
  ])('refuses %s behind %s', async (path, last) => {
    const answer = await ann.get(`${at}/audit/${path}`, { 'last-event-id': last });
    expect([answer.status, answer.body.code]).toEqual([400, 'validation-failed']);
  });

  it('opens to the token in the header only, and to nobody without the permission', async () => {
    const eve = await signUp(instances.server, 'eve@else.example', 'Eve', 'Else');
    const sue = await join(instances.server, ann, organisation, 'sue@hale.example', ['sales'], ['Sue', 'Low']);
    for (const path of ['stream', 'replay']) {
      const url = `${at}/audit/${path}`;
      expect((await instances.server.client().get(`${url}?access_token=${ann.token}`)).status).toBe(401);
      expect((await ann.get(`${url}?access_token=${ann.token}`)).status).toBe(400);
      expect((await eve.get(url)).status).toBe(404);
      expect((await sue.get(url)).body).toMatchObject({ code: 'permission-denied', permission: 'audit:read' });
    }
  });

  it('lets nobody have more than ten', async () => {
    const dora = await join(instances.server, ann, organisation, 'dora@hale.example', ['compliance']);
    for (let opened = 0; opened < 10; opened++) await listen(dora.at(one));
    const refused = await dora.at(one).get(`${at}/audit/stream`);
    expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([
      429,
      'too-many-requests',
      '5',
    ]);
    expect((await listen(ann.at(one))).response.status).toBe(200);
  });

  it('replays what happened in a time, oldest first, and says when it is done', async () => {
    const project = await ann.post(`${at}/customers`, { name: 'Rosa Klein' });
    const id = project.body.id as string;
    await ann.patch(`${at}/customers/${id}`, { name: 'Rosa Gross' });
    await ann.get(`${at}/audit?record=${id}`);
    const all = (await ann.get(`${at}/audit?limit=200&outcome=accepted`)).body.items as Json[];
    const reader = await listen(ann.at(two), `replay?record=${id}`);
    await reader.end();
    expect(typesOf(reader)).toEqual(['CustomerCreated', 'CustomerEdited']);
    expect(reader.items[1].summary).toBe('Ann Hale renamed the customer Rosa Klein to Rosa Gross');
    expect(reader.received.at(-1)).toEqual({ id: undefined, event: 'done', data: { count: 2 } });

    const whole = await listen(ann, 'replay');
    await whole.end();
    const accepted = whole.items.filter(({ outcome }) => outcome === 'accepted');
    expect(accepted).toEqual(all.toReversed());
    const moments = whole.items.map((item) => item.at as string);
    expect(moments).toEqual(moments.toSorted());

    const [from, to] = [all.at(-3).at as string, all.at(-1 - Math.floor(all.length / 2)).at as string];
    const window = await listen(ann, `replay?from=${from}&to=${to}&actor=${ann.userId}`);
    await window.end();
    expect(window.items.length).toBeGreaterThan(0);
    for (const item of window.items) {
      expect(item.actor.id).toBe(ann.userId);
      expect(item.at >= from && item.at < to).toBe(true);
    }

    const middle = whole.received[3]!.id!;
    const rest = await listen(ann, 'replay', middle);
    await rest.end();
    const seen = rest.items.map((item) => item.eventId as string);
    expect(seen.slice(0, 3)).toEqual(whole.items.slice(4, 7).map((item) => item.eventId as string));
    expect((await ann.get(`${at}/audit/replay?from=${to}&to=${from}`)).status).toBe(400);
  });

  it('shows who saw what: the reads of one person in a time', async () => {
    const reader = await listen(carl, 'replay');
    await reader.end();
    const reads = (await ann.get(`${at}/audit?actor=${carl.userId}&outcome=read&from=2026-01-01T00:00:00Z`)).body
      .items as Json[];
    expect(reads.map(({ summary }) => summary as string)).toEqual(
      expect.arrayContaining(['Carl Stone read the replay', 'Carl Stone read the live trail']),
    );
    expect(JSON.stringify(reader.items)).not.toMatch(/Rosa|frame/);
  });

  it('keeps to the limits of whoever may read a part of the trail only', async () => {
    const brand = (await ann.post(`${at}/brands`, { name: 'North' })).body.id as string;
    const other = (await ann.post(`${at}/brands`, { name: 'South' })).body.id as string;
    const grant = { role: 'compliance', brands: [brand] };
    const nora = await join(instances.server, ann, organisation, 'nora@hale.example', [grant], ['Nora', 'West']);
    const live = await listen(nora.at(two));
    await ann.patch(`${at}/brands/${other}`, { name: 'South West' });
    await ann.patch(`${at}/brands/${brand}`, { name: 'North West' });
    await live.until((received) => received.some(({ data }) => data.type === 'BrandEdited'));
    const replayed = await listen(nora, 'replay');
    await replayed.end();
    for (const reader of [live, replayed]) {
      expect(new Set(reader.items.map(({ record }) => record.id as string))).toEqual(new Set([brand]));
    }
  });

  interface Scene {
    readonly bob: Client;
    readonly bobElsewhere: Client;
    readonly key: { readonly id: string; readonly client: Client };
    readonly roleId: string;
  }
  let people = 0;
  async function scene(): Promise<Scene> {
    const email = `bob${people++}@hale.example`;
    const permissions = ['audit:read', 'api-keys:edit', 'products:read'];
    const roleId = (await ann.post(`${at}/roles`, { name: `Auditor ${people}`, permissions })).body.id as string;
    const bob = await join(instances.server, ann, organisation, email, [roleId]);
    const bobElsewhere = await signIn(instances.server, email);
    const made = await bob.post(`${at}/api-keys`, { name: 'Siem', permissions: ['audit:read'] });
    expect(made.status).toBe(201);
    const client = instances.server.client().as(made.body.key as string);
    return { bob, bobElsewhere, key: { id: made.body.id as string, client }, roleId };
  }

  it.each<[string, (scene: Scene) => Promise<{ status: number }>, string[]]>([
    ['disabling', ({ bob }) => ann.post(`${at}/members/${bob.userId}/disable`, {}), ['bob', 'elsewhere', 'key']],
    ['removal', ({ bob }) => ann.post(`${at}/members/${bob.userId}/remove`, {}), ['bob', 'elsewhere', 'key']],
    ['leaving', ({ bob }) => bob.post(`${at}/leave`, {}), ['bob', 'elsewhere', 'key']],
    [
      'another role',
      ({ bob }) => ann.put(`${at}/members/${bob.userId}/roles`, { roles: ['sales'] }),
      ['bob', 'elsewhere', 'key'],
    ],
    [
      'an edit of the role',
      ({ roleId }) => ann.put(`${at}/roles/${roleId}`, { name: `Clerk ${people}`, permissions: ['brands:read'] }),
      ['bob', 'elsewhere', 'key'],
    ],
    ['deletion of the key', ({ key }) => ann.delete(`${at}/api-keys/${key.id}`), ['key']],
    ['signing out', ({ bob }) => bob.delete('/v1/sessions/current'), ['bob']],
    [
      'a new password',
      ({ bob }) => bob.put('/v1/me/password', { password: PASSWORD, newPassword: 'quite another horse' }),
      ['elsewhere', 'key'],
    ],
    ['the erasure of the account', ({ bob }) => bob.delete('/v1/me'), ['bob', 'elsewhere', 'key']],
  ])(
    'ends at %s on both nodes, with nothing that came after',
    async (what, revoke, ended) => {
      const all = await scene();
      const readers = new Map<string, EventReader>();
      for (const [name, client] of [
        ['bob', all.bob],
        ['elsewhere', all.bobElsewhere],
        ['key', all.key.client],
      ] as const) {
        for (const url of [one, two])
          readers.set(`${name} at ${url === one ? 'one' : 'two'}`, await listen(client.at(url)));
      }
      const before = `Before ${what}`;
      await product(before);
      const made = (received: readonly { readonly data: Json }[]): boolean =>
        received.some(({ data }) => data.type === 'ProductCreated');
      await Promise.all([...readers.values()].map((reader) => reader.until(made)));
      expect([200, 204]).toContain((await revoke(all)).status);
      const after = await product(`After ${what}`, two);
      for (const [name, reader] of readers) {
        if (ended.includes(name.split(' ')[0]!)) {
          await reader.end(5000);
          expect({ name, after: reader.items.filter(({ record }) => record.id === after.id) }).toEqual({
            name,
            after: [],
          });
        } else {
          await reader.until((received) => received.some(({ data }) => data.record.id === after.id));
        }
      }
    },
    60_000,
  );
});

describe('a server that goes', () => {
  it('ends its streams, and does not wait for those who read them', async () => {
    const server = await Server.start();
    try {
      const ann = await signUp(server, 'ann@hale.example');
      const organisation = await found(ann);
      const reader = await openEvents(ann, `/v1/organisations/${organisation}/audit/stream`);
      expect(reader.response.status).toBe(200);
      expect(await server.stop()).toBe(0);
      await reader.end();
    } finally {
      await server.dispose();
    }
  }, 60_000);
});
