import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join as path } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import type { Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { itIf } from '../../../test/support/available.js';
import { Server } from '../../../test/support/server.js';
import { embedded } from '../../../test/support/stores.js';
import { destroyKey } from '../../../test/support/subject-keys.js';
import { openNote } from '../../platform/proofs/note.js';

const run = promisify(execFile);
const CLI = fileURLToPath(new URL('../../cli.js', import.meta.url));
const REASON = 'reason=Tax%20audit%202026';

describe('an export of the trail over HTTP', () => {
  let server: Server;
  let ann: Client;
  let carl: Client;
  let organisation: string;
  let at: string;
  let customerId: string;

  beforeAll(async () => {
    server = await Server.start();
    ann = await signUp(server, 'ann@hale.example', 'Ann', 'Hale');
    organisation = await found(ann);
    at = `/v1/organisations/${organisation}`;
    carl = await join(server, ann, organisation, 'carl@hale.example', ['compliance'], ['Carl', 'Stone']);
    const customer = await ann.post(`${at}/customers`, { name: '=cmd|calc', email: 'rosa@klein.example' });
    customerId = customer.body.id as string;
    await ann.patch(`${at}/customers/${customerId}`, { phone: '030 1234' });
    const line = { description: 'Portraits', quantity: '2', unitPrice: '62.5' };
    const draft = await ann.post(`${at}/invoices`, { customerId, date: '2026-03-01', lines: [line] });
    await ann.post(`${at}/invoices/${draft.body.id}/issue`);
  });
  afterAll(() => server.dispose());

  const fetchExport = (reader: Client, query: string): Promise<Response> =>
    fetch(`${reader.url}${at}/audit/export?${query}`, { headers: { authorization: `Bearer ${reader.token!}` } });

  async function bundleOf(reader: Client, query = REASON): Promise<{ text: string; lines: Json[] }> {
    const response = await fetchExport(reader, query);
    const text = await response.text();
    expect([response.status, text.slice(0, 200)]).toEqual([200, expect.stringContaining('countersign-bundle/1')]);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    return {
      text,
      lines: text
        .trimEnd()
        .split('\n')
        .map((one) => JSON.parse(one)),
    };
  }

  async function verify(text: string, ...options: string[]): Promise<{ code: number; output: string }> {
    const file = path(server.folder, 'bundle.jsonl');
    await writeFile(file, text);
    try {
      const { stdout } = await run(process.execPath, [CLI, 'verify', file, ...options]);
      return { code: 0, output: stdout };
    } catch (error) {
      const { code, stderr } = error as { code: number; stderr: string };
      return { code, output: stderr };
    }
  }

  const keyOf = async (): Promise<string> =>
    (await ann.get(`${at}/audit/checkpoints`)).body.keys.at(-1).verifierKey as string;

  it('is a bundle of every event, itself the last one, with a checkpoint of exactly that', async () => {
    const { lines } = await bundleOf(ann);
    const [header, ...rest] = lines;
    const checkpoint = rest.pop();
    expect(header).toEqual({
      kind: 'header',
      format: 'countersign-bundle/1',
      organisation,
      from: null,
      to: null,
      publicKey: await keyOf(),
    });
    expect(rest.map(({ kind, index }) => [kind, index])).toEqual(rest.map((_, index) => ['event', index]));
    const last = rest.at(-1);
    expect(last.event).toMatchObject({ type: 'AuditExported', data: { format: 'jsonl', reason: 'Tax audit 2026' } });
    expect(openNote(checkpoint.note as string, header.publicKey as string)).toMatchObject({ size: rest.length });
    const created = rest.find(({ event }) => event?.type === 'CustomerCreated');
    expect(created.event).toMatchObject({
      data: { name: '=cmd|calc', email: 'rosa@klein.example' },
      metadata: { organisation, source: { ip: '127.0.0.1' }, authority: { permission: 'customers:create' } },
    });
    expect(Object.keys(created.event as object).sort()).toEqual(
      ['data', 'id', 'metadata', 'recordedAt', 'revision', 'schemaVersion', 'stream', 'type'].sort(),
    );
    expect(created.event.data).not.toHaveProperty('$personal');
    const leaf = Buffer.from(created.leaf as string, 'base64').toString();
    expect(leaf).not.toContain('rosa@klein.example');
  });

  it('is recorded before anything of it is sent, with its reason, and told in the trail', async () => {
    await bundleOf(ann, 'reason=Because%20I%20can&from=2020-01-01T00:00:00Z');
    const { body } = await ann.get(`${at}/audit?type=AuditExported&limit=1`);
    expect(body.items[0]).toMatchObject({
      summary: 'Ann Hale exported the trail from 2020-01-01T00:00:00.000Z as jsonl: Because I can',
      outcome: 'read',
      authority: { permission: 'audit:export', role: 'primary' },
      changes: [],
    });
  });

  it('asks for a reason, a known format, and times in their order', async () => {
    const fields = async (query: string) => {
      const { status, body } = await ann.get(`${at}/audit/export?${query}`);
      return [status, (body.errors as Json[]).map(({ field }) => field as string)];
    };
    expect(await fields('')).toEqual([400, ['reason']]);
    expect(await fields('reason=%20')).toEqual([400, ['reason']]);
    expect(await fields(`${REASON}&format=pdf`)).toEqual([400, ['format']]);
    expect(await fields(`${REASON}&from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z`)).toEqual([400, ['to']]);
  });

  it('is for those who may export the whole of it', async () => {
    const role = await ann.post(`${at}/roles`, {
      name: 'Exports of mine',
      permissions: [{ permission: 'audit:export', scope: 'own' }],
    });
    const limited = await join(server, ann, organisation, 'limited@hale.example', [role.body.id]);
    const staff = await join(server, ann, organisation, 'staff@hale.example', ['staff']);
    const stranger = await signUp(server, 'stranger@export.example');
    const ask = async (who: Client) => (await who.get(`${at}/audit/export?${REASON}`)).status;
    expect([await ask(limited), await ask(staff), await ask(stranger)]).toEqual([404, 403, 404]);
  });

  it('is verified offline: whole, from a moment on, and by the key that one trusts', async () => {
    const { text } = await bundleOf(ann);
    const key = await keyOf();
    expect(await verify(text)).toMatchObject({ code: 0, output: expect.stringContaining('self-consistent only') });
    expect(await verify(text, '--key', key)).toMatchObject({
      code: 0,
      output: expect.stringContaining('signed by the key that you gave'),
    });
    const other =
      key.replace(/\+[^+]+$/, '') + '+' + Buffer.concat([Buffer.of(1), Buffer.alloc(32, 7)]).toString('base64');
    expect((await verify(text, '--key', other)).code).toBe(1);
  });

  it('from a moment on begins with what stands before it', async () => {
    const { lines: whole } = await bundleOf(ann);
    const third = whole[4].event.recordedAt as string;
    const { text, lines } = await bundleOf(ann, `${REASON}&from=${third}`);
    const first = whole.slice(1, -1).findIndex(({ event }) => event.recordedAt >= third);
    expect(lines[1]).toMatchObject({ kind: 'range', size: first });
    expect(lines[2]).toEqual(whole[first + 1]);
    expect(await verify(text, '--key', await keyOf())).toMatchObject({ code: 0 });
    const upTo = await bundleOf(ann, `${REASON}&to=${third}`);
    expect(upTo.lines.slice(1, -1)).toEqual(whole.slice(1, first + 1));
    expect(openNote(upTo.lines.at(-1).note as string, upTo.lines[0].publicKey as string).size).toBe(first);
    expect(await verify(upTo.text)).toMatchObject({ code: 0 });
    const nothing = await bundleOf(ann, `${REASON}&from=2090-01-01T00:00:00Z&to=2091-01-01T00:00:00Z`);
    expect(nothing.lines.map(({ kind }) => kind)).toEqual(['header', 'range', 'checkpoint']);
    expect(await verify(nothing.text)).toMatchObject({ code: 0 });
  });

  it('goes on from an older checkpoint, or shows that it does not', async () => {
    const { lines, text } = await bundleOf(ann);
    const file = path(server.folder, 'older.txt');
    await writeFile(file, lines.at(-1).note as string);
    const newer = await bundleOf(ann);
    expect(await verify(newer.text, '--against', file)).toMatchObject({
      code: 0,
      output: expect.stringContaining(`goes on from the older checkpoint over ${lines.length - 2} events`),
    });
    await writeFile(file, newer.lines.at(-1).note as string);
    expect(await verify(text, '--against', file)).toMatchObject({
      code: 1,
      output: expect.stringContaining('the end was cut off'),
    });
  });

  it('is found out where a line was changed, left out, moved or cut off, by the number of the line', async () => {
    const { text } = await bundleOf(ann);
    const rows = text.trimEnd().split('\n');
    const put = (lines: readonly string[]) => verify(`${lines.join('\n')}\n`);
    const edited = rows.map((row, index) => (index === 3 ? row.replace('"type":"', '"type":"X') : row));
    expect(await put(edited)).toMatchObject({ code: 1, output: expect.stringContaining('line 4: shows another type') });
    expect(await put(rows.filter((_, index) => index !== 3))).toMatchObject({
      code: 1,
      output: expect.stringContaining('line 4: has the leaf 3 where 2 should be'),
    });
    expect(await put(rows.slice(0, -1))).toMatchObject({
      code: 1,
      output: expect.stringContaining(`line ${rows.length}: the checkpoint is missing`),
    });
  });

  it('holds the hash in the place of what its reader may not see', async () => {
    const { text, lines } = await bundleOf(carl);
    const events = lines.slice(1, -1);
    const hidden = events.filter(({ leafHash }) => leafHash !== undefined);
    expect(hidden.length).toBeGreaterThan(3);
    for (const one of hidden) expect(Object.keys(one as object).sort()).toEqual(['index', 'kind', 'leafHash']);
    expect(text).not.toContain('rosa@klein.example');
    expect(text).not.toContain(customerId);
    expect(await verify(text, '--key', await keyOf())).toMatchObject({ code: 0 });
  });

  it('as csv is a row for each event, of which none starts a formula', async () => {
    const response = await fetchExport(ann, `${REASON}&format=csv`);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    const rows: Record<string, string>[] = parse(bytes, { bom: true, columns: true, record_delimiter: '\r\n' });
    expect(rows.at(-1)).toMatchObject({ who: 'Ann Hale', what: 'Ann Hale exported the trail as csv: Tax audit 2026' });
    const customer = rows.find(({ recordId, recordKind }) => recordId === customerId && recordKind === 'customer');
    expect(customer).toMatchObject({ recordLabel: "'=cmd|calc", permission: 'customers:create', role: 'primary' });
    for (const cell of rows.flatMap((row) => Object.values(row))) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
    const hidden = await (await fetchExport(carl, `${REASON}&format=csv`)).text();
    expect(hidden).not.toContain('cmd|calc');
    expect(hidden).not.toContain('Invoice 1');
  });

  it('ends without its checkpoint when the right to it ends midway', async () => {
    // More than what the buffers of the two ends of a connection hold.
    const line = { description: 'x'.repeat(400), quantity: '1', unitPrice: '1' };
    const lines = Array.from({ length: 1800 }, () => line);
    for (let i = 0; i < 24; i++)
      expect((await ann.post(`${at}/invoices`, { customerId, date: '2026-03-01', lines })).status).toBe(201);
    const dora = await join(server, ann, organisation, 'dora@hale.example', ['admin'], ['Dora', 'Low']);
    const response = await fetchExport(dora, REASON);
    const reader = response.body!.getReader();
    const first = await reader.read();
    expect(first.done).toBe(false);
    expect((await ann.post(`${at}/members/${dora.userId!}/disable`, {})).status).toBe(200);
    await sleep(100);
    let text = '';
    const decoder = new TextDecoder();
    await expect(
      (async () => {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return 'whole';
          text += decoder.decode(value, { stream: true });
        }
      })(),
    ).rejects.toThrow();
    expect(text).not.toContain('"kind":"checkpoint"');
  });

  itIf(
    embedded,
    'the vault is a file of the data folder only where it is embedded',
    'reads erased where somebody was erased, and is proven all the same',
    async () => {
      await server.stop();
      await destroyKey(server.folder, organisation, customerId);
      server = await Server.start({ folder: server.folder });
      ann = ann.at(server.url);
      const { text, lines } = await bundleOf(ann);
      expect(text).not.toContain('rosa@klein.example');
      const created = lines.find(({ event }) => event?.type === 'CustomerCreated' && event.stream.endsWith(customerId));
      expect(created.event.data).toMatchObject({ name: 'erased', email: 'erased' });
      expect(await verify(text, '--key', await keyOf())).toMatchObject({ code: 0 });
    },
  );
});
