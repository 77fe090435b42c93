import { randomUUID } from 'node:crypto';
import { describeIf } from '../support/available.js';
import type { Client, Json } from '../support/client.js';
import { found, join, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { hasRoles, ROLES_MISSING, type RoleRow, roleRows } from '../support/shared.js';

interface Route {
  readonly method: string;
  readonly path: string;
  readonly permission: string;
  readonly mediaType: string | undefined;
}

const variantOf = ({ role, switches, readOnly }: RoleRow): string =>
  JSON.stringify(role === 'primary' ? { role } : { role, switches, readOnly });

describeIf(hasRoles, ROLES_MISSING, 'every route against every role', () => {
  let server: Server;
  let organisation: string;
  let routes: readonly Route[];
  const people = new Map<string, Client>();
  const may = new Map<string, Map<string, RoleRow['may']>>();

  beforeAll(async () => {
    server = await Server.start();
    const owner = await signUp(server, 'primary@walk.example');
    organisation = await found(owner);
    for (const row of roleRows()) {
      const variant = variantOf(row);
      const own = may.get(variant) ?? new Map<string, RoleRow['may']>();
      may.set(variant, own.set(row.permission, row.may));
    }
    for (const variant of may.keys()) {
      const grant = JSON.parse(variant) as { role: string };
      const person =
        grant.role === 'primary'
          ? owner
          : await join(server, owner, organisation, `p${people.size}@walk.example`, [grant]);
      people.set(variant, person);
    }
    routes = routesOf((await server.client().get('/openapi.json')).body);
  }, 120_000);

  afterAll(() => server.dispose());

  it('has routes that name permissions, and 24 kinds of people', () => {
    expect(people.size).toBe(24);
    expect(routes.length).toBeGreaterThan(30);
    expect(routes.filter(({ permission }) => !may.get('{"role":"primary"}')!.has(permission))).toEqual([]);
  });

  it('lets in whom the table lets in, and nobody else', async () => {
    const wrong: string[] = [];
    for (const [variant, person] of people) {
      for (const { method, path, permission, mediaType } of routes) {
        const url = path.replace('{org}', organisation).replace(/\{\w+\}/g, () => randomUUID());
        const body = method === 'GET' || method === 'DELETE' ? undefined : mediaType === 'text/csv' ? 'x' : {};
        const headers = mediaType === 'text/csv' ? { 'content-type': mediaType } : {};
        const answer = await person.send(method, url, body, headers);
        const expected = may.get(variant)!.get(permission) === 'no' ? 'refused' : 'let in';
        const refused =
          answer.status === 403 && answer.body.code === 'permission-denied' && answer.body.permission === permission;
        if (answer.status >= 500 || answer.status === 401 || (refused ? 'refused' : 'let in') !== expected) {
          wrong.push(`${variant} ${method} ${path} (${permission}): ${answer.status}, should be ${expected}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  }, 180_000);

  it('shows each of them whom the table would let in, by access/check', async () => {
    const owner = people.get('{"role":"primary"}')!;
    const matrix = await owner.get(`/v1/organisations/${organisation}/access/matrix`);
    expect(matrix.status).toBe(200);
    const held = new Map<string, Map<string, string>>();
    for (const { userId, permissions } of matrix.body.items as Json[]) {
      held.set(userId, new Map((permissions as Json[]).map(({ permission, scope }) => [permission, scope])));
    }
    const wrong: string[] = [];
    for (const [variant, person] of people) {
      for (const [permission, expected] of may.get(variant)!) {
        const scope = held.get(person.userId!)?.get(permission);
        const answered = scope === undefined ? 'no' : scope === 'all' ? 'yes' : scope;
        if (answered !== expected) wrong.push(`${variant} ${permission}: ${answered}, should be ${expected}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('shows nobody outside that there is anything', async () => {
    const stranger = await signUp(server, 'stranger@walk.example');
    const seen = new Set<string>();
    for (const { method, path } of routes) {
      const elsewhere = path.replace('{org}', organisation).replace(/\{\w+\}/g, () => randomUUID());
      const nowhere = path.replace('{org}', randomUUID()).replace(/\{\w+\}/g, () => randomUUID());
      for (const url of [elsewhere, nowhere]) {
        const { status, body } = await stranger.send(method, url, method === 'GET' ? undefined : {});
        seen.add(`${status} ${JSON.stringify(body)}`);
      }
    }
    expect(seen.size).toBe(1);
    expect([...seen][0]).toMatch(/^404 /);
  });
});

/** The routes of an organisation that ask for a permission, as the API describes itself. */
function routesOf(document: Json): readonly Route[] {
  return Object.entries(document.paths as Record<string, Record<string, Json>>).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) => {
      const permission: unknown = operation['x-permission'];
      if (typeof permission !== 'string' || !permission.includes(':')) return [];
      return [
        {
          method: method.toUpperCase(),
          path,
          permission,
          mediaType: Object.keys(operation.requestBody?.content ?? {})[0],
        },
      ];
    }),
  );
}
