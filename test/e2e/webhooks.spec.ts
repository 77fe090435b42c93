import { readdir, readFile } from 'node:fs/promises';
import { join as joined } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { Answer, Client, Json } from '../support/client.js';
import { found, join, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { embedded } from '../support/stores.js';
import { type Received, Receiver } from '../support/webhook-receiver.js';

const env = { WEBHOOK_LOOPBACK: 'allow', WEBHOOK_PAUSES: '0.05,0.1' };
/** One attempt, and one behind each pause. */
const ATTEMPTS = 3;

const headersOf = ({ headers }: Received): Record<string, string> => headers as Record<string, string>;

describe('webhooks', () => {
  let server: Server;
  let ann: Client;
  let organisation: string;
  let at: string;
  const receivers: Receiver[] = [];

  beforeAll(async () => {
    server = await Server.start({ env });
    ann = await signUp(server, 'ann@hooks.example', 'Ann', 'Hale');
    organisation = await found(ann, 'Hale & Daughters');
    at = `/v1/organisations/${organisation}`;
  });
  afterEach(async () => {
    const { items } = (await ann.get(`${at}/webhooks`)).body;
    for (const { id } of items as Json[]) await ann.delete(`${at}/webhooks/${id}`);
    await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
  });
  afterAll(() => server.dispose());

  const receiver = async (): Promise<Receiver> => {
    const one = await Receiver.start();
    receivers.push(one);
    return one;
  };
  const hook = async (to: Receiver, more: object = {}, by = ann): Promise<Json> => {
    const made = await by.post(`${at}/webhooks`, { url: to.url, ...more });
    expect(made.status).toBe(201);
    return made.body;
  };
  const customer = async (name: string): Promise<Answer<Json>> => {
    const made = await ann.post(`${at}/customers`, { name });
    expect(made.status).toBe(201);
    return made;
  };
  const until = async <T>(look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> => {
    for (let waited = 0; waited < 15_000; waited += 50) {
      const seen = await look();
      if (holds(seen)) return seen;
      await sleep(50);
    }
    throw new Error('it did not come to that');
  };
  const webhook = (id: string) => async (): Promise<Json> => (await ann.get(`${at}/webhooks/${id}`)).body;
  const letters = (id: string) => async (): Promise<Json[]> =>
    (await ann.get(`${at}/webhooks/${id}/dead-letters`)).body.items as Json[];

  it('send what happens as the trail tells it to their maker, signed as Standard Webhooks has it', async () => {
    const to = await receiver();
    const { id, secret } = await hook(to, { description: 'To the shop' });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const { body: rosa } = await customer('Rosa Klein');
    const received = await to.ofType('CustomerCreated');
    const { items } = (await ann.get(`${at}/audit?type=CustomerCreated&record=${rosa.id}`)).body;
    expect(received.item).toEqual(items[0]);
    expect(received.item.record.label).toBe('Rosa Klein');
    expect(received.headers).toMatchObject({ 'webhook-id': received.item.eventId, 'content-type': 'application/json' });
    expect(new Webhook(secret as string).verify(received.text, headersOf(received))).toEqual(received.item);
    const forged = received.text.replace('Rosa', 'Rose');
    expect(() => new Webhook(secret as string).verify(forged, headersOf(received))).toThrow();
    // It begins behind the event that made it, and no event comes twice.
    expect(to.types()).not.toContain('WebhookCreated');
    expect(new Set(to.received.map(({ headers }) => headers['webhook-id'])).size).toBe(to.received.length);
    expect(await webhook(id as string)()).toMatchObject({
      id,
      url: to.url,
      types: null,
      description: 'To the shop',
      status: 'active',
      reason: null,
      createdBy: ann.userId,
      maker: { userId: ann.userId, apiKey: null },
    });
    const made = (await ann.get(`${at}/audit?record=${id}`)).body.items as Json[];
    expect(made.map(({ summary }) => summary)).toEqual([
      `Ann Hale made the webhook To the shop that sends to ${new URL(to.url).host}`,
    ]);
    expect(made[0].record.label).toBe('To the shop');
  });

  it('send only the types that were asked for, and others when that is changed', async () => {
    const to = await receiver();
    const { id } = await hook(to, { types: ['ProductCreated'] });
    await customer('Unseen');
    await ann.post(`${at}/products`, { name: 'Print' });
    await to.ofType('ProductCreated');
    expect(to.types()).toEqual(['ProductCreated']);
    expect((await ann.patch(`${at}/webhooks/${id}`, { types: null })).status).toBe(200);
    await customer('Seen');
    expect((await to.ofType('CustomerCreated')).item.record.label).toBe('Seen');
    expect(to.types()).toContain('WebhookEdited');
  });

  it('try again until it is taken, under the same id, in order', async () => {
    const to = await receiver();
    await hook(to, { types: ['CustomerCreated'] });
    let refusals = 2;
    to.answer = () => (refusals-- > 0 ? 503 : 200);
    await customer('First');
    await customer('Second');
    await to.first(({ item }) => item.record.label === 'Second');
    expect(to.received.map(({ item }) => item.record.label)).toEqual(['First', 'First', 'First', 'Second']);
    expect(new Set(to.received.slice(0, 3).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('put aside what nobody takes, go on, and send it when they are told to', async () => {
    const to = await receiver();
    const { id } = await hook(to, { types: ['CustomerCreated'] });
    to.answer = ({ item }) => (item.record.label === 'Poison' ? 500 : 200);
    const poison = await customer('Poison');
    await customer('After');
    await to.first(({ item }) => item.record.label === 'After');
    const [letter] = await until(letters(id as string), (seen) => seen.length === 1);
    expect(letter).toMatchObject({ type: 'CustomerCreated', attempts: ATTEMPTS, error: 'answered 500' });
    expect(to.received.filter(({ item }) => item.record.id === poison.body.id)).toHaveLength(ATTEMPTS);
    const retry = (letterId = letter.id) => ann.post(`${at}/webhooks/${id}/dead-letters/${letterId}/retry`);
    expect((await retry()).body).toMatchObject({ id: letter.id, delivered: false, error: 'answered 500' });
    expect((await letters(id as string)())[0]).toMatchObject({ attempts: ATTEMPTS + 1 });
    to.answer = () => 200;
    expect((await retry()).body).toMatchObject({ delivered: true, error: null });
    expect(await letters(id as string)()).toEqual([]);
    expect((await retry()).status).toBe(404);
    expect((await retry(id)).status).toBe(404);
    const told = (await ann.get(`${at}/audit?record=${id}`)).body.items as Json[];
    const host = new URL(to.url).host;
    expect(told.map(({ summary }) => summary).slice(0, 3)).toEqual([
      `Ann Hale sent CustomerCreated to ${host} after all`,
      `Ann Hale tried in vain to send CustomerCreated to ${host} again`,
      `Countersign gave up sending CustomerCreated to ${host} after 3 attempts`,
    ]);
    // What is told of deliveries is itself not delivered: two that fail would feed each other.
    expect(to.types()).not.toContain('WebhookDeliveryFailed');
  });

  it('do not follow redirects', async () => {
    const [to, elsewhere] = [await receiver(), await receiver()];
    const { id } = await hook(to, { types: ['CustomerCreated'] });
    to.location = elsewhere.url;
    to.answer = () => 307;
    await customer('Not for elsewhere');
    const [letter] = await until(letters(id as string), (seen) => seen.length === 1);
    expect(letter.error).toBe('answered 307: redirects are not followed');
    expect(elsewhere.received).toEqual([]);
  });

  it('stop where the receiver says that it is gone', async () => {
    const to = await receiver();
    const { id } = await hook(to);
    to.answer = () => 410;
    await customer('Last');
    await until(webhook(id as string), ({ status, reason }) => status === 'paused' && reason === 'receiver-gone');
    await customer('Later');
    await sleep(300);
    expect(to.received).toHaveLength(1);
  });

  it('replay from an instant and from a position, to the webhook that asks for it', async () => {
    const to = await receiver();
    const before = new Date().toISOString();
    await customer('Past 1');
    await customer('Past 2');
    const { id } = await hook(to, { types: ['CustomerCreated'] });
    const replay = (from: string) => ann.post(`${at}/webhooks/${id}/replay`, { from });
    expect((await replay(before)).status).toBe(200);
    await to.first(({ item }) => item.record.label === 'Past 2');
    expect(to.received.map(({ item }) => item.record.label)).toEqual(['Past 1', 'Past 2']);
    expect((await replay(to.received[0]!.item.position as string)).status).toBe(200);
    await customer('New');
    await to.first(({ item }) => item.record.label === 'New');
    expect(to.received.map(({ item }) => item.record.label)).toEqual(['Past 1', 'Past 2', 'Past 2', 'New']);
    for (const from of ['yesterday', '', 'AAAA', '2026-13-01T00:00:00Z'])
      expect((await replay(from)).body.code).toBe('validation-failed');
    const past = await receiver();
    const all = await hook(past);
    await ann.post(`${at}/webhooks/${all.id}/replay`, { from: '2000-01-01T00:00:00Z' });
    expect((await past.ofType('OrganisationFounded')).item.type).toBe('OrganisationFounded');
    await past.first(({ item }) => item.record.label === 'New');
    expect(past.types().indexOf('OrganisationFounded')).toBeLessThan(past.types().indexOf('CustomerCreated'));
  });

  it('keep their secret out of everything but the answer that gives it', async () => {
    const to = await receiver();
    const { id, secret } = await hook(to, { types: ['CustomerCreated'] });
    const rotated = await ann.post(`${at}/webhooks/${id}/rotate-secret`);
    expect(rotated.status).toBe(200);
    const newer = rotated.body.secret as string;
    expect(newer).not.toBe(secret);
    await customer('Rosa');
    const received = await to.ofType('CustomerCreated');
    // For a day both sign, so that the receiver can change over.
    expect(headersOf(received)['webhook-signature']!.split(' ')).toHaveLength(2);
    for (const one of [secret as string, newer]) new Webhook(one).verify(received.text, headersOf(received));
    const shown = [
      await ann.get(`${at}/webhooks`),
      await ann.get(`${at}/webhooks/${id}`),
      await ann.get(`${at}/audit`),
    ];
    for (const one of [secret as string, newer]) {
      expect(JSON.stringify(shown.map(({ body }) => body as object))).not.toContain(one.slice(6));
      expect(server.output.join('\n')).not.toContain(one.slice(6));
      if (!embedded) continue;
      for (const name of await readdir(server.folder, { recursive: true })) {
        const held = await readFile(joined(server.folder, name)).catch(() => Buffer.alloc(0));
        expect([name, held.includes(one.slice(6))]).toEqual([name, false]);
      }
    }
    expect((await ann.delete(`${at}/webhooks/${id}`)).status).toBe(200);
    expect((await ann.get(`${at}/webhooks/${id}`)).status).toBe(404);
    expect((await ann.post(`${at}/webhooks/${id}/rotate-secret`)).status).toBe(404);
  });

  it.each([
    'http://hooks.example/',
    'ftp://hooks.example/',
    'https://10.0.0.1/',
    'https://192.168.1.1/',
    'https://172.16.0.1:8443/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fe80::1]/',
    'https://[fd00:ec2::254]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[64:ff9b::a00:1]/',
    'https://0/',
    'https://100.100.100.200/',
    'https://ann:secret@hooks.example/',
    'https://hooks.example/#x',
    'hooks.example',
    'https://',
    `https://hooks.example/${'x'.repeat(2000)}`,
  ])('are refused to %s', async (url) => {
    const answer = await ann.post(`${at}/webhooks`, { url });
    expect([answer.status, answer.body.code]).toEqual([400, 'validation-failed']);
    expect(JSON.stringify(answer.body)).not.toContain('secret');
  });

  it.each([
    {},
    { url: 'https://hooks.example/', types: ['NoSuchThing'] },
    { url: 'https://hooks.example/', types: [] },
  ])('are refused with %j', async (body) => {
    expect((await ann.post(`${at}/webhooks`, body)).body.code).toBe('validation-failed');
  });

  it('stop with the rights of their maker, and go on with the eyes of whoever resumes them', async () => {
    const to = await receiver();
    const bob = await join(server, ann, organisation, 'bob@hooks.example', ['admin']);
    const { id } = await hook(to, { types: ['CustomerCreated', 'UserDisabled'] }, bob);
    await customer('While he may');
    await to.first(({ item }) => item.record.label === 'While he may');
    expect((await ann.put(`${at}/members/${bob.userId}/roles`, { roles: ['sales'] })).status).toBe(200);
    await customer('When he may not');
    const paused = await until(webhook(id as string), ({ status }) => status === 'paused');
    expect(paused.reason).toBe('permission-lost');
    expect(to.received).toHaveLength(1);
    const [told] = (await ann.get(`${at}/audit?record=${id}&type=WebhookPaused`)).body.items as Json[];
    expect(told.summary).toBe(
      `Countersign paused the webhook to ${new URL(to.url).host}, because whoever set it up may not have the trail sent any more`,
    );
    expect((await ann.post(`${at}/webhooks/${id}/resume`)).status).toBe(200);
    await to.first(({ item }) => item.record.label === 'When he may not');
    expect((await webhook(id as string)()).maker.userId).toBe(ann.userId);
    // Ann's now: what becomes of Bob does not matter.
    await ann.post(`${at}/members/${bob.userId}/disable`, {});
    await to.ofType('UserDisabled');
  });

  it('stop when their maker is disabled, and when the API key that made them is deleted', async () => {
    const [one, other] = [await receiver(), await receiver()];
    const carl = await join(server, ann, organisation, 'carl@hooks.example', ['admin']);
    const his = await hook(one, {}, carl);
    const permissions = ['webhooks:edit', 'webhooks:read', 'audit:read', 'customers:read'];
    const key = await ann.post(`${at}/api-keys`, { name: 'Hooks', permissions });
    const keys = await hook(other, {}, server.client().as(key.body.key as string));
    await customer('Both');
    for (const to of [one, other]) await to.first(({ item }) => item.record.label === 'Both');
    expect((await webhook(keys.id as string)()).maker).toEqual({ userId: ann.userId, apiKey: key.body.id });
    await ann.post(`${at}/members/${carl.userId}/disable`, {});
    await ann.delete(`${at}/api-keys/${key.body.id}`);
    await customer('None');
    for (const { id } of [his, keys])
      expect((await until(webhook(id as string), ({ status }) => status === 'paused')).reason).toBe('maker-gone');
    for (const to of [one, other]) expect(to.received.some(({ item }) => item.record.label === 'None')).toBe(false);
    // The key was still good when he was disabled.
    expect(one.types()).not.toContain('UserDisabled');
  });

  it('show their maker no more than the trail does, and cannot be taken over to see more', async () => {
    const [blind, taken] = [await receiver(), await receiver()];
    const role = await ann.post(`${at}/roles`, {
      name: 'Integrator',
      permissions: ['webhooks:edit', 'webhooks:read', 'audit:read'],
    });
    const ida = await join(server, ann, organisation, 'ida@hooks.example', [role.body.id]);
    await hook(blind, { types: ['CustomerCreated'] }, ida);
    const anns = await hook(blind, { types: ['ProductCreated'] });
    // She may point it at herself, and then it sees with her eyes.
    expect((await ida.patch(`${at}/webhooks/${anns.id}`, { url: taken.url, types: null })).status).toBe(200);
    await customer('Rosa Klein');
    const seen = [await blind.ofType('CustomerCreated'), await taken.ofType('CustomerCreated')];
    for (const { item, text } of seen) {
      expect(item).toMatchObject({ summary: 'Ann Hale changed a customer', changes: [] });
      expect(text).not.toContain('Rosa');
    }
    const nosy = await ann.post(`${at}/roles`, { name: 'Nosy', permissions: ['webhooks:edit'] });
    const ned = await join(server, ann, organisation, 'ned@hooks.example', [nosy.body.id]);
    const refused = await ned.post(`${at}/webhooks`, { url: taken.url });
    expect([refused.status, refused.body.permission]).toEqual([403, 'audit:read']);
    expect((await ned.post(`${at}/webhooks/${anns.id}/resume`)).status).toBe(403);
  });

  it('wait for nobody else: one that never answers holds up no command and no other webhook', async () => {
    const [hung, quick] = [await receiver(), await receiver()];
    hung.answer = () => undefined;
    const stuck = await hook(hung);
    await hook(quick, { types: ['ProductCreated'] });
    for (let i = 0; i < 40; i++) expect((await ann.post(`${at}/products`, { name: `Print ${i}` })).status).toBe(201);
    await quick.first(({ item }) => item.record.label === 'Print 39');
    expect(quick.received).toHaveLength(40);
    expect(hung.received).toHaveLength(1);
    expect((await webhook(stuck.id as string)()).status).toBe('active');
  });

  it('lose nothing when the server is killed, and go on where they were', async () => {
    const to = await receiver();
    await hook(to, { types: ['ProductCreated'] });
    let stalled = false;
    to.answer = () => (stalled ? undefined : 200);
    await ann.post(`${at}/products`, { name: 'Before' });
    await to.first(({ item }) => item.record.label === 'Before');
    stalled = true;
    await ann.post(`${at}/products`, { name: 'During' });
    await to.first(({ item }) => item.record.label === 'During');
    await ann.post(`${at}/products`, { name: 'Waiting' });
    await server.kill();
    stalled = false;
    const already = to.received.length;
    server = await Server.start({ folder: server.folder, env });
    ann = ann.at(server.url);
    await to.first(({ item }) => item.record.label === 'Waiting');
    const labels = to.received.slice(already).map(({ item }) => item.record.label as string);
    expect(labels.slice(labels.indexOf('During'))).toEqual(['During', 'Waiting']);
  });
});
