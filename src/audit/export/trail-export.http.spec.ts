import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

const REASON = 'reason=Tax%20audit%202026';

describe('an export of the trail that takes two people, over HTTP', () => {
  let server: Server;
  let ann: Client;
  let carl: Client;
  let dora: Client;
  let at: string;

  beforeAll(async () => {
    server = await Server.start();
    ann = await signUp(server, 'ann@hale.example', 'Ann', 'Hale');
    const organisation = await found(ann);
    at = `/v1/organisations/${organisation}`;
    carl = await join(server, ann, organisation, 'carl@hale.example', ['compliance'], ['Carl', 'Stone']);
    dora = await join(server, ann, organisation, 'dora@hale.example', ['admin'], ['Dora', 'Low']);
  });
  afterAll(() => server.dispose());

  /** The body of a refusal is read, that of an export stays a text. */
  const take = async (who: Client, query: string): Promise<Answer<Json>> => {
    const response = await fetch(`${who.url}${at}/audit/export?${query}`, {
      headers: { authorization: `Bearer ${who.token!}` },
    });
    const text = await response.text();
    return { status: response.status, body: response.ok ? text : JSON.parse(text), headers: response.headers };
  };
  const ask = async (who: Client, body: object): Promise<string> => {
    const { status, body: made, headers } = await who.post(`${at}/trail-exports`, body);
    expect([status, made.status]).toEqual([201, 'pending']);
    expect(headers.get('location')).toBe(`${at}/trail-exports/${made.id}`);
    return made.id as string;
  };
  const approve = (who: Client, id: string): Promise<Answer<Json>> => who.post(`${at}/trail-exports/${id}/approve`);
  const taxAudit = { reason: 'Tax audit 2026' };
  const exported = async (): Promise<number> =>
    ((await ann.get(`${at}/audit?type=AuditExported&limit=200`)).body.items as Json[]).length;

  it('is nothing that is asked for while one person decides', async () => {
    const { status, body } = await carl.post(`${at}/trail-exports`, taxAudit);
    expect([status, body.rule]).toEqual([409, 'no-approval-needed']);
    expect((await take(carl, REASON)).status).toBe(200);
  });

  describe('once the organisation has switched it on', () => {
    beforeAll(async () => {
      expect((await carl.put(`${at}/privacy/settings`, { secondApproval: true })).status).toBe(200);
    });

    it.each([
      ['bundle', REASON],
      ['table', `${REASON}&format=csv`],
    ])('is refused as a %s, to the Primary too, and the refusal says what to do', async (_, query) => {
      const before = await exported();
      for (const who of [ann, carl]) {
        const { status, headers, body } = await take(who, query);
        expect([status, headers.get('content-type')]).toEqual([409, 'application/problem+json']);
        expect(body).toMatchObject({
          code: 'conflict',
          rule: 'approval-needed',
          detail: expect.stringMatching(/POST .*\/trail-exports .*\/approve.*approval=\{id\}/),
        });
      }
      expect(await exported()).toBe(before);
      // What cannot be right is told first.
      expect((await take(ann, '')).status).toBe(400);
    });

    it('is taken out by who asked, when somebody else has approved it, once, and each step is told', async () => {
      const id = await ask(carl, { ...taxAudit, from: '2026-01-01T00:00:00Z' });
      const query = `${REASON}&from=2026-01-01T00:00:00Z&approval=${id}`;
      expect((await take(carl, query)).body).toMatchObject({ status: 409, rule: 'not-approved' });
      expect((await approve(carl, id)).body).toMatchObject({ status: 409, rule: 'second-person' });
      expect((await dora.get(`${at}/trail-exports/${id}`)).body).toEqual({
        id,
        status: 'pending',
        format: 'jsonl',
        from: '2026-01-01T00:00:00.000Z',
        to: null,
        reason: 'Tax audit 2026',
        by: carl.userId,
        at: expect.stringMatching(/Z$/),
        approvedBy: null,
        expiresAt: null,
      });
      const approved = await approve(dora, id);
      expect([approved.status, approved.body.status]).toEqual([200, 'approved']);
      expect(Date.parse(approved.body.expiresAt as string) - Date.now()).toBeGreaterThan(6.9 * 86_400_000);
      expect((await approve(ann, id)).body).toMatchObject({ rule: 'not-pending' });

      expect((await take(dora, query)).body).toMatchObject({ status: 409, rule: 'asked-by-another' });
      expect((await take(carl, `${query}&format=csv`)).body).toMatchObject({ rule: 'not-as-approved' });
      expect((await take(carl, `${REASON}&approval=${id}`)).body).toMatchObject({ rule: 'not-as-approved' });
      expect((await take(carl, query.replace('2026&', '2027&'))).body).toMatchObject({ rule: 'not-as-approved' });

      const taken = await take(carl, query);
      expect([taken.status, taken.headers.get('content-type')]).toEqual([200, 'application/x-ndjson; charset=utf-8']);
      const lines = (taken.body as string).trimEnd().split('\n');
      expect(JSON.parse(lines.at(-2)!).event).toMatchObject({ type: 'AuditExported', data: { approval: id } });
      expect(JSON.parse(lines.at(-1)!)).toMatchObject({ kind: 'checkpoint' });
      expect((await take(carl, query)).body).toMatchObject({ status: 409, rule: 'approval-used' });
      expect((await dora.get(`${at}/trail-exports/${id}`)).body).toMatchObject({
        status: 'begun',
        approvedBy: dora.userId,
        expiresAt: approved.body.expiresAt,
      });

      ann.reflect(taken.headers.get('countersign-position')!);
      const told = (await ann.get(`${at}/audit?record=${id}`)).body.items as Json[];
      expect(told.map(({ summary }) => summary as string)).toEqual([
        'Carl Stone began the export of the trail that was approved',
        'Dora Low approved to export the trail',
        'Carl Stone asked for approval to export the trail',
      ]);
      expect(told.at(-1)).toMatchObject({
        record: { kind: 'trail-export', id, label: 'Export of the trail' },
        changes: [
          { field: 'format', to: 'jsonl' },
          { field: 'from', to: '2026-01-01T00:00:00.000Z' },
          { field: 'reason', to: 'Tax audit 2026' },
        ],
        authority: { permission: 'audit:export', role: 'compliance' },
      });
      const [last] = (await ann.get(`${at}/audit?type=AuditExported&limit=1`)).body.items as Json[];
      expect(last.summary).toBe(
        'Carl Stone exported the trail from 2026-01-01T00:00:00.000Z as jsonl, as a second person had approved: Tax audit 2026',
      );
    });

    it('is one export, however many ask for it at once', async () => {
      const id = await ask(carl, { ...taxAudit, format: 'csv' });
      expect((await approve(ann, id)).status).toBe(200);
      const all = await Promise.all(Array.from({ length: 4 }, () => take(carl, `${REASON}&format=csv&approval=${id}`)));
      expect(all.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
      expect(all.filter(({ status }) => status === 409).map(({ body }) => body.rule as string)).toEqual(
        Array.from({ length: 3 }, () => 'approval-used'),
      );
    });

    it('is approved by no key of who asked', async () => {
      const id = await ask(ann, taxAudit);
      const made = await ann.post(`${at}/api-keys`, { name: 'Robot', permissions: ['audit:export'] });
      const key = server.client().as(made.body.key as string);
      expect((await approve(key, id)).body).toMatchObject({ status: 409, rule: 'second-person' });
      expect((await approve(carl, id)).status).toBe(200);
      // A key is its maker: what they asked for, it takes out.
      expect((await take(key, `${REASON}&approval=${id}`)).status).toBe(200);
    });

    it('is declined with a reason, and begins no more', async () => {
      const id = await ask(carl, taxAudit);
      expect((await ann.post(`${at}/trail-exports/${id}/decline`, {})).status).toBe(400);
      const declined = await ann.post(`${at}/trail-exports/${id}/decline`, { reason: 'Ask for less' });
      expect([declined.status, declined.body.status]).toEqual([200, 'declined']);
      expect((await approve(ann, id)).body).toMatchObject({ rule: 'not-pending' });
      expect((await take(carl, `${REASON}&approval=${id}`)).body).toMatchObject({ rule: 'not-approved' });
      const [told] = (await ann.get(`${at}/audit?record=${id}`)).body.items as Json[];
      expect(told).toMatchObject({
        summary: 'Ann Hale declined to export the trail',
        changes: [{ field: 'reason', to: 'Ask for less' }],
      });
    });

    it('is for those who may export the whole of the trail, and of this organisation', async () => {
      const id = await ask(carl, taxAudit);
      const role = await ann.post(`${at}/roles`, {
        name: 'Exports of mine',
        permissions: [{ permission: 'audit:export', scope: 'own' }],
      });
      const org = at.split('/').at(-1)!;
      const limited = await join(server, ann, org, 'limited@hale.example', [role.body.id]);
      const staff = await join(server, ann, org, 'staff@hale.example', ['staff']);
      const seen = async (who: Client): Promise<number[]> => [
        (await who.get(`${at}/trail-exports`)).status,
        (await who.get(`${at}/trail-exports/${id}`)).status,
        (await who.post(`${at}/trail-exports`, taxAudit)).status,
        (await approve(who, id)).status,
        (await who.post(`${at}/trail-exports/${id}/decline`, { reason: 'no' })).status,
      ];
      expect(await seen(limited)).toEqual([404, 404, 404, 404, 404]);
      expect(await seen(staff)).toEqual([403, 403, 403, 403, 403]);
      const elsewhere = `/v1/organisations/${await found(dora, 'Elsewhere')}`;
      expect((await dora.get(`${elsewhere}/trail-exports/${id}`)).status).toBe(404);
      expect((await dora.get(`${elsewhere}/audit/export?${REASON}&approval=${id}`)).status).toBe(404);
      expect((await dora.get(`${at}/trail-exports/${id}`)).body.status).toBe('pending');
    });

    it('is listed, the newest first, page by page', async () => {
      const ids: string[] = [];
      for (let next: string | null = ''; next !== null;) {
        const { body }: Answer<Json> = await dora.get(`${at}/trail-exports?limit=2${next && `&after=${next}`}`);
        ids.push(...(body.items as Json[]).map(({ id }) => id as string));
        next = body.next as string | null;
      }
      const whole = (await dora.get(`${at}/trail-exports`)).body.items as Json[];
      expect(ids).toEqual(whole.map(({ id }) => id as string));
      expect(whole.map(({ status }) => status as string)).toEqual(['pending', 'declined', 'begun', 'begun', 'begun']);
      expect((await dora.get(`${at}/trail-exports?after=nothing`)).status).toBe(400);
    });

    it('asks nobody any more when the Primary has switched it off', async () => {
      expect((await carl.put(`${at}/privacy/settings`, { secondApproval: false })).body.rule).toBe('primary-only');
      expect((await ann.put(`${at}/privacy/settings`, { secondApproval: false })).status).toBe(200);
      expect((await take(carl, REASON)).status).toBe(200);
    });
  });
});
