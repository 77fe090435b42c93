import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { describeIf } from '../support/available.js';
import { type Certificate, CertificateAuthority, opensslMissing } from '../support/certificates.js';
import type { Client, Json } from '../support/client.js';
import { found, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { Receiver } from '../support/webhook-receiver.js';

/** As long as it takes that a certificate is exchanged, and no longer than a test waits for what fails for good. */
const PAUSES = Array.from({ length: 20 }, () => '0.1');
const HERE = 'IP:127.0.0.1';

async function until<T>(look: () => Promise<T> | T, holds: (seen: T) => boolean): Promise<T> {
  for (let waited = 0; waited < 20_000; waited += 25) {
    const seen = await look();
    if (holds(seen)) return seen;
    await sleep(25);
  }
  throw new Error('it did not come to that');
}

describeIf(opensslMissing === undefined, opensslMissing ?? '', 'webhooks over TLS', () => {
  let trusted: CertificateAuthority;
  let other: CertificateAuthority;
  let server: Server;
  let ann: Client;
  let at: string;
  const receivers: Receiver[] = [];

  beforeAll(async () => {
    [trusted, other] = [new CertificateAuthority(), new CertificateAuthority()];
    const env = { WEBHOOK_LOOPBACK: 'allow', WEBHOOK_PAUSES: PAUSES.join(), NODE_EXTRA_CA_CERTS: trusted.file };
    server = await Server.start({ env });
    ann = await signUp(server, 'ann@tls.example', 'Ann', 'Hale');
    at = `/v1/organisations/${await found(ann)}`;
  }, 60_000);
  afterEach(async () => {
    const { items } = (await ann.get(`${at}/webhooks`)).body;
    for (const { id } of items as Json[]) await ann.delete(`${at}/webhooks/${id}`);
    await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
  });
  afterAll(async () => {
    await server.dispose();
    for (const authority of [trusted, other]) authority.dispose();
  });

  const hookTo = async (certificate: Certificate): Promise<{ to: Receiver; id: string; secret: string }> => {
    const to = await Receiver.start(certificate);
    receivers.push(to);
    expect(to.url).toMatch(/^https:/);
    const made = await ann.post(`${at}/webhooks`, { url: to.url, types: ['CustomerCreated'] });
    expect(made.status).toBe(201);
    return { to, id: made.body.id as string, secret: made.body.secret as string };
  };

  it('reach a server whose certificate is trusted, with a signature that its library verifies', async () => {
    const { to, secret } = await hookTo(trusted.certify(HERE));
    await ann.post(`${at}/customers`, { name: 'Rosa Klein' });
    const { text, headers, item } = await to.ofType('CustomerCreated');
    expect(new Webhook(secret).verify(text, headers as Record<string, string>)).toEqual(item);
    expect(item).toMatchObject({ type: 'CustomerCreated', record: { label: 'Rosa Klein' } });
    expect(() => new Webhook(secret).verify(`${text} `, headers as Record<string, string>)).toThrow();
    expect(to.connections).toBe(1);
  });

  it.each<[string, () => Certificate]>([
    ['of an authority that nobody knows', () => other.certify(HERE)],
    ['of another server', () => trusted.certify('IP:127.0.0.2')],
    ['of a name that was not asked for', () => trusted.certify('DNS:localhost')],
  ])('tell nothing to one that shows a certificate %s, and try again until it is the right one', async (_, wrong) => {
    const { to, secret } = await hookTo(wrong());
    await ann.post(`${at}/customers`, { name: 'Rosa Klein' });
    await until(
      () => to.connections,
      (count) => count >= 2,
    );
    expect(to.received).toEqual([]);
    to.present(trusted.certify(HERE));
    const { text, headers } = await to.ofType('CustomerCreated');
    new Webhook(secret).verify(text, headers as Record<string, string>);
    expect(to.received).toHaveLength(1);
  });

  it('say why they were given up, in a code and no more', async () => {
    const { id, to } = await hookTo(other.certify(HERE));
    await ann.post(`${at}/customers`, { name: 'Rosa Klein' });
    const letters = async (): Promise<Json[]> =>
      (await ann.get(`${at}/webhooks/${id}/dead-letters`)).body.items as Json[];
    const [letter] = await until(letters, ({ length }) => length === 1);
    expect(letter).toMatchObject({
      attempts: PAUSES.length + 1,
      error: 'the connection failed: UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
    expect(to.received).toEqual([]);
    to.present(trusted.certify(HERE));
    const retried = await ann.post(`${at}/webhooks/${id}/dead-letters/${letter!.id}/retry`);
    expect(retried.body).toMatchObject({ delivered: true });
    expect(to.received).toHaveLength(1);
  });
});
