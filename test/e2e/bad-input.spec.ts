import fc from 'fast-check';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Client, Json } from '../support/client.js';
import { found, signUp } from '../support/people.js';
import { Server } from '../support/server.js';

const MEBIBYTE = 1024 * 1024;

/** Resident memory of a process in bytes (Linux); undefined elsewhere. */
async function residentBytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** What applications send by mistake and attackers on purpose. */
const hostileText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '\udfff x',
    '__proto__',
    'constructor',
    '<script>',
    '=1+1',
    '../../etc/passwd',
    '\r\nX: y',
  ),
  fc.constant('x'.repeat(10_000)),
);
const hostileNumber = fc.oneof(
  fc.constantFrom(-1, 0, -0, 0.1, 1e21, 1e308, -1e308, 2 ** 53, 2 ** 63, 5e-324, 1.0000001),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
);
const hostileValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    hostileText,
    hostileNumber,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(hostileText, tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** Everything that is answered to these bytes until the server closes the connection. */
async function exchange(host: string, port: number, bytes: string): Promise<string> {
  const socket = connect(port, host).setEncoding('latin1');
  let answer = '';
  socket.on('data', (chunk: string) => (answer += chunk));
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

const expectNoFault = (seen: { readonly status: number; readonly [more: string]: unknown }): void => {
  if (seen.status >= 500) throw new Error(`answered by a fault: ${JSON.stringify(seen)}`);
};

describe('whatever is sent', () => {
  let server: Server;
  let owner: Client;
  let at: string;
  let ids: { customer: string; invoice: string; product: string };

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@input.example');
    at = `/v1/organisations/${await found(owner)}`;
    const customer: string = (await owner.post(`${at}/customers`, { name: 'Rosa' })).body.id;
    const line = { description: 'x', quantity: 1, unitPrice: 1 };
    const invoice: string = (
      await owner.post(`${at}/invoices`, { customerId: customer, date: '2026-01-01', lines: [line] })
    ).body.id;
    const product: string = (await owner.post(`${at}/products`, { name: 'x' })).body.id;
    ids = { customer, invoice, product };
  });

  afterAll(() => server.dispose());

  const expectClearRefusal = ({ status, body, headers }: { status: number; body: Json; headers: Headers }): void => {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body).toMatchObject({
      status,
      code: expect.any(String),
      title: expect.any(String),
      detail: expect.any(String),
    });
    expect(JSON.stringify(body)).not.toMatch(/node_modules|\.js:\d|sqlite/i);
  };

  it.each([
    ['broken JSON', '{"name":', 400],
    ['no JSON at all', 'name=Rosa', 400],
    ['an array', '[]', 400],
    ['a text', '"x"', 400],
    ['null', 'null', 400],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 400],
    ['a prototype', '{"__proto__":{"admin":true},"name":"x"}', 400],
    ['an unknown field', '{"name":"x","admin":true}', 400],
    ['a number for a text', '{"name":1}', 400],
    ['a NUL', '{"name":"a\\u0000b"}', 400],
    ['a lone surrogate', '{"name":"a\\ud800b"}', 400],
    ['a body that is nested ten thousand times', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 400],
  ])('%s is refused', async (_, body, status) => {
    const answer = await owner.post(`${at}/customers`, body, { 'content-type': 'application/json' });
    expectClearRefusal(answer);
    expect(answer.status).toBe(status);
  });

  it('another media type is refused', async () => {
    const answer = await owner.post(`${at}/customers`, '<name>x</name>', { 'content-type': 'application/xml' });
    expectClearRefusal(answer);
    expect(answer.status).toBe(415);
  });

  it('a body of 10 MiB is refused, again and again, without growing the server', async () => {
    const big = JSON.stringify({ name: 'x'.repeat(10 * MEBIBYTE) });
    const before = await residentBytes(server.process.pid!);
    for (let round = 0; round < 30; round++) {
      // A server that has heard enough may close the connection before the client has said it all.
      const answer = await owner
        .post(`${at}/customers`, big, { 'content-type': 'application/json' })
        .catch(() => undefined);
      if (answer !== undefined) expect(answer.status).toBe(413);
    }
    const after = await residentBytes(server.process.pid!);
    if (before !== undefined && after !== undefined) expect((after - before) / MEBIBYTE).toBeLessThan(100);
    expect((await owner.get('/v1/me')).status).toBe(200);
  });

  it('is never answered by a fault of the server: bodies', async () => {
    const routes = fc.constantFrom(
      () => ['POST', `${at}/customers`],
      () => ['POST', `${at}/products`],
      () => ['POST', `${at}/invoices`],
      () => ['PATCH', `${at}/customers/${ids.customer}`],
      () => ['PATCH', `${at}/invoices/${ids.invoice}`],
      () => ['POST', `${at}/invoices/${ids.invoice}/payments`],
      () => ['POST', `${at}/invoices/${ids.invoice}/void`],
      () => ['POST', `${at}/credit-notes`],
      () => ['POST', `${at}/invitations`],
      () => ['POST', '/v1/organisations'],
      () => ['POST', '/v1/invitations/accept'],
      () => ['POST', '/v1/accounts/verify'],
      () => ['POST', '/v1/sessions/refresh'],
      () => ['PATCH', '/v1/me'],
    );
    const field = fc.constantFrom(
      'name',
      'email',
      'lines',
      'customerId',
      'date',
      'amount',
      'reason',
      'roles',
      'token',
      'firstName',
      'currency',
    );
    const body = fc.oneof(hostileValue, fc.dictionary(field, hostileValue, { maxKeys: 6 }));
    await fc.assert(
      fc.asyncProperty(routes, body, async (route, value) => {
        const [method, path] = route() as [string, string];
        const answer = await owner.send(method, path, JSON.stringify(value), {
          'content-type': 'application/json',
        });
        expectNoFault({ status: answer.status, path, value });
      }),
      { numRuns: 400 },
    );
  }, 120_000);

  it('is never answered by a fault of the server: lines of an invoice', async () => {
    const decimal = fc.oneof(
      hostileNumber,
      hostileText,
      fc.constantFrom('1e5', '1.2345678', '-0', '+1', '0x10', '1,5', '９'),
    );
    const line = fc.record(
      { description: hostileText, quantity: decimal, unitPrice: decimal, vatRate: hostileNumber },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 5 }), async (lines) => {
        const { status } = await owner.post(`${at}/invoices`, { customerId: ids.customer, date: '2026-01-01', lines });
        expectNoFault({ status, lines });
      }),
      { numRuns: 200 },
    );
  }, 120_000);

  it('is never answered by a fault of the server: paths, queries and headers', async () => {
    const path = fc.constantFrom('/invoices', '/customers', '/products', '/members', '/audit', '/imports', '/nothing');
    const parameter = fc.constantFrom('limit', 'after', 'status', 'from', 'to', 'customerId', 'q', 'outcome', 'x');
    await fc.assert(
      fc.asyncProperty(path, parameter, hostileText, hostileText, async (resource, name, value, id) => {
        for (const target of [`${resource}?${name}=${percent(value)}`, `${resource}/${percent(id)}`]) {
          const { status } = await owner.get(`${at}${target}`, { 'countersign-at-least': 'nonsense' });
          expectNoFault({ status, target });
        }
      }),
      { numRuns: 200 },
    );
    for (const [name, value] of [
      ['if-match', 'W/"1"'],
      ['if-match', '"-1"'],
      ['idempotency-key', 'x'.repeat(201)],
      ['authorization', 'Bearer nonsense'],
      ['x-request-id', 'a b'],
    ] as const) {
      const { status } = await owner.post(`${at}/products`, { name: 'x' }, { [name]: value });
      expectNoFault({ name, status });
    }
    expect((await owner.get('/%E0%A4%A')).status).toBe(400);
  }, 120_000);

  // No client sends these, so they are written as they go over the wire.
  it.each(['5', '12, 5', '5\r\ncontent-length: 12', '-1', '0x0c'])(
    'a body of another length than is said is no request: %j',
    async (length) => {
      const { hostname, port } = new URL(server.url);
      const head = [
        `POST ${at}/products HTTP/1.1`,
        ...[`host: ${hostname}`, `authorization: Bearer ${owner.token}`, 'content-type: application/json'],
        `content-length: ${length}`,
      ];
      const answer = await exchange(hostname, Number(port), `${head.join('\r\n')}\r\n\r\n{"name":"x"}`);
      expect(new Set(answer.match(/^HTTP\/1\.1 \d+/gm))).toEqual(new Set(['HTTP/1.1 400']));
      expect(answer).toMatch(/^connection: close\r$/im);
    },
  );

  it('CSV of any kind is imported or rejected row by row', async () => {
    const cell = fc.oneof(
      hostileText,
      fc.constantFrom('1', 'C1', '2011-01-04', '1.5', '"', '""', ',', '\n', '\r', '"a'),
    );
    const rows = fc.array(fc.array(cell, { maxLength: 10 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(rows, async (cells) => {
        const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
        const file = [header, ...cells.map((row) => row.join(','))].join('\n');
        const answer = await owner.post(`${at}/imports/invoices`, file, { 'content-type': 'text/csv' });
        expect(answer.status).toBe(201);
      }),
      { numRuns: 100 },
    );
    expect((await owner.get('/health/ready')).status).toBe(200);
  }, 120_000);

  it('left no fault in the log', () => {
    expect(server.output.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  });
});

const percent = (text: string): string => encodeURIComponent(text.toWellFormed());
