import { Validator } from '@seriousme/openapi-schema-validator';
import { PERMISSION_LABELS } from '../../src/access/contract.js';
import type { Json } from '../support/client.js';
import { Server } from '../support/server.js';

describe('the description of the API', () => {
  let server: Server;
  let document: Json;

  beforeAll(async () => {
    server = await Server.start();
    document = (await server.client().get('/openapi.json')).body;
  });

  afterAll(() => server.dispose());

  const operations = (): { at: string; operation: Json }[] =>
    Object.entries(document.paths as Record<string, Record<string, Json>>).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ at: `${method.toUpperCase()} ${path}`, operation })),
    );

  it('is valid OpenAPI 3.1', async () => {
    expect(document.openapi).toMatch(/^3\.1/);
    const result = await new Validator().validate(document);
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
  });

  it('deletes accounts, sessions, keys, roles and the like, and nothing of the books or the studio', () => {
    const deleted = operations().flatMap(({ at }) => (at.startsWith('DELETE ') ? [at.slice('DELETE '.length)] : []));
    const org = '/v1/organisations/{org}';
    expect(deleted.sort()).toEqual([
      '/v1/me',
      '/v1/me/second-factor',
      '/v1/me/sessions',
      '/v1/me/sessions/{id}',
      `${org}/api-keys/{id}`,
      `${org}/primary/handover`,
      `${org}/roles/{role}`,
      `${org}/webhooks/{id}`,
      '/v1/sessions/current',
    ]);
  });

  it('says of each route which permission it asks for and which errors it answers', () => {
    expect(operations().length).toBeGreaterThan(45);
    for (const { at, operation } of operations()) {
      const { 'x-permission': permission, responses, security } = operation;
      expect({ at, permission }).toEqual({ at, permission: expect.any(String) });
      const codes = Object.keys(responses as object);
      expect({ at, codes }).toEqual({ at, codes: expect.arrayContaining(['503']) });
      if ((permission as string).includes(':')) {
        expect({ at, codes }).toEqual({ at, codes: expect.arrayContaining(['401', '403', '404']) });
        expect(security).not.toEqual([]);
        const told = `Permission: \`${permission}\` (${PERMISSION_LABELS.get(permission as string)})`;
        expect({ at, description: operation.description }).toEqual({ at, description: expect.stringContaining(told) });
      }
      expect({ at, answers: codes.some((code) => code.startsWith('2')) }).toEqual({ at, answers: true });
    }
  });

  it('has the routes of the contract that this release serves', () => {
    const routes = new Set(operations().map(({ at }) => at.replace('{org}', ':').replace(/\{\w+\}/g, ':')));
    const organisation = '/v1/organisations/:';
    const contract = [
      ...['POST /v1/accounts', 'POST /v1/accounts/verify', 'POST /v1/sessions', 'POST /v1/sessions/refresh'],
      ...['DELETE /v1/sessions/current', 'GET /v1/me', 'PATCH /v1/me', 'DELETE /v1/me', 'GET /v1/me/organisations'],
      ...['POST /v1/organisations', `GET ${organisation}`, `PATCH ${organisation}`, 'POST /v1/invitations/accept'],
      ...['POST', 'GET'].map((method) => `${method} ${organisation}/invitations`),
      ...['resend', 'cancel'].map((verb) => `POST ${organisation}/invitations/:/${verb}`),
      ...[`GET ${organisation}/members`, `PUT ${organisation}/members/:/roles`, `POST ${organisation}/leave`],
      ...['disable', 'enable', 'remove'].map((verb) => `POST ${organisation}/members/:/${verb}`),
      ...['GET', 'POST'].map((method) => `${method} ${organisation}/roles`),
      ...['GET', 'PUT', 'DELETE'].map((method) => `${method} ${organisation}/roles/:`),
      ...[`POST ${organisation}/roles/:/copy`, 'GET /v1/permissions'],
      ...['customers', 'products', 'invoices', 'credit-notes'].flatMap((area) => [
        `POST ${organisation}/${area}`,
        `GET ${organisation}/${area}`,
        `GET ${organisation}/${area}/:`,
      ]),
      ...['customers', 'products', 'invoices'].map((area) => `PATCH ${organisation}/${area}/:`),
      ...['issue', 'payments', 'void', 'discard', 'copy'].map((verb) => `POST ${organisation}/invoices/:/${verb}`),
      ...['issue', 'void'].map((verb) => `POST ${organisation}/credit-notes/:/${verb}`),
      ...[
        `GET ${organisation}/payment-accounts`,
        `POST ${organisation}/imports/invoices`,
        `GET ${organisation}/imports/:`,
      ],
      `GET ${organisation}/audit`,
    ];
    expect(contract.filter((route) => !routes.has(route))).toEqual([]);
  });

  it('can be read in a browser, without anything from elsewhere', async () => {
    const page = await fetch(`${server.url}/docs`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).not.toMatch(/(src|href)="https?:/);
  });
});
