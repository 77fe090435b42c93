import { randomUUID } from 'node:crypto';
import { describeIf } from '../support/available.js';
import type { Answer, Client, Json } from '../support/client.js';
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
  /** A contact of each customer. */
  const contacts = new Map<string, string>();
  /** A file with each purchase. */
  const attachments = new Map<string, string>();
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

  /** Every person at once, each of their requests after the one before. */
  const forEverybody = async (
    look: (person: Client, variant: string) => Promise<readonly string[]>,
  ): Promise<string[]> => (await Promise.all([...people].map(([variant, person]) => look(person, variant)))).flat();

  const call = (person: Client, { method, path, mediaType }: Route, id: () => string): Promise<Answer<Json>> => {
    const within: Readonly<Record<string, ReadonlyMap<string, string>>> = {
      contact: contacts,
      attachment: attachments,
    };
    const idOf = (name: string): string => within[name]?.get(id()) ?? id();
    const url = path.replace('{org}', organisation).replace(/\{(\w+)\}/g, (_, name: string) => idOf(name));
    if (method === 'GET') return person.get(url);
    const body = method === 'DELETE' ? undefined : mediaType === 'text/csv' ? 'x' : {};
    return person.send(method, url, body, mediaType === 'text/csv' ? { 'content-type': mediaType } : {});
  };

  it('lets in whom the table lets in, and nobody else', async () => {
    const wrong = await forEverybody(async (person, variant) => {
      const found: string[] = [];
      for (const route of routes) {
        const { method, path, permission } = route;
        const answer = await call(person, route, randomUUID);
        const expected = may.get(variant)!.get(permission) === 'no' ? 'refused' : 'let in';
        const refused =
          answer.status === 403 && answer.body.code === 'permission-denied' && answer.body.permission === permission;
        if (answer.status >= 500 || answer.status === 401 || (refused ? 'refused' : 'let in') !== expected)
          found.push(`${variant} ${method} ${path} (${permission}): ${answer.status}, should be ${expected}`);
      }
      return found;
    });
    expect(wrong).toEqual([]);
  }, 120_000);

  it('says the same of every row by access/check', async () => {
    let rows = 0;
    const wrong = await forEverybody(async (person, variant) => {
      const found: string[] = [];
      for (const [permission, expected] of may.get(variant)!) {
        rows += 1;
        const { status, body } = await person.get(
          `/v1/organisations/${organisation}/access/check?permission=${encodeURIComponent(permission)}`,
        );
        const answered = body.allowed === false ? 'no' : body.scope === 'all' ? 'yes' : body.scope;
        const explained = body.allowed === true ? body.because.length > 0 : body.missing === permission;
        if (status !== 200 || answered !== expected || !explained)
          found.push(`${variant} ${permission}: ${status} ${answered}, should be ${expected}`);
      }
      return found;
    });
    expect(wrong).toEqual([]);
    expect(rows).toBe(3072);
  }, 120_000);

  it('opens what is assigned, and what is not looks as if it were not there', async () => {
    const [assigned, unassigned] = [await recordsOf([...people.values()]), await recordsOf([])];
    const hidden = [403, 404];
    let asked = 0;
    const listOf = async (person: Client, route: Route, kind: string, scope: string): Promise<readonly string[]> => {
      const ids = ((await call(person, route, randomUUID)).body.items as Json[]).map(({ id }) => id as string);
      return [
        ...(ids.includes(assigned.get(kind)!) ? [] : ['the list lacks what is assigned']),
        ...(ids.includes(unassigned.get(kind)!) === (scope === 'yes') ? [] : ['the list is too long or too short']),
      ];
    };
    const recordOf = async (person: Client, route: Route, kind: string, scope: string): Promise<readonly string[]> => {
      const [mine, foreign, absent] = [
        await call(person, route, () => assigned.get(kind)!),
        await call(person, route, () => unassigned.get(kind)!),
        await call(person, route, randomUUID),
      ];
      // A body that is not valid is told before the record is looked for, whoever asks.
      const shouldLookAbsent = scope === 'assigned' || [400, 415].includes(absent.status);
      return [
        ...(hidden.includes(mine.status) || mine.status >= 500 ? [`assigned is answered ${mine.status}`] : []),
        ...((seen(foreign) === seen(absent)) === shouldLookAbsent
          ? []
          : [`unassigned is answered ${seen(foreign)}, absent ${seen(absent)}`]),
      ];
    };
    const walk = (those: readonly Route[]): Promise<string[]> =>
      forEverybody(async (person, variant) => {
        const found: string[] = [];
        for (const route of those) {
          const { method, path, permission } = route;
          const scope = may.get(variant)!.get(permission)!;
          const [, kind, item] = /^\/v1\/organisations\/\{org\}\/([\w-]+)(\/\{\w+\}.*)?$/.exec(path) ?? [];
          if (scope === 'no' || kind === undefined || !assigned.has(kind)) continue;
          if (item === undefined && method !== 'GET') continue;
          asked += 1;
          const wrong = await (item === undefined ? listOf : recordOf)(person, route, kind, scope);
          found.push(...wrong.map((what) => `${variant} ${method} ${path} (${permission}, ${scope}): ${what}`));
        }
        return found;
      });
    // Whoever archives and copies comes after everybody has looked.
    const wrong = [
      ...(await walk(routes.filter(({ method }) => method === 'GET'))),
      ...(await walk(routes.filter(({ method }) => method !== 'GET'))),
    ];
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(200);
  }, 120_000);

  it('finds by a search what may be opened, and nothing else', async () => {
    const [assigned, unassigned] = [await recordsOf([...people.values()]), await recordsOf([])];
    const wrong = await forEverybody(async (person, variant) => {
      const scopeOf = (area: string): string => may.get(variant)!.get(`${area}:read`)!;
      const found = async (q: string): Promise<readonly string[]> => {
        const { status, body } = await person.get(`/v1/organisations/${organisation}/search?q=${q}&limit=200`);
        if (status !== 200) return [`${status}`];
        return (body.items as Json[]).map(({ id }) => id as string);
      };
      const [byName, byTitle] = [await found('rosa'), await found('ball')];
      const looks: readonly (readonly [string, readonly string[], string])[] = [
        ['customers', byName, scopeOf('customers')],
        ['projects', byTitle, scopeOf('projects')],
        // By the name of their customer, for whoever sees that one.
        ['invoices', byName, scopeOf('customers') === 'no' ? 'no' : scopeOf('invoices')],
      ];
      return looks.flatMap(([area, ids, scope]) => {
        const seen = `${ids.includes(assigned.get(area)!)} ${ids.includes(unassigned.get(area)!)}`;
        const expected = `${scope !== 'no'} ${scope === 'yes'}`;
        return seen === expected ? [] : [`${variant} ${area} (${scope}): ${seen}`];
      });
    });
    expect(wrong).toEqual([]);
  }, 120_000);

  /** A record of every kind that can be assigned, all of one project to which these people are assigned. */
  async function recordsOf(team: readonly Client[]): Promise<ReadonlyMap<string, string>> {
    const owner = people.get('{"role":"primary"}')!;
    const make = async (
      area: string,
      body: object,
      headers: Readonly<Record<string, string>> = {},
    ): Promise<string> => {
      const made = await owner.post(`/v1/organisations/${organisation}/${area}`, body, headers);
      expect({ area, ...made }).toMatchObject({ area, status: 201 });
      for (const person of people.values()) person.reflect(made.headers.get('countersign-position')!);
      return made.body.id as string;
    };
    const customerId = await make('customers', { name: 'Rosa Klein' });
    contacts.set(customerId, await make(`customers/${customerId}/contacts`, { name: 'Otto Klein' }));
    const projectId = await make('projects', { title: 'Ball', customerId, assigned: team.map(({ userId }) => userId) });
    const lines = [{ description: 'Day', quantity: '1', unitPrice: '9' }];
    const supplierId = await make('suppliers', { name: 'Ink & Co' });
    const purchaseId = await make('purchases', { supplierId, projectId, date: '2026-03-01', lines });
    const pdf = { 'content-type': 'application/pdf' };
    attachments.set(purchaseId, await make(`purchases/${purchaseId}/attachments`, Buffer.from('%PDF-1.7\n'), pdf));
    return new Map([
      ['customers', customerId],
      ['address-book', customerId],
      ['projects', projectId],
      ['tasks', await make('tasks', { title: 'Call', projectId })],
      ['invoices', await make('invoices', { customerId, projectId, date: '2026-03-01', lines })],
      ['estimates', await make('estimates', { customerId, projectId, date: '2026-03-01', lines })],
      [
        'recurring-invoices',
        await make('recurring-invoices', { customerId, projectId, every: 'year', from: '2900-03-01', lines }),
      ],
      ['suppliers', supplierId],
      ['purchases', purchaseId],
      ['purchase-orders', await make('purchase-orders', { supplierId, projectId, date: '2026-03-01', lines })],
    ]);
  }

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

/** What a client sees of an answer, as one text. */
const seen = ({ status, body }: Answer<Json>): string => `${status} ${JSON.stringify(body)}`;

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
