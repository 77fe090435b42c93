import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Json } from '../support/client.js';
import { found, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { environmentOf } from '../support/stores.js';

const run = promisify(execFile);
const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));

describe('running it', () => {
  let server: Server;
  beforeAll(async () => void (server = await Server.start({ env: { LOG_LEVEL: 'info' } })));
  afterAll(() => server.dispose());

  const serve = (env: Readonly<Record<string, string>>): Promise<{ stderr: string; code?: number }> =>
    run(process.execPath, [CLI, 'serve'], { env: { ...environmentOf(''), ...env }, timeout: 10_000 }).catch(
      (error: unknown) => error as { stderr: string; code: number },
    );

  it('tells whether it lives and is ready, part by part', async () => {
    expect((await server.client().get('/health/live')).body).toEqual({ status: 'ok' });
    const ready = await server.client().get('/health/ready');
    expect(ready.status).toBe(200);
    expect(ready.body).toEqual({
      status: 'ok',
      parts: { 'event-store': 'ok', vault: 'ok', views: 'ok', reactors: 'ok' },
    });
  });

  it('puts where it listens into the links of its mails', async () => {
    await signUp(server, 'link@run.example');
    const [, linked] = await server.mail('link@run.example', /(http\S+)\/verify#token=/);
    expect(linked).toBe(server.url);
  });

  it('counts commands by permission and outcome for Prometheus', async () => {
    const owner = await signUp(server, 'owner@run.example');
    const at = `/v1/organisations/${await found(owner)}`;
    await owner.post(`${at}/products`, { name: 'x' });
    await owner.post(`${at}/products`, { nothing: 1 });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain('countersign_commands_total{permission="products:create",outcome="accepted"} 1');
    expect(metrics).toContain('countersign_commands_total{permission="products:create",outcome="validation-failed"} 1');
    expect(metrics).toMatch(/countersign_view_stopped\{view="trail"\} 0/);
  });

  it('logs each request as JSON with its id', async () => {
    const answer = await server.client().get('/v1/me', { 'x-request-id': 'from-the-client' });
    expect(answer.headers.get('x-request-id')).toBe('from-the-client');
    for (let waited = 0; waited < 50 && !server.output.some((line) => line.includes('from-the-client')); waited++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const line = server.output.find((one) => one.includes('from-the-client'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      level: 'info',
      method: 'GET',
      route: '/v1/me',
      status: 401,
    });
  });

  it('keeps a second process off its data folder, with a clear word', async () => {
    const { stderr, code } = await serve({ DATA_DIR: server.folder, PORT: '0' });
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain('is in use');
  });

  it.each([
    ['PORT', 'ninety'],
    ['PUBLIC_URL', 'ftp://x'],
    ['MAIL_URL', 'smtp:'],
    ['MASTER_KEY', 'short'],
    ['TRUST_PROXY', 'everybody'],
    ['LOG_LEVEL', 'loud'],
    ['EVENT_STORE_URL', 'esdb://127.0.0.1:2113'],
  ])('does not start with a wrong %s, and says so in one line', async (name, value) => {
    const { stderr, code } = await serve({ [name]: value });
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(name);
  });

  it('finishes what it is doing on SIGTERM, and exits 0', async () => {
    const own = await Server.start();
    try {
      const owner = await signUp(own, 'owner@drain.example');
      const at = `/v1/organisations/${await found(owner)}`;
      const answers = Array.from({ length: 40 }, (_, index) =>
        owner.post(`${at}/products`, { name: `P${index}` }).then(
          ({ status }) => status,
          () => 'cut off before it was heard',
        ),
      );
      await Promise.race(answers);
      expect(await own.stop()).toBe(0);
      const seen = await Promise.all(answers);
      const accepted = seen.filter((status) => status === 201).length;
      expect(accepted).toBeGreaterThan(0);
      expect(seen.filter((status) => typeof status === 'number' && status !== 201 && status !== 503)).toEqual([]);
      const again = await Server.start({ folder: own.folder });
      const reader = owner.at(again.url);
      reader.position = owner.position;
      const products = () => reader.get(`${at}/products?limit=200`);
      let list = await products();
      // Where nodes share their views, the new one folds what the old one left.
      for (let tries = 0; list.status === 503 && tries < 10; tries++) list = await products();
      expect((list.body.items as Json[]).length).toBeGreaterThanOrEqual(accepted);
      await again.stop();
    } finally {
      await own.dispose();
    }
  });
});
