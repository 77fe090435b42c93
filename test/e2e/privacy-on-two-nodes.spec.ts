import { setTimeout as sleep } from 'node:timers/promises';
import { ahead } from '../support/ahead.js';
import type { Client, Json } from '../support/client.js';
import { found, signIn, signUp } from '../support/people.js';
import { TwoInstances } from '../support/two-instances.js';

const OWNER = 'zebulon@two.example';
const RACES = 8;

describe('the privacy of people, on two instances over one store', () => {
  let two: TwoInstances;
  /** The same person, at each of them. */
  let here: Client;
  let there: Client;
  let at: string;

  beforeAll(async () => {
    two = await TwoInstances.start();
    const owner = await signUp(two.server, OWNER);
    at = `/v1/organisations/${await found(owner)}`;
    [here, there] = [owner.at(two.urls[0]), owner.at(two.urls[1])];
  }, 60_000);
  afterAll(() => two.dispose());

  const customer = async (name: string, by = here): Promise<string> => {
    const made = await by.post(`${at}/customers`, { name });
    expect(made.status).toBe(201);
    return made.body.id as string;
  };
  const draft = (customerId: string, by: Client) =>
    by.post(`${at}/invoices`, {
      customerId,
      date: '2026-01-01',
      lines: [{ description: 'x', quantity: 1, unitPrice: 1 }],
    });
  const invoice = async (customerId: string): Promise<void> => {
    const { body } = await draft(customerId, here);
    expect((await here.post(`${at}/invoices/${body.id}/issue`)).status).toBe(200);
  };
  const hold = (subject: string, by: Client) => by.post(`${at}/privacy/holds`, { subject, reason: 'they sue us' });
  const erase = (subject: string, by: Client) => by.post(`${at}/privacy/erasures`, { subject, reason: 'they asked' });
  /** Types of what was decided about a person, oldest first. */
  const decided = async (subject: string, by: Client): Promise<string[]> =>
    ((await by.get(`${at}/audit?subject=${subject}&limit=200`)).body.items as Json[])
      .map(({ type }) => type as string)
      .reverse();

  it('a legal hold on the one refuses an erasure on the other at once, until it is released', async () => {
    const subject = await customer('Rosa Klein');
    const held = await hold(subject, here);
    expect((await erase(subject, there)).body).toMatchObject({ status: 409, rule: 'legal-hold' });
    const listed = (await there.get(`${at}/privacy/holds`)).body.items as Json[];
    expect(listed).toMatchObject([{ id: held.body.id, status: 'open' }]);
    expect((await there.post(`${at}/privacy/holds/${held.body.id}/release`, { reason: 'settled' })).status).toBe(200);
    expect((await erase(subject, here)).body).toMatchObject({ status: 'done' });
    expect((await erase(subject, there)).body).toMatchObject({ rule: 'erased' });
  });

  it('of a hold on the one and an erasure on the other, at the same time, the first counts', async () => {
    for (let race = 0; race < RACES; race++) {
      const subject = await customer(`Racer ${race}`);
      const [first, second] = race % 2 === 0 ? [here, there] : [there, here];
      const [held, erased] = await Promise.all([hold(subject, first), erase(subject, second)]);
      expect(held.status).toBe(201);
      here.reflect(held.body.position as string);
      const order = (await decided(subject, here)).filter((type) => /^(LegalHoldPlaced|ErasureOrdered)$/.test(type));
      if (erased.status === 201) expect(order).toEqual(['ErasureOrdered', 'LegalHoldPlaced']);
      else expect([erased.body.rule, order]).toEqual(['legal-hold', ['LegalHoldPlaced']]);
    }
  });

  it('a restriction on the one holds the use of data back on the other at once, until it is lifted', async () => {
    const subject = await customer('Rosa Gross');
    const waiting = await draft(subject, here);
    const placed = await here.post(`${at}/privacy/restrictions`, { subject, reason: 'says that it is wrong' });
    expect(placed.status).toBe(201);
    expect((await draft(subject, there)).body).toMatchObject({ status: 409, rule: 'restricted' });
    expect((await there.post(`${at}/invoices/${waiting.body.id}/issue`)).body).toMatchObject({ rule: 'restricted' });
    expect((await there.patch(`${at}/customers/${subject}`, { phone: '1' })).body).toMatchObject({
      rule: 'restricted',
    });
    const lifted = await there.post(`${at}/privacy/restrictions/${placed.body.id}/lift`, { notice: 'told by phone' });
    expect(lifted.status).toBe(200);
    expect((await draft(subject, here)).status).toBe(201);
  });

  it('what retention kept is destroyed by one of them once, and not at all while a hold is on it', async () => {
    const [due, kept] = [await customer('Ann Due'), await customer('Bea Kept')];
    const erasures: string[] = [];
    for (const subject of [due, kept]) {
      await invoice(subject);
      const erased = await erase(subject, there);
      expect(erased.body).toMatchObject({ status: 'done', kept: [{ until: '2032-12-31' }] });
      erasures.push(erased.body.id as string);
    }
    const held = await hold(kept, there);
    expect(held.status).toBe(201);
    const { folder } = two.server;
    await two.kill();

    // Both sweep at their start, on a day after the last one.
    two = await TwoInstances.start(undefined, { folder, preload: ahead(9 * 366) });
    const owner = await signIn(two.server, OWNER);
    [here, there] = [owner.at(two.urls[0]), owner.at(two.urls[1])];
    const destroyed = async (id: string, by: Client): Promise<string[]> =>
      (await by.get(`${at}/privacy/erasures/${id}`)).body.destroyed as string[];
    for (let waited = 0; (await destroyed(erasures[0]!, there)).length < 2 && waited < 30_000; waited += 50)
      await sleep(50);
    for (const node of [here, there]) {
      expect(await destroyed(erasures[0]!, node)).toEqual(['documents', 'records']);
      expect(await destroyed(erasures[1]!, node)).toEqual([]);
    }
    const times = async (subject: string): Promise<number> =>
      (await decided(subject, here)).filter((type) => type === 'RetainedDataDestroyed').length;
    expect([await times(due), await times(kept)]).toEqual([2, 0]);

    // It is released on the one, and the other one's next start sees to it.
    const released = await here.post(`${at}/privacy/holds/${held.body.id}/release`, { reason: 'settled' });
    expect(released.status).toBe(200);
    await two.kill();
    two = await TwoInstances.start(undefined, { folder, preload: ahead(9 * 366) });
    const again = await signIn(two.server, OWNER);
    [here, there] = [again.at(two.urls[0]), again.at(two.urls[1])];
    for (let waited = 0; (await destroyed(erasures[1]!, there)).length < 2 && waited < 30_000; waited += 50)
      await sleep(50);
    expect([await times(due), await times(kept)]).toEqual([2, 2]);
  }, 120_000);
});
