import {
  Body,
  Controller,
  Delete,
  Get,
  Global,
  HttpCode,
  Module,
  Param,
  Patch,
  Post,
  Query,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Validator } from '@seriousme/openapi-schema-validator';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { conflict, Refusal } from '../../kernel/refusal.js';
import { EVIDENCE } from '../commands/evidence.port.js';
import { AUTHORISER, CommandAnswer, type Principal, QueryAnswer, type RequestContext } from '../commands/principal.js';
import { READ_MODEL, VAULT } from '../commands/tokens.js';
import { ConfigModule } from '../config/config.module.js';
import { readSettings } from '../config/settings.js';
import { EventFromNewerVersion, UnknownEventType } from '../codec/codec.port.js';
import { OutcomeUnknown, StoreUnavailable } from '../event-store/event-store.port.js';
import { InvalidCursor, ViewsUnavailable } from '../read-model/read-model.port.js';
import { createLogger } from '../telemetry/logger.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { AUTHENTICATOR } from './authenticator.port.js';
import { Context, Upload } from './context.js';
import { DecimalField, Integer, ListOf, Nested, PageQuery, PatchOf, Text } from './fields.js';
import { HEALTH_PARTS } from './health.js';
import { HttpModule } from './http.module.js';
import { KNOWN_PERMISSIONS, Requires, Streams } from './route.js';
import { type Edge, httpAdapter, nestOptions, setUpHttp } from './set-up.js';
import { VIEW_GAUGE } from './view-gauge.port.js';

const org = '0191f0a0-0000-7000-8000-000000000001';
const unknownOrg = '0191f0a0-0000-7000-8000-000000000002';
const id = '0191f0a0-0000-7000-8000-00000000000a';

class LineDto {
  @Text({ max: 100 }) description!: string;
  @DecimalField() quantity!: string;
}
class ThingDto {
  @Text({ max: 50 }) name!: string;
  @Integer({ min: 0, max: 10, optional: true }) size?: number;
  @ListOf(LineDto, { max: 3, optional: true }) lines?: LineDto[];
}

class PartsDto {
  @DecimalField({ optional: true }) price?: string;
  @Nested(LineDto, { optional: true }) first?: LineDto;
  @ListOf(LineDto, { max: 3, short: 'description', optional: true }) others?: LineDto[];
}
class EditPartsDto extends PatchOf(PartsDto) {}

const seen: RequestContext[] = [];

@Controller('v1/organisations/:org/things')
class ThingsController {
  @Post()
  @Requires('things:create')
  create(@Context() context: RequestContext, @Body() body: ThingDto): CommandAnswer {
    seen.push(context);
    if (body.name === 'taken') throw conflict('name-taken', 'There is such a thing');
    if (body.name === 'away') throw new StoreUnavailable('the disk is full at /secret/path');
    if (body.name === 'unknown') throw new OutcomeUnknown('timed out');
    if (body.name === 'bug') throw new TypeError('reading jane@example.com of undefined');
    return new CommandAnswer(id, 0, '41', true, { number: 7 });
  }

  @Get()
  @Requires('things:read')
  list(@Context() context: RequestContext, @Query() query: PageQuery): QueryAnswer {
    seen.push(context);
    if (query.after === 'away') throw new ViewsUnavailable('disk I/O error at /secret/path');
    if (query.after === 'newer') throw new EventFromNewerVersion('An event Thing has version 9');
    if (query.after === 'unknown') throw new UnknownEventType('ThingRenamed');
    if (query.after === 'stale') throw new InvalidCursor('generation 3 is gone');
    return new QueryAnswer({ items: [], next: null }, '42');
  }

  @Get('report')
  @Requires('things:read')
  report(@Query('at') at: string | undefined): object {
    return { at: at ?? null };
  }

  @Get(':id')
  @Requires('things:read')
  get(@Context() context: RequestContext, @Param('id') thing: string): QueryAnswer {
    seen.push(context);
    return new QueryAnswer({ id: thing, revision: 3 }, '42', 3);
  }

  @Patch(':id')
  @Requires('things:create')
  edit(@Param('id') thing: string, @Body() body: EditPartsDto): CommandAnswer {
    return new CommandAnswer(thing, 1, '43', false, { body });
  }

  @Post(':id/close')
  @Requires('things:close')
  close(@Context() context: RequestContext, @Param('id') thing: string): CommandAnswer {
    seen.push(context);
    return new CommandAnswer(thing, 4, '43', false);
  }

  @Post(':id/copy')
  @Requires('things:create', { collection: '/v1/organisations/:org/things' })
  copy(): CommandAnswer {
    return new CommandAnswer(id, 0, '44', true);
  }

  @Post('search')
  @Requires('things:read')
  search(): QueryAnswer {
    return new QueryAnswer({ found: 0 }, undefined);
  }

  @Post('import')
  @Requires('things:import')
  @Streams('text/csv')
  async import(@Context() context: RequestContext, @Upload() upload: Readable): Promise<object> {
    seen.push(context);
    let bytes = 0;
    for await (const chunk of upload) bytes += (chunk as Buffer).length;
    return { bytes, rss: process.memoryUsage().rss };
  }

  @Get('broken/stream')
  @Requires('things:read')
  stream(): Readable {
    return Readable.from(
      (async function* () {
        yield 'half';
        throw new Error('the other half is gone');
      })(),
    );
  }
}

@Controller('v1')
class OtherController {
  @Post('sessions')
  @Requires('public', { secret: true })
  signIn(@Context() context: RequestContext, @Body() body: ThingDto): object {
    seen.push(context);
    return { accessToken: body.name };
  }

  @Post('accept')
  @Requires('token')
  accept(@Context() { principal }: RequestContext): object {
    return { by: principal?.userId ?? null };
  }

  @Get('me')
  @Requires('own')
  me(@Context() context: RequestContext): QueryAnswer {
    seen.push(context);
    return new QueryAnswer({ id: context.principal!.userId }, '42');
  }

  @Delete('sessions/current')
  @HttpCode(204)
  @Requires('own')
  signOut(): void {}
}

interface Refused {
  organisation: string;
  permission: string;
  because: string;
  userId: string | undefined;
}
const refusals: Refused[] = [];
const parts = { store: 'ok', views: 'ok' };
let authoriserFails = false;

/** `Bearer <user>`: nobody knows `stranger`, `dead` has signed out, `reader` may read only. */
const ports = [
  {
    provide: AUTHENTICATOR,
    useValue: {
      authenticate: async (bearer: string) => (['bad', 'dead'].includes(bearer) ? undefined : { userId: bearer }),
    },
  },
  {
    provide: AUTHORISER,
    useValue: {
      authorise: async ({ userId }: Principal, organisation: string, permission: string) => {
        if (authoriserFails) throw new Error('connection refused to store.internal');
        if (organisation !== org || userId === 'stranger') return { allowed: false, because: 'stranger' };
        if (userId === 'reader' && permission !== 'things:read') return { allowed: false, because: 'area' };
        return { allowed: true, authority: { permission }, reach: { tokens: [`user:${userId}`] } };
      },
    },
  },
  {
    provide: EVIDENCE,
    useValue: {
      refused: async ({ organisation, permission, principal }: RequestContext, because: string) =>
        void refusals.push({ organisation, permission, because, userId: principal?.userId }),
    },
  },
  {
    provide: KNOWN_PERMISSIONS,
    useValue: new Map(
      ['read', 'create', 'close', 'import'].map((action) => [`things:${action}`, `To ${action} things`]),
    ),
  },
  { provide: VAULT, useValue: { secret: async () => new Uint8Array(32).fill(1) } },
  { provide: READ_MODEL, useValue: {} },
  { provide: VIEW_GAUGE, useValue: {} },
  {
    provide: HEALTH_PARTS,
    useValue: (Object.keys(parts) as (keyof typeof parts)[]).map((name) => ({ name, check: async () => parts[name] })),
  },
];

@Global()
@Module({ providers: ports, exports: ports })
class PortsModule {}

const log: string[] = [];
const logger = createLogger('info', { write: (line: string) => void log.push(line) });

interface Running {
  app: NestFastifyApplication;
  edge: Edge;
  url: string;
}

async function start(controllers: Type[], environment: Record<string, string> = {}): Promise<Running> {
  const settings = readSettings(environment);
  @Module({
    imports: [ConfigModule.of(settings), TelemetryModule.of(logger), PortsModule, HttpModule],
    controllers,
  })
  class AppModule {}
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, httpAdapter(settings), nestOptions(logger));
  const edge = setUpHttp(app, { version: '1.2.3' });
  try {
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close();
    throw error;
  }
  return { app, edge, url: await app.getUrl() };
}

let running: Running;
beforeAll(async () => {
  running = await start([ThingsController, OtherController]);
});
afterAll(async () => {
  await running.edge.close(1000);
});

const things = `/v1/organisations/${org}/things`;
const as = (user: string, headers: Record<string, string> = {}): Record<string, string> => ({
  authorization: `Bearer ${user}`,
  ...headers,
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(running.url + path, { headers });
const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(running.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
  });

// eslint-disable-next-line @typescript-eslint/no-explicit-any
const json = (response: Response): Promise<any> => response.json();

/** Status, and code of the problem where it is one in due form. */
async function outcome(asked: Promise<Response>): Promise<string> {
  const response = await asked;
  if (response.ok) return String(response.status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = await json(response);
  expect(problem).toMatchObject({
    type: `urn:countersign:problem:${problem.code}`,
    title: expect.any(String),
    status: response.status,
    detail: expect.any(String),
  });
  return `${response.status} ${problem.code}`;
}
const sent = (request: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(running.url).port), '127.0.0.1', () => socket.write(request));
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });

describe('what is asked first', () => {
  const broken = '{"name":';

  it('who, then member, then area, then the body', async () => {
    expect(await outcome(post(things, broken))).toBe('401 unauthenticated');
    expect(await outcome(post(things, broken, as('bad')))).toBe('401 unauthenticated');
    expect(await outcome(post(things, broken, { authorization: 'Basic abc' }))).toBe('401 unauthenticated');
    expect(await outcome(post(things, broken, as('dead')))).toBe('401 unauthenticated');
    expect(await outcome(post(things, broken, as('stranger')))).toBe('404 not-found');
    expect(await outcome(post(things, broken, as('reader')))).toBe('403 permission-denied');
    expect(await outcome(post(things, broken, as('ada')))).toBe('400 validation-failed');
    expect(await outcome(post(things, { name: 'taken' }, as('ada')))).toBe('409 conflict');
    expect(await outcome(post(things, { name: 'fine' }, as('ada')))).toBe('201');
  });

  it('an unknown organisation, one that is not one, and one of others look alike', async () => {
    const answers = await Promise.all(
      [org, unknownOrg, 'nonsense', '..%2f', org.toUpperCase()].map(async (name) => {
        const response = await get(`/v1/organisations/${name}/things`, as('stranger'));
        return [response.status, await response.text()];
      }),
    );
    expect(new Set(answers.map(String)).size).toBe(1);
    expect(answers[0]![0]).toBe(404);
  });

  it('a refusal says which permission is missing, and is evidence', async () => {
    refusals.length = 0;
    const response = await post(`${things}/${id}/close`, {}, as('reader'));
    expect(await response.json()).toMatchObject({
      permission: 'things:close',
      detail: 'This needs the permission things:close',
    });
    await get(things, as('stranger'));
    await get(`/v1/organisations/${unknownOrg}/things`, as('ada'));
    expect(refusals).toEqual([
      { organisation: org, permission: 'things:close', because: 'area', userId: 'reader' },
      { organisation: org, permission: 'things:read', because: 'stranger', userId: 'stranger' },
      { organisation: unknownOrg, permission: 'things:read', because: 'stranger', userId: 'ada' },
    ]);
  });

  it('401 says how to come in', async () => {
    expect((await get('/v1/me')).headers.get('www-authenticate')).toBe('Bearer');
  });

  it('nothing opens while access cannot be decided', async () => {
    authoriserFails = true;
    try {
      const response = await get(things, as('ada'));
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('1');
      expect(await response.text()).not.toContain('internal');
    } finally {
      authoriserFails = false;
    }
  });

  it('a token speaks for itself; who is signed in is known', async () => {
    expect(await (await post('/v1/accept', {})).json()).toEqual({ by: null });
    expect(await (await post('/v1/accept', {}, as('bad'))).json()).toEqual({ by: null });
    expect(await (await post('/v1/accept', {}, as('dead'))).json()).toEqual({ by: null });
    expect(await (await post('/v1/accept', {}, as('ada'))).json()).toEqual({ by: 'ada' });
  });
});

describe('a body', () => {
  const refusedAs = (body: unknown, headers: Record<string, string> = {}): Promise<string> =>
    outcome(post(things, body, as('ada', headers)));

  it.each([
    [''],
    ['[]'],
    ['null'],
    ['{"name":"a\\u0000"}'],
    ['{"name":"\\ud800"}'],
    ['{"na\\u0000me":"a"}'],
    ['{"name":"a","__proto__":{"size":1}}'],
    ['{"name":"a","constructor":{"prototype":{}}}'],
    ['{"name":"a","hasOwnProperty":1}'],
    ['{"name":"a","lines":[{"description":"x","quantity":1e999}]}'],
    ['{"name":["a"]}'],
    ['{"name":7}'],
    ['{"name":"a","size":"7"}'],
    ['{"name":"a","size":-1}'],
    ['{"name":"a","extra":1}'],
    ['['.repeat(100)],
  ])('%j is refused', async (body) => {
    expect(await refusedAs(body)).toBe('400 validation-failed');
  });

  it('names the fields, never the values', async () => {
    const response = await post(
      things,
      { name: 'x'.repeat(51), lines: [{ quantity: 'hunter2' }], color: 'hunter2' },
      as('ada'),
    );
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      errors: [
        { field: 'color', message: 'is not a field of this request' },
        { field: 'name', message: 'must be at most 50 characters long' },
        { field: 'lines.0.description', message: 'is required' },
        { field: 'lines.0.quantity', message: expect.stringContaining('must be a decimal') },
      ],
    });
    expect(text).not.toContain('hunter2');
  });

  it('that is no JSON is not supported', async () => {
    expect(await refusedAs('name=a', { 'content-type': 'application/x-www-form-urlencoded' })).toBe(
      '415 unsupported-media-type',
    );
    expect(await refusedAs('{}', { 'content-type': 'text/plain' })).toBe('415 unsupported-media-type');
    expect(await refusedAs('{}', { 'content-type': 'nonsense' })).toBe('415 unsupported-media-type');
    expect(await refusedAs('{}', { 'content-encoding': 'gzip' })).toBe('415 unsupported-media-type');
    expect(await refusedAs('a,b', { 'content-type': 'text/csv' })).toBe('415 unsupported-media-type');
    expect(await refusedAs({ name: 'a' }, { 'content-type': 'application/json; charset=utf-8' })).toBe('201');
  });

  it('may be missing where there are no fields', async () => {
    const close = `${running.url}${things}/${id}/close`;
    expect(await outcome(fetch(close, { method: 'POST', headers: as('ada') }))).toBe('200');
    expect(await outcome(post(`${things}/${id}/close`, '', as('ada')))).toBe('200');
    expect(await outcome(post(`${things}/${id}/close`, {}, as('ada')))).toBe('200');
    expect(await outcome(post(`${things}/${id}/close`, { force: true }, as('ada')))).toBe('400 validation-failed');
    expect(await outcome(fetch(running.url + things, { method: 'POST', headers: as('ada') }))).toBe(
      '400 validation-failed',
    );
  });

  it('of 10 MiB is too large, and is not kept', async () => {
    const large = new Uint8Array(10 * 1024 * 1024).fill(0x20);
    expect(await refusedAs(large)).toBe('413 too-large');
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 50; i++) expect(await refusedAs(large)).toBe('413 too-large');
    // 500 MiB were sent, by a client in this very process.
    expect(process.memoryUsage().rss - before).toBeLessThan(250 * 1024 * 1024);
  });

  it('of 10 MiB in chunks of unknown number is too large as well', async () => {
    const chunks = Readable.from(
      (function* () {
        for (let i = 0; i < 160; i++) yield Buffer.alloc(65_536, 0x20);
      })(),
    );
    const response = fetch(running.url + things, {
      method: 'POST',
      headers: as('ada', { 'content-type': 'application/json' }),
      body: Readable.toWeb(chunks) as ReadableStream,
      duplex: 'half',
    });
    expect(await outcome(response)).toBe('413 too-large');
  });

  it('of somebody who may not is not waited for', async () => {
    const large = new Uint8Array(10 * 1024 * 1024).fill(0x20);
    expect(await outcome(post(things, large))).toBe('401 unauthenticated');
    expect(await outcome(post(`${things}/import`, large, as('reader', { 'content-type': 'text/csv' })))).toBe(
      '403 permission-denied',
    );
  });

  it('is a stream where the route says so, whatever its size', async () => {
    const large = new Uint8Array(30 * 1024 * 1024).fill(0x61);
    const response = await post(`${things}/import`, large, as('ada', { 'content-type': 'text/csv; charset=utf-8' }));
    expect(await response.json()).toMatchObject({ bytes: large.length });
    expect(seen.at(-1)).not.toHaveProperty('body');
    expect(await outcome(post(`${things}/import`, {}, as('ada')))).toBe('415 unsupported-media-type');
  });
});

describe('conditions', () => {
  const create = (headers: Record<string, string>): Promise<string> =>
    outcome(post(things, { name: 'a' }, as('ada', headers)));
  const context = (): RequestContext => seen.at(-1)!;

  it('reach the handler', async () => {
    const { headers } = await post(things, { name: 'a' }, as('ada'));
    const position = headers.get('countersign-position')!;
    await get(`${things}/${id}`, as('ada', { 'countersign-at-least': position, 'user-agent': 'x'.repeat(400) }));
    expect(context()).toMatchObject({
      principal: { userId: 'ada' },
      organisation: org,
      permission: 'things:read',
      route: 'GET /v1/organisations/:org/things/:id',
      source: { ip: '127.0.0.1', userAgent: 'x'.repeat(300) },
      reach: { tokens: ['user:ada'] },
      authority: { permission: 'things:read' },
      atLeast: '41',
    });
    await get('/v1/me', as('ada', { 'countersign-at-least': position }));
    expect(context()).toMatchObject({ atLeast: '41', organisation: '', permission: 'own' });
    await create({ 'if-match': '"12"', 'idempotency-key': 'a b~' });
    expect(context()).toMatchObject({ ifMatch: 12, idempotencyKey: 'a b~', body: { name: 'a' } });
    await create({ 'if-match': '*' });
    expect(context()).not.toHaveProperty('ifMatch');
  });

  it.each([
    { 'if-match': '12' },
    { 'if-match': 'W/"12"' },
    { 'if-match': '"1", "2"' },
    { 'if-match': '"-1"' },
    { 'if-match': '"01"' },
    { 'idempotency-key': '' },
    { 'idempotency-key': 'x'.repeat(201) },
    { 'idempotency-key': 'caf\u00e9' },
    { 'countersign-at-least': '41' },
    { 'countersign-at-least': 'x'.repeat(100) },
  ])('such as %j are refused', async (headers) => {
    expect(await create(headers as Record<string, string>)).toBe('400 validation-failed');
  });

  it('have no idempotency where there is no person, or the answer is a secret', async () => {
    await post('/v1/sessions', { name: 'a' }, { 'idempotency-key': 'k' });
    expect(context()).not.toHaveProperty('idempotencyKey');
    await get(things, as('ada', { 'idempotency-key': 'k', 'if-match': 'nonsense' }));
    expect(context()).not.toHaveProperty('idempotencyKey');
  });

  it('carry ids of the client where those are harmless', async () => {
    const answer = await get(things, as('ada', { 'x-request-id': 'abc_1-2', 'x-correlation-id': 'job-7' }));
    expect(answer.headers.get('x-request-id')).toBe('abc_1-2');
    expect(context()).toMatchObject({ requestId: 'abc_1-2', correlationId: 'job-7' });
    const other = await get(things, as('ada', { 'x-request-id': 'a b', 'x-correlation-id': 'x'.repeat(65) }));
    expect(other.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(context().correlationId).toBe(other.headers.get('x-request-id'));
  });
});

describe('answers', () => {
  it('of a command that made something', async () => {
    const response = await post(things, { name: 'a' }, as('ada'));
    const body = await json(response);
    expect(response.status).toBe(201);
    expect(body).toEqual({ id, revision: 0, position: expect.stringMatching(/^[\w-]{20,}$/), number: 7 });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      etag: '"0"',
      'countersign-position': body.position,
      location: `${things}/${id}`,
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect((await post(`${things}/${id}/copy`, {}, as('ada'))).headers.get('location')).toBe(`${things}/${id}`);
  });

  it('of a command that changed something', async () => {
    const response = await post(`${things}/${id}/close`, {}, as('ada'));
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toBe('"4"');
    expect(response.headers.get('location')).toBeNull();
  });

  it('of a query', async () => {
    const response = await get(`${things}/${id}`, as('ada'));
    expect(await response.json()).toEqual({ id, revision: 3 });
    expect(response.headers.get('etag')).toBe('"3"');
    expect(response.headers.get('countersign-position')).toMatch(/^[\w-]{20,}$/);
    const search = await post(`${things}/search`, {}, as('ada'));
    expect([search.status, search.headers.get('countersign-position')]).toEqual([200, null]);
  });

  it('of anything else', async () => {
    expect((await post('/v1/sessions', { name: 'a' })).status).toBe(201);
    const signedOut = await fetch(`${running.url}/v1/sessions/current`, { method: 'DELETE', headers: as('ada') });
    expect([signedOut.status, await signedOut.text()]).toEqual([204, '']);
  });

  it('to an id that is none are those to a record that is not there', async () => {
    await get(`${things}/nonsense%00`, as('ada'));
    const answer = await get(`${things}/nonsense%00`, as('ada'));
    expect(await answer.json()).toMatchObject({ id: '00000000-0000-0000-0000-000000000000' });
  });
});

describe('a query', () => {
  it.each([
    [`${things}?limit=5`, '200'],
    [`${things}?limit=500`, '400 validation-failed'],
    [`${things}?limit=5&limit=6`, '400 validation-failed'],
    [`${things}?colour=red`, '400 validation-failed'],
    [`${things}?after=a%00`, '400 validation-failed'],
    [`${things}?after=stale`, '400 validation-failed'],
    [`${things}/report?at=2026-01-01`, '200'],
    [`${things}/report?at=1&at=2`, '400 validation-failed'],
    [`${things}/report?to=1`, '400 validation-failed'],
    [`${things}/${id}?x=1`, '400 validation-failed'],
    [`${things}?%ff=%zz`, '400 validation-failed'],
  ])('%s: %s', async (path, expected) => {
    expect(await outcome(get(path, as('ada')))).toBe(expected);
  });
});

describe('a problem', () => {
  it('is what is answered everywhere else', async () => {
    expect(await outcome(get('/'))).toBe('404 not-found');
    expect(await outcome(get('/v1/nothing'))).toBe('404 not-found');
    expect(await outcome(post('/nothing', new Uint8Array(10 * 1024 * 1024)))).toBe('404 not-found');
    expect(await outcome(post('/nothing', '{"broken'))).toBe('404 not-found');
    expect(await outcome(fetch(`${running.url}${things}`, { method: 'PUT' }))).toBe('404 not-found');
    expect(await outcome(get('/v1/organisations/%zz/things'))).toBe('400 validation-failed');
    expect(await outcome(get(`${things}/${'x'.repeat(500)}`, as('ada')))).toBe('404 not-found');
  });

  it('carries the request id, with a malformed URL too', async () => {
    expect((await get('/v1/%zz', { 'x-request-id': 'r7' })).headers.get('x-request-id')).toBe('r7');
    expect((await get('/nothing', { 'x-request-id': 'r8' })).headers.get('x-request-id')).toBe('r8');
  });

  it('is what a request gets that is no HTTP', async () => {
    const nonsense = await sent('GARBAGE\r\n\r\n');
    expect(nonsense).toMatch(/^HTTP\/1.1 400 [^]*application\/problem\+json[^]*"code":"validation-failed"/);
    const headers = await sent(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`);
    expect(headers).toMatch(/^HTTP\/1.1 431 [^]*"code":"too-large"/);
  });

  it('is a 503 while the store is away, and says nothing about it', async () => {
    const away = await post(things, { name: 'away' }, as('ada'));
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await away.text()).not.toContain('secret');
    expect(await outcome(post(things, { name: 'unknown' }, as('ada')))).toBe('503 unavailable');
  });

  it('is a 503 while the views cannot be read, and says nothing about them', async () => {
    const away = await get(`${things}?after=away`, as('ada'));
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await away.json()).toMatchObject({ code: 'unavailable', detail: 'This cannot be read now; try again' });
  });

  it.each(['newer', 'unknown'])('is a 503 for a record with an event of a newer version (%s)', async (after) => {
    const away = await get(`${things}?after=${after}`, as('ada'));
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await away.json()).toMatchObject({
      code: 'unavailable',
      detail: 'A newer version of the server wrote this record; another node can read it',
    });
  });

  it('is a 500 for a mistake of ours, logged with its request id and without personal data', async () => {
    log.length = 0;
    const response = await post(things, { name: 'bug' }, as('ada', { 'x-request-id': 'bug-1' }));
    expect(await response.json()).toMatchObject({ status: 500, code: 'internal' });
    const line = log.map((text) => JSON.parse(text)).find(({ level }) => level === 'error');
    expect(line).toMatchObject({
      requestId: 'bug-1',
      route: 'POST /v1/organisations/:org/things',
      err: { type: 'TypeError' },
    });
    expect(log.join('')).not.toContain('jane@example.com');
  });

  it('cannot be told once an answer has begun, so the connection breaks', async () => {
    const broken = get(`${things}/broken/stream`, as('ada')).then((response) => response.text());
    await expect(broken).rejects.toThrow();
  });
});

describe('operations', () => {
  it('log one line a request, without anything of its content', async () => {
    log.length = 0;
    await get(`${things}?after=secret-cursor`, as('ada', { 'x-request-id': 'line-1' }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const lines = log.map((text) => JSON.parse(text)).filter(({ message }) => message === 'request');
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.any(String),
        requestId: 'line-1',
        method: 'GET',
        route: '/v1/organisations/:org/things',
        status: 200,
        ms: expect.any(Number),
        organisation: org,
        message: 'request',
      },
    ]);
  });

  it('count commands and time requests', async () => {
    await post(things, { name: 'a' }, as('reader'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const response = await get('/metrics');
    const text = await response.text();
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(text).toMatch(/countersign_commands_total\{permission="things:create",outcome="permission-denied"\} \d/);
    expect(text).toMatch(/countersign_commands_total\{permission="things:create",outcome="accepted"\} \d/);
    expect(text).toContain(
      'countersign_http_request_duration_seconds_bucket{le="0.01",method="POST",route="/v1/organisations/:org/things",status="403"}',
    );
    expect(text).not.toContain(org);
  });

  it('tell whether the node is well, and what is not', async () => {
    expect(await (await get('/health/live')).json()).toEqual({ status: 'ok' });
    expect(await (await get('/health/ready')).json()).toEqual({ status: 'ok', parts: { store: 'ok', views: 'ok' } });
    parts.views = 'invoices stopped at an event';
    try {
      const response = await get('/health/ready');
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({
        status: 'unavailable',
        parts: { views: 'invoices stopped at an event' },
      });
    } finally {
      parts.views = 'ok';
    }
  });

  it('describe themselves in valid OpenAPI, each route with its permission and problems', async () => {
    const document = await json(await get('/openapi.json'));
    const result = await new Validator().validate(structuredClone(document));
    expect(result).toMatchObject({ valid: true });
    expect(document.openapi).toBe('3.1.0');
    const create = document.paths['/v1/organisations/{org}/things'].post;
    expect(create.description).toContain('Permission: `things:create` (To create things)');
    expect(create.security).toEqual([{ bearer: [] }]);
    expect(Object.keys(create.responses)).toEqual([
      '200',
      '201',
      '400',
      '401',
      '403',
      '404',
      '409',
      '413',
      '415',
      '422',
      '429',
      '503',
    ]);
    expect(create.parameters.map(({ name }: { name: string }) => name)).toEqual(['org', 'Idempotency-Key']);
    expect(document.components.schemas.ThingDto.properties.lines).toMatchObject({ type: 'array', maxItems: 3 });
    const { EditPartsDto: parts, LineDto: entry } = document.components.schemas;
    expect(entry.properties.quantity).toMatchObject({ type: ['string', 'number'], format: 'decimal' });
    expect(parts.properties.price).toMatchObject({ type: ['string', 'null', 'number'] });
    expect(parts.properties.others.items).toEqual({
      oneOf: [{ type: 'string' }, { $ref: '#/components/schemas/LineDto' }],
    });
    expect(document.paths['/v1/sessions'].post.security).toEqual([]);
    expect(document.paths['/v1/organisations/{org}/things/import'].post.requestBody.content).toHaveProperty([
      'text/csv',
    ]);
    const list = document.paths['/v1/organisations/{org}/things'].get;
    expect(list.parameters.map(({ name }: { name: string }) => name)).toEqual([
      'org',
      'limit',
      'after',
      'Countersign-At-Least',
    ]);
  });

  it('have a reader that loads nothing from elsewhere', async () => {
    const page = await get('/docs');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const html = await page.text();
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect((await get(`/${file}`)).status).toBe(200);
    expect(await outcome(get('/docs/../package.json'))).toBe('404 not-found');
    expect(await outcome(get('/docs/nothing.js'))).toBe('404 not-found');
  });
});

describe('limits', () => {
  it('hold for people who are signed in where RATE_LIMIT says so', async () => {
    const other = await start([OtherController], { RATE_LIMIT: '3' });
    try {
      const statuses = await Promise.all(
        Array.from({ length: 5 }, async () => (await fetch(`${other.url}/v1/me`, { headers: as('ada') })).status),
      );
      expect(statuses.sort()).toEqual([200, 200, 200, 429, 429]);
      const refused = await fetch(`${other.url}/v1/me`, { headers: as('ada') });
      expect(refused.headers.get('retry-after')).toBe('1');
    } finally {
      await other.edge.close(1000);
    }
  });
});

describe('addresses', () => {
  it('are those that trusted proxies tell', async () => {
    const ips: string[] = [];
    for (const trust of ['false', '1', 'loopback', '10.0.0.0/8']) {
      const other = await start([OtherController], { TRUST_PROXY: trust });
      await fetch(`${other.url}/v1/me`, {
        headers: as('ada', { 'x-forwarded-for': '203.0.113.9, ::ffff:198.51.100.7' }),
      });
      ips.push(seen.at(-1)!.source.ip);
      await other.edge.close(1000);
    }
    expect(ips).toEqual(['127.0.0.1', '198.51.100.7', '198.51.100.7', '127.0.0.1']);
  });
});

describe('the boot', () => {
  @Controller('v1/bare')
  class BareController {
    @Get()
    get(): object {
      return {};
    }
  }
  @Controller('v1/organisations/:org/misspelt')
  class MisspeltController {
    @Get()
    @Requires('thing:read')
    get(): object {
      return {};
    }
  }
  @Controller('v1/homeless')
  class HomelessController {
    @Get()
    @Requires('things:read')
    get(): object {
      return {};
    }
  }

  @Controller('v1/organisations/:org/open')
  class OpenController {
    @Get()
    @Requires('public')
    get(): object {
      return {};
    }
  }

  it.each<[Type, string]>([
    [OpenController, 'GET /v1/organisations/:org/open is public, but under :org only members may ask anything'],
    [BareController, 'GET /v1/bare has no @Requires()'],
    [
      MisspeltController,
      'GET /v1/organisations/:org/misspelt requires thing:read, which is neither in the permission catalogue nor a mark',
    ],
    [HomelessController, 'GET /v1/homeless requires things:read, but has no :org to hold it in'],
  ])('fails for one: %#', async (controller, message) => {
    await expect(start([controller])).rejects.toThrow(message);
  });
});

describe('the end', () => {
  it('finishes what it is doing, and closes connections', async () => {
    const { edge, url, app } = await start([ThingsController]);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    await once(socket, 'connect');
    const body = 'a,b\n';
    const began = Date.now();
    socket.write(
      `POST ${things}/import HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ada\r\nContent-Type: text/csv\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    const ended = edge.close(5000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.write(body);
    await Promise.all([once(socket, 'close'), ended]);
    expect(answer).toMatch(/^HTTP\/1.1 201 [^]*"bytes":4/);
    expect(Date.now() - began).toBeLessThan(2000);
    expect(app.getHttpServer().listening).toBe(false);
    await expect(fetch(`${url}/health/live`)).rejects.toThrow();
  });

  it('is not ready while it shuts down, and cuts off who does not end', async () => {
    const { edge, url } = await start([ThingsController]);
    const idle = connect(Number(new URL(url).port), '127.0.0.1');
    await once(idle, 'connect');
    idle.write(
      `POST ${things}/import HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ada\r\nContent-Type: text/csv\r\nContent-Length: 10\r\n\r\n`,
    );
    idle.on('error', () => undefined);
    const kept = connect(Number(new URL(url).port), '127.0.0.1');
    await once(kept, 'connect');
    kept.write('GET /health/ready HTTP/1.1\r\nHost: a\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    let answer = '';
    kept.on('data', (chunk) => (answer += chunk.toString('latin1')));
    const ended = edge.close(300);
    kept.write('\r\n');
    await Promise.all([ended, once(idle, 'close'), once(kept, 'close')]);
    expect(answer).toMatch(/^HTTP\/1.1 503 [^]*connection: close[^]*"server":"shutting down"/i);
  });
});

it('a refusal of Nest itself is a problem too', async () => {
  const { HttpException } = await import('@nestjs/common');
  const { refusalOf } = await import('./problem.js');
  expect(refusalOf(new HttpException('secret', 418))).toBeInstanceOf(Refusal);
  expect(refusalOf(new HttpException('secret', 500))).toBeUndefined();
});
