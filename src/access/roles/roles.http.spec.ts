import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';
import { BUILT_IN_ROLES, PERMISSIONS } from '../contract.js';

const NOBODY = '01999999-9999-7999-8999-999999999999';

describe("an organisation's own roles over HTTP", () => {
  let server: Server;
  let owner: Client;
  let organisation: string;
  let at: string;

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'ann@hale.example', 'Ann', 'Hale');
  });
  afterAll(() => server.dispose());

  beforeEach(async () => {
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
  });

  const member = (name: string, ...roles: unknown[]): Promise<Client> =>
    join(server, owner, organisation, `${name}@${organisation}.example`, roles);
  const define = async (name: string, ...permissions: unknown[]): Promise<string> => {
    const made = await owner.post(`${at}/roles`, { name, permissions });
    expect(made.status).toBe(201);
    return made.body.id as string;
  };
  const edit = (client: Client, role: string, name: string, ...permissions: unknown[]): Promise<Answer<Json>> =>
    client.put(`${at}/roles/${role}`, { name, permissions });
  const give = (client: Client, to: Client, ...roles: unknown[]): Promise<Answer<Json>> =>
    client.put(`${at}/members/${to.userId!}/roles`, { roles });
  const check = async (client: Client, permission: string): Promise<Json> =>
    (await client.get(`${at}/access/check?permission=${permission}`)).body;
  const refusedBy = ({ status, body }: Answer<Json>): string =>
    `${status} ${body.rule ?? body.permission ?? body.code}`;

  describe('the catalogue', () => {
    it('tells whoever is signed in what a role can be made of', async () => {
      expect((await server.client().get('/v1/permissions')).status).toBe(401);
      const stranger = await signUp(server, `stranger@${organisation}.example`);
      const { status, body } = await stranger.get('/v1/permissions');
      expect(status).toBe(200);
      const areas = body.items as Json[];
      expect(areas.flatMap(({ permissions }) => permissions.map(({ permission }: Json) => permission))).toEqual(
        PERMISSIONS,
      );
      expect(areas.find(({ area }) => area === 'credit-notes')).toEqual({
        id: 'credit-notes',
        area: 'credit-notes',
        label: 'Credit notes',
        permissions: [
          { permission: 'credit-notes:read', label: 'See credit notes', reads: true },
          { permission: 'credit-notes:create', label: 'Draft credit notes', reads: false },
          { permission: 'credit-notes:issue', label: 'Issue credit notes', reads: false },
          { permission: 'credit-notes:send', label: 'Send credit notes', reads: false },
          { permission: 'credit-notes:void', label: 'Void credit notes', reads: false },
        ],
      });
    });
  });

  describe('are kept', () => {
    it('from their making to their end, in answers and in the trail', async () => {
      const body = {
        name: ' Junior sales ',
        description: 'Estimates under supervision',
        permissions: ['customers:read', { permission: 'estimates:edit', scope: 'own' }],
      };
      const made = await owner.post(`${at}/roles`, body);
      expect(made).toMatchObject({ status: 201, body: { id: expect.any(String), revision: 1 } });
      const { id } = made.body as { id: string };
      expect(made.headers.get('location')).toBe(`${at}/roles/${id}`);
      const shown = await owner.get(`${at}/roles/${id}`);
      expect(shown.headers.get('etag')).toBe('"1"');
      expect(shown.body).toEqual({
        id,
        revision: 1,
        name: 'Junior sales',
        description: 'Estimates under supervision',
        builtIn: false,
        grantable: true,
        takesReadOnly: true,
        permissions: [
          { permission: 'customers:read', scope: 'all' },
          { permission: 'estimates:edit', scope: 'own' },
        ],
        switches: [],
      });

      const changed = { name: 'Sales trainee', permissions: ['customers:read', 'estimates:edit', 'estimates:send'] };
      const edited = await owner.put(`${at}/roles/${id}`, changed, { 'if-match': '"1"' });
      expect(edited).toMatchObject({ status: 200, body: { id, revision: 2 } });
      const late = await owner.put(`${at}/roles/${id}`, { ...changed, name: 'Too late' }, { 'if-match': '"1"' });
      expect(late.status).toBe(412);
      expect(await owner.put(`${at}/roles/${id}`, changed)).toMatchObject({ status: 200, body: edited.body });
      expect((await owner.get(`${at}/roles/${id}`)).body).toMatchObject({ name: 'Sales trainee', description: '' });

      expect(await owner.delete(`${at}/roles/${id}`)).toMatchObject({ status: 200, body: { id, revision: 3 } });
      expect((await owner.get(`${at}/roles/${id}`)).status).toBe(404);
      expect((await owner.delete(`${at}/roles/${id}`)).status).toBe(404);

      const trail = (await owner.get(`${at}/audit?record=${id}`)).body.items as Json[];
      expect(trail.map(({ type, record }) => [type, record.kind, record.id])).toEqual([
        ['RoleDeleted', 'role', id],
        ['RoleEdited', 'role', id],
        ['RoleDefined', 'role', id],
      ]);
      expect(trail.map(({ summary }) => summary)).toEqual([
        expect.stringMatching(/deleted the role Sales trainee$/),
        expect.stringMatching(
          /changed the role Junior sales: renamed it to Sales trainee; described it anew; added estimates:send; changed estimates:edit from own to all$/,
        ),
        expect.stringMatching(/made the role Junior sales with 2 permissions$/),
      ]);
      expect(trail[1].changes).toContainEqual({ field: 'estimates:send', from: null, to: 'all' });
      expect(trail[1].authority).toMatchObject({ permission: 'roles:edit', role: 'primary' });
    });

    it('in a list, the newest first, those that are built in last, page by page', async () => {
      const made: string[] = [];
      for (const name of ['One', 'Two', 'Three']) made.unshift(await define(name, 'brands:read'));
      const whole = await owner.get(`${at}/roles`);
      expect(whole.body.next).toBeNull();
      const ids = (whole.body.items as Json[]).map(({ id }) => id as string);
      expect(ids).toEqual([...made, ...BUILT_IN_ROLES.keys()]);
      const paged: string[] = [];
      let after = '';
      for (let pages = 0; pages < 20; pages++) {
        const { status, body } = await owner.get(`${at}/roles?limit=2${after}`);
        expect(status).toBe(200);
        paged.push(...(body.items as Json[]).map(({ id }) => id as string));
        if (body.next === null) break;
        // What goes meanwhile moves nothing.
        if (pages === 0) await owner.delete(`${at}/roles/${made[1]!}`);
        after = `&after=${body.next}`;
      }
      expect(paged).toEqual(ids);
      expect((await owner.get(`${at}/roles?after=x`)).status).toBe(400);
      expect((await owner.get(`${at}/roles?limit=0`)).status).toBe(400);
    });

    it('once for one key', async () => {
      const key = { 'idempotency-key': `role ${organisation}` };
      const body = { name: 'Clerk', permissions: ['invoices:read'] };
      const [first, again] = [await owner.post(`${at}/roles`, body, key), await owner.post(`${at}/roles`, body, key)];
      expect([first.status, again.body]).toEqual([201, first.body]);
      expect((await owner.post(`${at}/roles`, { ...body, name: 'Other' }, key)).status).toBe(422);
      expect(refusedBy(await owner.post(`${at}/roles`, body))).toBe('409 role-name-taken');
    });

    it.each([
      [{ permissions: ['brands:read'] }, 'name'],
      [{ name: ' ', permissions: ['brands:read'] }, 'name'],
      [{ name: 'x'.repeat(101), permissions: ['brands:read'] }, 'name'],
      [{ name: 'x' }, 'permissions'],
      [{ name: 'x', permissions: [] }, 'permissions'],
      [{ name: 'x', permissions: 'brands:read' }, 'permissions'],
      [{ name: 'x', permissions: ['brands:read', 'brands:delete'] }, 'permissions.1.permission'],
      [{ name: 'x', permissions: ['constructor'] }, 'permissions.0.permission'],
      [{ name: 'x', permissions: [{ permission: 'brands:read', scope: 'some' }] }, 'permissions.0.scope'],
      [{ name: 'x', permissions: [{ permission: 'brands:read', until: 'now' }] }, 'permissions.0.until'],
      [{ name: 'x', permissions: ['brands:read', { permission: 'brands:read', scope: 'own' }] }, 'permissions.1'],
      [{ name: 'x', permissions: ['brands:read'], switches: [] }, 'switches'],
      [{ name: 'x', permissions: ['brands:read'], builtIn: true }, 'builtIn'],
    ])('not of %j', async (body, field) => {
      const [made, edited] = [await owner.post(`${at}/roles`, body), await owner.put(`${at}/roles/${NOBODY}`, body)];
      expect(made).toMatchObject({ status: 400, body: { errors: [{ field }] } });
      expect(edited).toMatchObject({ status: 400, body: { errors: [{ field }] } });
    });
  });

  describe('are held', () => {
    it('as they are at the moment, with the reason', async () => {
      const role = await define('Clerk', 'invoices:read', { permission: 'customers:read', scope: 'assigned' });
      const bob = await member('bob', role);
      const admin = await member('ada', 'admin');
      expect((await bob.get(`${at}/invoices`)).status).toBe(200);
      expect((await bob.post(`${at}/invoices`, {})).status).toBe(403);
      const granted = await check(bob, 'invoices:read');
      expect(granted).toMatchObject({ allowed: true, scope: 'all', because: [{ role, grantedBy: owner.userId }] });

      const edited = await edit(admin, role, 'Clerk', 'invoices:read', 'invoices:create', 'customers:read');
      expect(edited.status).toBe(200);
      expect((await bob.post(`${at}/invoices`, {})).status).toBe(400);
      const [entry] = (await admin.get(`${at}/audit?record=${role}`)).body.items as Json[];
      const byEdit = { grantedBy: admin.userId, eventId: entry.eventId, grantedAt: entry.at };
      for (const permission of ['invoices:create', 'customers:read']) {
        expect(await check(bob, permission)).toMatchObject({
          allowed: true,
          scope: 'all',
          because: [{ role, scope: 'all', ...byEdit }],
        });
      }
      expect(await check(bob, 'invoices:read')).toEqual(granted);
      // What Bob does now, he does by that edit.
      const customer = await owner.post(`${at}/customers`, { name: 'Rosa Klein' });
      const line = { description: 'Portraits', quantity: '1', unitPrice: '10' };
      const draft = await bob.post(`${at}/invoices`, {
        customerId: customer.body.id,
        date: '2026-03-01',
        lines: [line],
      });
      expect(draft.status).toBe(201);
      owner.reflect(draft.body.position as string);
      const [made] = (await owner.get(`${at}/audit?record=${draft.body.id as string}`)).body.items as Json[];
      expect(made.authority).toMatchObject({ role, grantEventId: entry.eventId, grantedBy: admin.userId });

      expect((await edit(admin, role, 'Clerk', 'dashboard:read')).status).toBe(200);
      expect((await bob.get(`${at}/invoices`)).status).toBe(403);
      expect(await check(bob, 'invoices:read')).toEqual({ allowed: false, because: [], missing: 'invoices:read' });
    });

    it('read-only, with the switches of what they were copied from, until an end', async () => {
      const copied = await owner.post(`${at}/roles/basic/copy`, { name: 'Photographer' });
      expect(copied.status).toBe(201);
      const { id } = copied.body as { id: string };
      expect(copied.headers.get('location')).toBe(`${at}/roles/${id}`);
      const [role, basic] = [await owner.get(`${at}/roles/${id}`), await owner.get(`${at}/roles/basic`)];
      expect(role.body).toMatchObject({
        permissions: basic.body.permissions,
        switches: basic.body.switches,
        builtIn: false,
      });
      const grant = { role: id, switches: ['contracts'], until: '2999-01-01T00:00:00.000Z' };
      const bob = await member('bob', grant);
      expect(await check(bob, 'contracts:edit')).toMatchObject({ allowed: true, scope: 'assigned' });
      expect(await check(bob, 'templates:read')).toMatchObject({ allowed: false });
      await give(owner, bob, { ...grant, readOnly: true });
      expect(await check(bob, 'contracts:edit')).toMatchObject({ allowed: false });
      expect(await check(bob, 'contracts:read')).toMatchObject({ allowed: true, scope: 'assigned' });
      expect(await give(owner, bob, { role: id, switches: ['everything'] })).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'roles.0.switches.0' }] },
      });
    });

    it('by people whose lists show ids and no names, and a trail that has the names', async () => {
      const role = await define('Clerk', 'invoices:read');
      const bob = await member('bob', 'sales');
      await give(owner, bob, { role, readOnly: true });
      const listed = ((await owner.get(`${at}/members`)).body.items as Json[]).find(({ id }) => id === bob.userId);
      expect(listed.roles).toEqual([{ role, readOnly: true, switches: [] }]);
      const mine = ((await bob.get('/v1/me/organisations')).body.items as Json[]).find(({ id }) => id === organisation);
      expect(mine.roles).toEqual([{ role, readOnly: true, switches: [] }]);
      const [entry] = (await owner.get(`${at}/audit?type=RoleChanged`)).body.items as Json[];
      expect(entry.summary).toMatch(/changed the roles of the member [\w ]+: Sales -> Clerk \(read only\)$/);
      const mail = { email: `dan@${organisation}.example`, firstName: 'Dan', lastName: 'Hale', roles: [role] };
      const invited = await owner.post(`${at}/invitations`, mail);
      expect(invited.status).toBe(201);
      const [open] = (await owner.get(`${at}/invitations`)).body.items as Json[];
      expect(open.roles).toEqual([{ role, readOnly: false, switches: [] }]);
    });
  });

  describe('are no way to more', () => {
    it('for whoever edits a role that they hold', async () => {
      const role = await define('Lead', 'roles:edit', 'roles:read', 'members:change-roles', 'invoices:read');
      const lead = await member('lead', role);
      const more = ['roles:edit', 'roles:read', 'members:change-roles', 'invoices:read', 'invoices:issue'];
      expect(refusedBy(await edit(lead, role, 'Lead', ...more))).toBe('409 own-role-held');
      expect(refusedBy(await edit(lead, role, 'Lead', 'roles:edit'))).toBe('409 own-role-held');
      expect(refusedBy(await lead.post(`${at}/roles`, { name: 'More', permissions: more }))).toBe(
        '409 beyond-own-rights',
      );
      // A copy is nobody's yet: it can be cut down, given to oneself, not widened.
      const copied = await lead.post(`${at}/roles/${role}/copy`);
      expect(copied.status).toBe(201);
      const mine = copied.body.id as string;
      expect(refusedBy(await edit(lead, mine, 'Lead 2', ...more))).toBe('409 beyond-own-rights');
      expect((await edit(lead, mine, 'Lead 2', 'invoices:read')).status).toBe(200);
      expect((await give(lead, lead, role, mine)).status).toBe(200);
      expect(refusedBy(await edit(lead, mine, 'Lead 2', 'roles:read'))).toBe('409 own-role-held');
      for (const wanted of ['admin', 'primary', 'sales', 'compliance']) {
        expect([wanted, refusedBy(await lead.post(`${at}/roles/${wanted}/copy`))]).toEqual([
          wanted,
          '409 beyond-own-rights',
        ]);
        expect([wanted, (await give(lead, lead, role, wanted)).status]).toEqual([
          wanted,
          wanted === 'primary' ? 400 : 409,
        ]);
      }
    });

    it('for two who widen the roles of each other', async () => {
      const editor = ['roles:edit', 'roles:read', 'members:change-roles'];
      const [left, right] = [await define('Left', ...editor), await define('Right', ...editor)];
      const [ada, ben] = [await member('ada', left), await member('ben', right)];
      expect(refusedBy(await edit(ada, right, 'Right', ...editor, 'audit:read'))).toBe('409 beyond-own-rights');
      expect(refusedBy(await edit(ben, left, 'Left', ...editor, 'audit:read'))).toBe('409 beyond-own-rights');
    });

    it('for who may change roles but not members', async () => {
      const role = await define('Editor', 'roles:edit', 'invoices:read');
      const target = await define('Target', 'dashboard:read');
      const editor = await member('editor', role);
      expect(refusedBy(await edit(editor, target, 'Target', 'invoices:read'))).toBe('403 members:change-roles');
      const own = await editor.post(`${at}/roles`, { name: 'Mine', permissions: ['invoices:read'] });
      expect(own.status).toBe(201);
      // Written after the refusal, so whoever sees it sees that, too.
      owner.reflect(own.body.position as string);
      const [refused] = (await owner.get(`${at}/audit?outcome=refused&actor=${editor.userId!}`)).body.items as Json[];
      expect(refused.summary).toContain('members:change-roles');
      const looker = await member('looker', await define('Looker', 'roles:read'));
      expect(refusedBy(await edit(looker, target, 'Target', 'invoices:read'))).toBe('403 roles:edit');
      expect((await looker.get(`${at}/roles/${target}`)).status).toBe(200);
      const sales = await member('sales', 'sales');
      expect(refusedBy(await sales.get(`${at}/roles`))).toBe('403 roles:read');
    });

    it('for who holds it for a brand, or for a while', async () => {
      const role = await define('Editor', 'roles:edit', 'invoices:read', 'members:invite');
      const limited = await member('limited', 'staff', { role, brands: [NOBODY] });
      // Roles are of no brand, so there are none for whoever is limited to some.
      expect((await limited.post(`${at}/roles`, { name: 'x', permissions: ['invoices:read'] })).status).toBe(404);
      const ending = await member('ending', { role, until: '2999-01-01T00:00:00.000Z' });
      const made = await ending.post(`${at}/roles`, { name: 'x', permissions: ['invoices:read'] });
      expect(refusedBy(made)).toBe('409 beyond-own-rights');
      const invited = await ending.post(`${at}/invitations`, {
        email: `new@${organisation}.example`,
        firstName: 'New',
        lastName: 'Hale',
        roles: [role],
      });
      expect(refusedBy(invited)).toBe('409 beyond-own-rights');
    });

    it('from another organisation, whose roles are not there', async () => {
      const role = await define('Clerk', 'invoices:read');
      const elsewhere = `/v1/organisations/${await found(owner, 'Elsewhere')}`;
      expect((await owner.get(`${elsewhere}/roles/${role}`)).status).toBe(404);
      expect((await owner.put(`${elsewhere}/roles/${role}`, { name: 'x', permissions: ['brands:read'] })).status).toBe(
        404,
      );
      expect((await owner.post(`${elsewhere}/roles/${role}/copy`)).status).toBe(404);
      const invitation = { email: 'x@y.example', firstName: 'X', lastName: 'Y', roles: [role] };
      expect(await owner.post(`${elsewhere}/invitations`, invitation)).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'roles.0.role', message: 'must be a role of the organisation' }] },
      });
      const first = (await owner.get(`${at}/roles?limit=1`)).body.next as string;
      expect((await owner.get(`${elsewhere}/roles?after=${first}`)).status).toBe(400);
      const stranger = await signUp(server, `eve@${organisation}.example`);
      const answers = [await stranger.get(`${at}/roles/${role}`), await stranger.get(`${at}/roles/${NOBODY}`)];
      expect(answers.map(({ status, body }) => [status, body.code])).toEqual(Array(2).fill([404, 'not-found']));
    });

    it('by a change to what is built in', async () => {
      for (const key of ['sales', 'admin', 'primary']) {
        expect(refusedBy(await edit(owner, key, 'Mine', 'brands:read'))).toBe('409 built-in-role');
        expect(refusedBy(await owner.delete(`${at}/roles/${key}`))).toBe('409 built-in-role');
      }
      expect((await owner.delete(`${at}/roles/boss`)).status).toBe(404);
      expect(refusedBy(await owner.post(`${at}/roles`, { name: 'ADMIN', permissions: ['brands:read'] }))).toBe(
        '409 role-name-taken',
      );
    });

    it('by a role that ends under whoever holds it', async () => {
      const role = await define('Clerk', 'invoices:read');
      const bob = await member('bob', 'staff');
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => [give(owner, bob, role), owner.delete(`${at}/roles/${role}`)]).flat(),
      );
      expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
      const isThere = (await owner.get(`${at}/roles/${role}`)).status === 200;
      const bobs = ((await owner.get(`${at}/members`)).body.items as Json[]).find(({ id }) => id === bob.userId);
      expect(bobs.roles).toEqual([{ role: isThere ? role : 'staff', readOnly: false, switches: [] }]);
    });

    it('by what the trail tells those who may not see roles', async () => {
      await define('Secret project', 'invoices:read');
      const auditor = await member('auditor', await define('Auditor', 'audit:read'));
      const trail = (await auditor.get(`${at}/audit?type=RoleDefined`)).body.items as Json[];
      expect(trail).toHaveLength(2);
      expect(JSON.stringify(trail)).not.toContain('Secret project');
      expect(JSON.stringify(trail)).not.toContain('invoices:read');
    });
  });
});
