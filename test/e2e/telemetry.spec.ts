import { readFile } from 'node:fs/promises';
import { join as path } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../support/client.js';
import { OtlpReceiver } from '../support/otlp-receiver.js';
import { found, join, signUp } from '../support/people.js';
import { repositoryRoot } from '../support/root.js';
import { Server } from '../support/server.js';

const scrape = async (server: Server): Promise<string> => (await server.client().get('/metrics')).body as string;

/** Waits until the server has printed a line with this text, up to five seconds. */
async function printed(server: Server, text: string): Promise<void> {
  for (let waited = 0; waited < 5000; waited += 20) {
    if (server.output.some((line) => line.includes(text))) return;
    await sleep(20);
  }
  throw new Error(`${text} is not in:\n${server.output.join('\n')}`);
}

/** The value of one series; undefined where there is none. */
const valueOf = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
};

/** Names of all metrics of a scrape with their types. */
const typesOf = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!]));

const operations = (file: string): Promise<string> => readFile(path(repositoryRoot, 'docs/operations', file), 'utf8');

describe('metrics', () => {
  let server: Server;
  let owner: Client;
  let at: string;
  let text: string;

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@metrics.example');
    const organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    const clerk = await join(server, owner, organisation, 'clerk@metrics.example', ['compliance']);
    await Promise.all(Array.from({ length: 30 }, (_, index) => owner.post(`${at}/products`, { name: `P${index}` })));
    expect((await clerk.post(`${at}/products`, { name: 'x' })).status).toBe(403);
    expect((await owner.get(`${at}/products/${organisation}`)).status).toBe(404);
    expect((await server.client().get('/nowhere')).status).toBe(404);
    expect((await owner.get(`${at}/products`)).status).toBe(200);
    text = await scrape(server);
  });
  afterAll(() => server.dispose());

  it('count commands by outcome, and refusals of any request by permission and code', () => {
    expect(valueOf(text, 'countersign_commands_total{permission="products:create",outcome="accepted"}')).toBe(30);
    const refusals = (permission: string, code: string): number | undefined =>
      valueOf(text, `countersign_refusals_total{permission="${permission}",code="${code}"}`);
    expect(refusals('products:create', 'permission-denied')).toBe(1);
    expect(refusals('products:read', 'not-found')).toBe(1);
    expect(refusals('none', 'not-found')).toBe(1);
  });

  it('time appends, and tell how many a commit held', () => {
    const appends = valueOf(text, 'countersign_append_duration_seconds_count')!;
    expect(appends).toBeGreaterThan(35);
    expect(valueOf(text, 'countersign_append_duration_seconds_sum')).toBeGreaterThan(0);
    const commits = valueOf(text, 'countersign_commit_appends_count')!;
    expect(commits).toBeGreaterThan(0);
    // Reactors' checkpoints are written without the appender, so what was committed is at least what it appended.
    expect(valueOf(text, 'countersign_commit_appends_sum')).toBeGreaterThanOrEqual(appends);
    expect(valueOf(text, 'countersign_append_failures_total{reason="unknown"}')).toBe(0);
    expect(valueOf(text, 'countersign_reconnects_total{backend="event-store"}')).toBe(0);
  });

  it('tell how far each view is behind the log', async () => {
    for (let tries = 0; tries < 100; tries++) {
      const lags = [...(await scrape(server)).matchAll(/^countersign_view_lag_seconds\{view="(.+)"\} (\S+)$/gm)];
      expect(lags.map(([, view]) => view)).toEqual(expect.arrayContaining(['trail', 'products', 'invoices']));
      if (lags.every(([, , seconds]) => seconds === '0')) return;
      await sleep(100);
    }
    throw new Error('the views did not catch up');
  });

  it('hold no id of anybody or anything', () => {
    const own = text.split('\n').filter((line) => line.startsWith('countersign_'));
    expect(own.length).toBeGreaterThan(50);
    expect(own.filter((line) => /[0-9a-f]{8}-[0-9a-f]{4}-|@/.test(line))).toEqual([]);
  });

  it('are all documented, each with its type, and nothing else is', async () => {
    const rows = [...(await operations('metrics.md')).matchAll(/^\| `(countersign_\w+)` \| (\w+) \|/gm)];
    const documented = rows.map(([, name, type]) => `${name} ${type}`);
    const served = [...typesOf(text)].filter(([name]) => name.startsWith('countersign_'));
    expect(documented.sort()).toEqual(served.map(([name, type]) => `${name} ${type}`).sort());
  });

  it('of the dashboard are served', async () => {
    const dashboard = JSON.parse(await operations('grafana-dashboard.json')) as {
      panels: { title: string; targets?: { expr: string }[] }[];
    };
    const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(queries.length).toBeGreaterThan(10);
    const types = typesOf(text);
    const unknown = queries
      .flatMap((query) => query.match(/\b(countersign|process|nodejs)_\w+/g) ?? [])
      .filter((name) => {
        const histogram = /^(.+)_(bucket|sum|count)$/.exec(name)?.[1];
        return !types.has(name) && types.get(histogram ?? '') !== 'histogram';
      });
    expect(unknown).toEqual([]);
    expect(queries.filter((query) => !/(countersign|process|nodejs)_/.test(query))).toEqual([]);
  });
});

describe('traces', () => {
  let receiver: OtlpReceiver;
  let server: Server;
  let owner: Client;
  let at: string;

  beforeAll(async () => {
    receiver = await OtlpReceiver.start();
    server = await Server.start({
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '50', LOG_LEVEL: 'info' },
    });
    owner = await signUp(server, 'zebulon@traces.example', 'Zebulon', 'Quackenbush');
    at = `/v1/organisations/${await found(owner)}`;
  });
  afterAll(async () => {
    await server.dispose();
    receiver.close();
  });

  const from = (traceId: string) => ({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` });

  it('lead from the client over HTTP, command and append to the views', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    expect((await owner.post(`${at}/products`, { name: 'Widget' }, from(traceId))).status).toBe(201);
    const mine = (name: string) => receiver.span(name, (span) => span.traceId === traceId && span.name === name);
    const http = await mine('POST /v1/organisations/:org/products');
    const command = await mine('CreateProduct');
    const append = await mine('append product');
    const views = await mine('views');
    expect(http).toMatchObject({
      parentSpanId: '00f067aa0ba902b7',
      service: 'countersign',
      kind: 2,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/v1/organisations/:org/products',
        'http.response.status_code': 201,
      },
    });
    expect(command).toMatchObject({
      parentSpanId: http.spanId,
      attributes: { 'countersign.command': 'CreateProduct', 'countersign.outcome': 'accepted' },
    });
    expect(append).toMatchObject({
      parentSpanId: command.spanId,
      attributes: {
        'countersign.stream.category': 'product',
        'countersign.command': 'CreateProduct',
        'countersign.events': 1,
        'countersign.revision': 0,
      },
    });
    expect(views.parentSpanId).toBe(append.spanId);
    expect(views.attributes['countersign.views']).toEqual(expect.arrayContaining(['products', 'trail']));
    expect([http, command, append, views].map(({ failed }) => failed)).toEqual([false, false, false, false]);
    expect(command.start >= http.start && append.start >= command.start && views.end >= views.start).toBe(true);
  });

  it('tell of refusals, which are no failures, and stand in the log', async () => {
    const traceId = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1';
    const made = await owner.post(`${at}/products`, { name: 'Once' });
    await owner.post(`${at}/products/${made.body.id}/archive`);
    const stale = { ...from(traceId), 'if-match': '"7"' };
    expect((await owner.patch(`${at}/products/${made.body.id}`, { name: 'Twice' }, stale)).status).toBe(412);
    const command = await receiver.span(
      'the command',
      (span) => span.traceId === traceId && span.attributes['countersign.command'] !== undefined,
    );
    expect(command).toMatchObject({ failed: false, attributes: { 'countersign.outcome': 'precondition-failed' } });
    const http = await receiver.span('HTTP', ({ spanId }) => spanId === command.parentSpanId);
    expect(http).toMatchObject({
      failed: false,
      attributes: { 'http.response.status_code': 412, 'countersign.outcome': 'precondition-failed' },
    });
    await printed(server, `"traceId":"${traceId}"`);
  });

  it('that the client does not want are not sent', async () => {
    const unwanted = 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb1';
    await owner.get(`${at}/products`, { traceparent: `00-${unwanted}-00f067aa0ba902b7-00` });
    const wanted = 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2';
    await owner.get(`${at}/products`, from(wanted));
    await receiver.span('the later request', ({ traceId }) => traceId === wanted);
    expect(receiver.spans.filter(({ traceId }) => traceId === unwanted)).toEqual([]);
  });

  it('hold nothing of anybody: no names, addresses, ids, bodies or tokens', async () => {
    const customer = { name: 'Bartholomew', email: 'bart@traces.example' };
    const traceId = 'ccccccccccccccccccccccccccccccc1';
    expect((await owner.post(`${at}/customers?`, customer, from(traceId))).status).toBe(201);
    await receiver.span('the views', (span) => span.traceId === traceId && span.name === 'views');
    expect(receiver.text).toContain('CreateProduct');
    expect(receiver.text).not.toMatch(/Zebulon|Quackenbush|Bartholomew|@traces|127\.0\.0\.1/);
    expect(receiver.text).not.toContain(owner.token!);
    expect(receiver.text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/);
  });

  it('that wait are sent before the process ends', async () => {
    const own = await Server.start({
      env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces`, OTEL_SERVICE_NAME: 'books' },
    });
    try {
      await own.client().get('/v1/me');
      expect(await own.stop()).toBe(0);
      // Where views take a while, whoever starts the server has asked whether it is ready.
      expect(receiver.spans.find(({ service, name }) => service === 'books' && name === 'GET /v1/me')).toMatchObject({
        parentSpanId: undefined,
        attributes: { 'http.response.status_code': 401, 'countersign.outcome': 'unauthenticated' },
      });
    } finally {
      await own.dispose();
    }
  });

  it('are off without an endpoint', async () => {
    const own = await Server.start({ env: { LOG_LEVEL: 'info' } });
    try {
      const seen = receiver.spans.length;
      await own.client().get('/v1/me', from('ddddddddddddddddddddddddddddddd1'));
      expect(await own.stop()).toBe(0);
      expect(own.output.filter((line) => line.includes('traceId'))).toEqual([]);
      expect(receiver.spans).toHaveLength(seen);
    } finally {
      await own.dispose();
    }
  });

  it('whose receiver is away cost a line in the log, no request', async () => {
    const own = await Server.start({
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_BSP_SCHEDULE_DELAY: '20' },
    });
    try {
      expect((await own.client().get('/health/ready')).status).toBe(200);
      expect(await own.stop()).toBe(0);
      await printed(own, 'OpenTelemetry');
    } finally {
      await own.dispose();
    }
  });
});
