import type { Answer, Client, Json } from '../../test/support/client.js';
import { found, join, signUp } from '../../test/support/people.js';
import { Server } from '../../test/support/server.js';
import { TwoInstances } from '../../test/support/two-instances.js';

const NOWHERE = '01999999-9999-7999-8999-999999999999';

describe('projects and tasks over HTTP', () => {
  let server: Server;
  let owner: Client;
  let bea: Client;
  let cem: Client;
  let at: string;
  const everybody = (): readonly Client[] => [owner, bea, cem];

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'ann@studio.example', 'Ann', 'Hale');
    at = `/v1/organisations/${await found(owner)}`;
    const org = at.split('/')[3]!;
    bea = await join(server, owner, org, 'bea@studio.example', [{ role: 'basic', switches: ['invoices'] }]);
    cem = await join(server, owner, org, 'cem@studio.example', ['basic']);
  }, 60_000);
  afterAll(() => server.dispose());

  /** What was written is seen by everybody who asks next. */
  const written = (answer: Answer<Json>, status = 200): string => {
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body: expect.anything() });
    const position = answer.headers.get('countersign-position')!;
    for (const client of everybody()) client.reflect(position);
    return answer.body.id as string;
  };
  const project = async (fields: object = {}, by = owner): Promise<string> =>
    written(await by.post(`${at}/projects`, { title: 'Wedding', ...fields }), 201);
  const task = async (fields: object = {}, by = owner): Promise<string> =>
    written(await by.post(`${at}/tasks`, { title: 'Call', ...fields }), 201);
  const customer = async (name: string): Promise<string> =>
    written(await owner.post(`${at}/customers`, { name, email: 'c@client.example' }), 201);
  const assign = async (id: string, ...people: readonly Client[]): Promise<void> => {
    written(await owner.post(`${at}/projects/${id}/assign`, { assigned: people.map(({ userId }) => userId) }));
  };
  const listed = async (client: Client, path: string): Promise<string[]> => {
    const { status, body } = await client.get(`${at}${path}`);
    expect(status).toBe(200);
    return (body.items as Json[]).map(({ id }) => id as string);
  };
  /** Everything of an answer that a client sees, but for what differs by nature. */
  const seen = ({ status, body, headers }: Answer<Json>) => {
    const names = [...headers.keys()].filter(
      (name) => !['date', 'x-request-id', 'countersign-position'].includes(name),
    );
    return { status, body, headers: names.map((name) => [name, headers.get(name)]) };
  };

  it('keeps projects: made, shown, listed by filters, edited, archived', async () => {
    const client = await customer('Rosa Klein');
    const id = await project({ title: 'Ball', customerId: client, date: '2026-05-01', tags: ['ball', 'night'] });
    const shown = await owner.get(`${at}/projects/${id}`);
    expect(shown.body).toEqual({
      id,
      revision: 0,
      title: 'Ball',
      status: 'active',
      tags: ['ball', 'night'],
      customerId: client,
      date: '2026-05-01',
      brandId: null,
      archived: false,
      assigned: [],
      createdBy: owner.userId,
    });
    written(
      await owner.patch(`${at}/projects/${id}`, { status: 'completed', date: null, tags: [] }, { 'if-match': '"0"' }),
    );
    expect((await owner.get(`${at}/projects/${id}`)).body).toMatchObject({ status: 'completed', date: null, tags: [] });
    expect((await owner.patch(`${at}/projects/${id}`, { title: 'X' }, { 'if-match': '"0"' })).status).toBe(412);
    written(await owner.patch(`${at}/projects/${id}`, { tags: ['ball'] }));
    for (const filter of ['status=completed', 'tag=ball', `customerId=${client}`])
      expect(await listed(owner, `/projects?${filter}`)).toContain(id);
    for (const filter of ['status=lead', 'tag=day', `customerId=${NOWHERE}`, 'archived=true'])
      expect(await listed(owner, `/projects?${filter}`)).not.toContain(id);
    written(await owner.post(`${at}/projects/${id}/archive`));
    expect(await listed(owner, '/projects?archived=true')).toEqual([id]);
    expect(await owner.patch(`${at}/projects/${id}`, { title: 'X' })).toMatchObject({
      status: 409,
      body: { rule: 'project-archived' },
    });
    expect(await owner.post(`${at}/tasks`, { title: 'Late', projectId: id })).toMatchObject({
      status: 409,
      body: { rule: 'project-archived' },
    });
    written(await owner.post(`${at}/projects/${id}/unarchive`));
    expect((await owner.get(`${at}/projects/${id}`)).body).toMatchObject({ archived: false, revision: 4 });
  });

  it.each([
    [{}, 'title'],
    [{ title: 'x', status: 'gone' }, 'status'],
    [{ title: 'x', tags: ['a', 'a'] }, 'tags'],
    [{ title: 'x', customerId: NOWHERE }, 'customerId'],
    [{ title: 'x', brandId: NOWHERE }, 'brandId'],
    [{ title: 'x', assigned: [NOWHERE] }, 'assigned.0'],
    [{ title: 'x', owner: 'me' }, 'owner'],
  ])('refuses to make the project %j', async (body, field) => {
    expect(await owner.post(`${at}/projects`, body)).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  });

  it('assigns members only, and answers for the project', async () => {
    const id = await project({ assigned: [bea.userId] });
    expect((await owner.get(`${at}/projects/${id}`)).body.assigned).toEqual([bea.userId]);
    const strange = await owner.post(`${at}/projects/${id}/assign`, { assigned: [bea.userId, NOWHERE] });
    expect(strange).toMatchObject({ status: 400, body: { errors: [{ field: 'assigned.1' }] } });
    const both = await owner.post(
      `${at}/projects/${id}/assign`,
      { assigned: [bea.userId, cem.userId] },
      { 'if-match': '"0"' },
    );
    expect(both).toMatchObject({ status: 200, body: { id, revision: 0 } });
    written(both);
    expect((await owner.get(`${at}/projects/${id}`)).body.assigned).toEqual([bea.userId, cem.userId].sort());
    expect((await owner.post(`${at}/projects/${id}/assign`, { assigned: [] }, { 'if-match': '"7"' })).status).toBe(412);
    expect((await bea.post(`${at}/projects/${id}/assign`, { assigned: [] })).body).toMatchObject({
      status: 403,
      permission: 'projects:assign',
    });
    expect((await owner.post(`${at}/projects/${NOWHERE}/assign`, { assigned: [] })).status).toBe(404);
  });

  it('makes a project with its people once, whatever becomes of the first answer', async () => {
    const body = { title: 'Once', assigned: [bea.userId] };
    const key = { 'idempotency-key': 'project once' };
    const [first, again] = [
      await owner.post(`${at}/projects`, body, key),
      await owner.post(`${at}/projects`, body, key),
    ];
    expect(written(first, 201)).toBe(written(again, 201));
    expect(first.headers.get('location')).toBe(`${at}/projects/${first.body.id}`);
    expect(await listed(owner, '/projects')).toContain(first.body.id);
    expect((await bea.get(`${at}/projects/${first.body.id}`)).status).toBe(200);
  });

  it('shows assigned people their projects with tasks and client, and nothing else, from one request to the next', async () => {
    const client = await customer('Mia Lang');
    const other = await customer('Otto Weiss');
    const mine = await project({ title: 'Mine', customerId: client });
    const foreign = await project({ title: 'Foreign', customerId: other });
    const inside = await task({ projectId: mine });
    await task({ projectId: foreign });
    const paths = [`/projects/${mine}`, `/tasks/${inside}`, `/customers/${client}`, `/activity?project=${mine}`];
    const lists = ['/projects', '/tasks', '/customers', '/address-book'];
    const before = await Promise.all(lists.map((path) => listed(bea, path)));

    for (const path of paths) expect((await bea.get(`${at}${path}`)).status).toBe(404);
    await assign(mine, bea);
    for (const path of paths)
      expect({ path, status: (await bea.get(`${at}${path}`)).status }).toEqual({ path, status: 200 });
    const added = [mine, inside, client, client];
    for (const [index, path] of lists.entries())
      expect(await listed(bea, path)).toEqual(expect.arrayContaining([added[index], ...before[index]!]));
    for (const path of [`/projects/${foreign}`, `/customers/${other}`, `/activity?project=${foreign}`])
      expect(seen(await bea.get(`${at}${path}`))).toEqual(
        seen(await bea.get(`${at}${path.replace(/[0-9a-f-]{36}/, NOWHERE)}`)),
      );
    expect((await bea.patch(`${at}/customers/${client}`, { phone: '01' })).status).toBe(200);
    expect((await bea.patch(`${at}/customers/${other}`, { phone: '01' })).status).toBe(404);

    await assign(mine);
    for (const path of paths) expect((await bea.get(`${at}${path}`)).status).toBe(404);
    expect(await Promise.all(lists.map((path) => listed(bea, path)))).toEqual(before);
    expect((await bea.patch(`${at}/customers/${client}`, { phone: '02' })).status).toBe(404);
  });

  it('shows the assignee of a task that task, and not its project', async () => {
    const id = await project({ title: 'Secret' });
    const one = await task({ title: 'Yours', projectId: id, assignees: [cem.userId] });
    const two = await task({ title: 'Not yours', projectId: id });
    expect((await cem.get(`${at}/tasks/${one}`)).body).toMatchObject({ id: one, projectId: null, status: 'open' });
    expect(await listed(cem, '/tasks')).toEqual([one]);
    for (const path of [`/tasks/${two}`, `/projects/${id}`, `/activity?project=${id}`])
      expect((await cem.get(`${at}${path}`)).status).toBe(404);
    // The filter tells no more than the task does.
    expect((await cem.get(`${at}/tasks?projectId=${id}`)).body).toEqual({ items: [], next: null });
    written(await cem.post(`${at}/tasks/${one}/complete`));
    expect((await cem.get(`${at}/tasks/${one}`)).body.status).toBe('done');
    written(await cem.post(`${at}/tasks/${one}/reopen`));
    expect((await cem.post(`${at}/tasks/${two}/complete`)).status).toBe(404);

    written(await owner.patch(`${at}/tasks/${one}`, { assignees: [] }));
    expect((await cem.get(`${at}/tasks/${one}`)).status).toBe(404);
    expect(await listed(cem, '/tasks')).toEqual([]);
  });

  it('counts no one who was taken off a task, even before the view knows', async () => {
    const id = await task({ assignees: [cem.userId] });
    const fresh = server.client().as(cem.token!, cem.userId);
    for (let round = 0; round < 5; round++) {
      expect((await owner.patch(`${at}/tasks/${id}`, { assignees: [] })).status).toBe(200);
      expect((await fresh.get(`${at}/tasks?limit=1`)).body).toEqual({ items: [], next: null });
      expect((await fresh.get(`${at}/tasks/${id}`)).status).toBe(404);
      written(await owner.patch(`${at}/tasks/${id}`, { assignees: [cem.userId] }));
    }
    written(await owner.patch(`${at}/tasks/${id}`, { assignees: [] }));
  });

  it('moves tasks only between projects that are both open to the person', async () => {
    const mine = await project({ assigned: [bea.userId] });
    const also = await project({ assigned: [bea.userId] });
    const foreign = await project();
    const inside = await task({ projectId: mine });
    const outside = await task({ projectId: foreign });
    const handed = await task({ projectId: foreign, assignees: [bea.userId] });
    const move = (id: string, projectId: string | null): Promise<Answer<Json>> =>
      bea.patch(`${at}/tasks/${id}`, { projectId });

    const absent = seen(await move(NOWHERE, mine));
    expect(absent.status).toBe(404);
    for (const [id, to] of [
      [inside, foreign],
      [inside, NOWHERE],
      [inside, null],
      [outside, mine],
      [handed, mine],
      [handed, null],
    ] as const)
      expect(seen(await move(id, to))).toEqual(absent);
    expect((await bea.post(`${at}/tasks`, { title: 'In', projectId: foreign })).status).toBe(404);
    expect((await bea.post(`${at}/tasks`, { title: 'In', projectId: foreign, assignees: [bea.userId] })).status).toBe(
      404,
    );
    expect((await bea.post(`${at}/tasks`, { title: 'In', projectId: NOWHERE })).status).toBe(404);
    expect(await owner.post(`${at}/tasks`, { title: 'In', projectId: NOWHERE })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'projectId' }] },
    });
    written(await move(inside, also));
    expect((await bea.get(`${at}/tasks/${inside}`)).body.projectId).toBe(also);
    expect((await owner.get(`${at}/tasks/${outside}`)).body.projectId).toBe(foreign);
  });

  it('lets nobody reach a customer by naming them', async () => {
    const [client, other] = [await customer('Ida Kern'), await customer('Udo Senf')];
    const mine = await project({ customerId: client, assigned: [bea.userId] });
    const refused = await bea.patch(`${at}/projects/${mine}`, { customerId: other });
    const absent = await bea.patch(`${at}/projects/${mine}`, { customerId: NOWHERE });
    expect(refused.status).toBe(400);
    expect(seen(refused)).toEqual(seen(absent));
    written(await bea.patch(`${at}/projects/${mine}`, { customerId: client, title: 'Mine' }));
    expect((await bea.get(`${at}/customers/${other}`)).status).toBe(404);
  });

  it('puts invoices into projects that one may see, and moves them only between those', async () => {
    const client = await customer('Lea Brand');
    const [mine, foreign] = [await project({ customerId: client, assigned: [bea.userId] }), await project()];
    const body = {
      customerId: client,
      date: '2026-03-01',
      lines: [{ description: 'Day', quantity: '1', unitPrice: '9' }],
    };
    const create = (projectId: string | undefined, by = bea): Promise<Answer<Json>> =>
      by.post(`${at}/invoices`, { ...body, ...(projectId === undefined ? {} : { projectId }) });

    const id = written(await create(mine), 201);
    expect(await listed(bea, '/invoices')).toEqual([id]);
    const [unseen, absent] = [await create(foreign), await create(NOWHERE)];
    expect(seen(unseen)).toEqual(seen(absent));
    expect(unseen.status).toBe(404);
    expect((await create(undefined)).status).toBe(404);
    expect(await create(NOWHERE, owner)).toMatchObject({ status: 400, body: { errors: [{ field: 'projectId' }] } });

    const elsewhere = written(await create(foreign, owner), 201);
    for (const projectId of [foreign, NOWHERE, null])
      expect((await bea.patch(`${at}/invoices/${id}`, { projectId })).status).toBe(404);
    expect((await bea.patch(`${at}/invoices/${elsewhere}`, { projectId: mine })).status).toBe(404);
    expect((await cem.get(`${at}/invoices`)).status).toBe(403);
    written(await owner.patch(`${at}/invoices/${id}`, { projectId: foreign }));
    expect((await bea.get(`${at}/invoices/${id}`)).status).toBe(404);
    expect(await listed(bea, '/invoices')).toEqual([]);
  });

  it('tells nothing by counts and cursors', async () => {
    const [first, second] = [await project({ assigned: [bea.userId] }), await project({ assigned: [bea.userId] })];
    for (let more = 0; more < 3; more++) await project();
    const page = await bea.get(`${at}/projects?limit=1`);
    expect(page.body.items).toMatchObject([{ id: second }]);
    const next = page.body.next as string;
    const behind = await bea.get(`${at}/projects?limit=1&after=${encodeURIComponent(next)}`);
    expect(behind.body.items).toMatchObject([{ id: first }]);

    // Taken off while they page: the cursor leads nowhere, as any that is none of this list.
    const others = (await listed(bea, '/projects?limit=200')).filter((id) => id !== first && id !== second);
    await assign(first);
    const stale = await bea.get(`${at}/projects?limit=1&after=${encodeURIComponent(next)}`);
    expect(stale.status).toBe(400);
    expect(seen(stale)).toEqual(
      seen(await bea.get(`${at}/projects?limit=1&status=lead&after=${encodeURIComponent(next)}`)),
    );
    expect(await listed(bea, '/projects?limit=200')).toEqual([second, ...others]);
    await assign(second);
    expect((await bea.get(`${at}/projects?limit=1&tag=ball`)).body).toEqual({ items: [], next: null });
  });

  it('tells the activity of a project with its tasks and documents, as far as the reader may read those', async () => {
    const client = await customer('Ute Falk');
    const id = await project({ title: 'Told', customerId: client, assigned: [bea.userId, cem.userId] });
    const todo = await task({ title: 'Told task', projectId: id });
    await task({ title: 'Untold task' });
    const invoice = written(
      await owner.post(`${at}/invoices`, { customerId: client, date: '2026-03-01', lines: [], projectId: id }),
      201,
    );
    const told = async (reader: Client, query = `?project=${id}`): Promise<Json[]> =>
      (await reader.get(`${at}/activity${query}`)).body.items as Json[];
    expect((await told(bea)).map(({ type, record }) => [type, record.id])).toEqual([
      ['InvoiceCreated', invoice],
      ['TaskCreated', todo],
      ['ProjectAssignmentsChanged', id],
      ['ProjectCreated', id],
    ]);
    expect((await told(bea))[1]).toMatchObject({
      summary: 'Ann Hale added the task Told task',
      record: { kind: 'task', label: 'Told task' },
      changes: expect.arrayContaining([{ field: 'title', from: null, to: 'Told task' }]),
      source: null,
    });
    // Without invoices:read an invoice is not even counted.
    expect((await told(cem)).map(({ type }) => type)).toEqual([
      'TaskCreated',
      'ProjectAssignmentsChanged',
      'ProjectCreated',
    ]);
    const mine = await told(cem, '');
    expect(mine.map(({ record }) => record.id)).toEqual(expect.arrayContaining([id, todo]));
    expect(JSON.stringify(mine)).not.toContain('Untold');
    expect((await told(owner, '?limit=200')).map(({ type }) => type)).not.toContain('InvoiceCreated');

    await assign(id, bea);
    expect((await cem.get(`${at}/activity?project=${id}`)).status).toBe(404);
    expect((await told(cem, '')).map(({ record }) => record.id)).not.toContain(id);
  });

  it('takes whoever goes off projects and tasks, so that coming back revives nothing', async () => {
    const org = at.split('/')[3]!;
    const dora = await join(server, owner, org, 'dora@studio.example', ['basic']);
    const id = await project({ assigned: [bea.userId, dora.userId] });
    const todo = await task({ assignees: [dora.userId] });
    expect((await dora.get(`${at}/projects/${id}`)).status).toBe(200);
    expect((await owner.post(`${at}/members/${dora.userId}/remove`)).status).toBe(200);
    const assignedNow = async (): Promise<unknown> => [
      (await owner.get(`${at}/projects/${id}`)).body.assigned,
      (await owner.get(`${at}/tasks/${todo}`)).body.assignees,
    ];
    while (JSON.stringify(await assignedNow()) !== JSON.stringify([[bea.userId], []]))
      await new Promise((resolve) => setTimeout(resolve, 20));
    const [entry] = (await owner.get(`${at}/audit?record=${id}&limit=1`)).body.items as Json[];
    expect(entry).toMatchObject({
      type: 'ProjectAssignmentsChanged',
      summary: expect.stringMatching(/^Countersign, on behalf of Ann Hale, took 1 person off the project \w/),
      actor: { kind: 'system' },
    });

    const firstToken = await server.mailToken('dora@studio.example', 'invitations/accept');
    const back = await owner.post(`${at}/invitations`, {
      email: 'dora@studio.example',
      firstName: 'Dora',
      lastName: 'Fuchs',
      roles: ['basic'],
    });
    expect(back.status).toBe(201);
    let token = firstToken;
    while (token === firstToken) token = await server.mailToken('dora@studio.example', 'invitations/accept');
    expect((await dora.post('/v1/invitations/accept', { token })).status).toBe(200);
    expect((await dora.get(`${at}/projects/${id}`)).status).toBe(404);
    expect(await listed(dora, '/projects')).toEqual([]);
    expect(await listed(dora, '/tasks')).toEqual([]);
  });

  it('shows whoever holds the scope own what they made, in lists too, and lets them into no project', async () => {
    const org = at.split('/')[3]!;
    const own = (permission: string): object => ({ permission, scope: 'own' });
    const role = await owner.post(`${at}/roles`, {
      name: 'Freelancer',
      permissions: [
        'projects:read',
        'projects:create',
        'tasks:read',
        'tasks:create',
        'tasks:edit',
        'customers:read',
      ].map(own),
    });
    expect(role.status).toBe(201);
    const fay = await join(server, owner, org, 'fay@studio.example', [role.body.id]);
    const [foreign, todo] = [await project(), await task()];
    fay.reflect((await owner.patch(`${at}/tasks/${todo}`, { title: 'Theirs' })).headers.get('countersign-position')!);
    const mine = await project({}, fay);
    const note = await task({ projectId: mine }, fay);
    expect(await listed(fay, '/projects')).toEqual([mine]);
    expect(await listed(fay, '/tasks')).toEqual([note]);
    expect(await listed(owner, '/projects?limit=2')).toEqual([mine, foreign]);
    for (const path of [`/projects/${foreign}`, `/tasks/${todo}`])
      expect((await fay.get(`${at}${path}`)).status).toBe(404);

    const into = await fay.post(`${at}/tasks`, { title: 'In', projectId: foreign });
    expect(into).toMatchObject({ status: 400, body: { errors: [{ field: 'projectId' }] } });
    expect(seen(into)).toEqual(seen(await fay.post(`${at}/tasks`, { title: 'In', projectId: NOWHERE })));
    expect(seen(await fay.patch(`${at}/tasks/${note}`, { projectId: foreign }))).toEqual(
      seen(await fay.patch(`${at}/tasks/${note}`, { projectId: NOWHERE })),
    );
    // Put by somebody else where they may not go, it does not come back out by their hand.
    const moved = await owner.patch(`${at}/tasks/${note}`, { projectId: foreign });
    written(moved);
    fay.reflect(moved.headers.get('countersign-position')!);
    expect((await fay.get(`${at}/tasks/${note}`)).body).toMatchObject({ id: note, projectId: null });
    expect((await fay.patch(`${at}/tasks/${note}`, { projectId: mine })).status).toBe(404);
    expect((await fay.post(`${at}/projects`, { title: 'x', assigned: [fay.userId] })).body).toMatchObject({
      status: 403,
      permission: 'projects:assign',
    });
  });

  it('keeps the content of a project from readers of the trail who may not read it', async () => {
    const org = at.split('/')[3]!;
    const eve = await join(server, owner, org, 'eve@studio.example', ['compliance', 'basic']);
    const id = await project({ title: 'Very secret' });
    const read = async (): Promise<Json> => {
      const { body } = await eve.get(`${at}/audit?record=${id}&type=ProjectCreated`);
      return body.items[0];
    };
    eve.reflect(
      (await owner.post(`${at}/projects/${id}/assign`, { assigned: [eve.userId] })).headers.get(
        'countersign-position',
      )!,
    );
    expect(await read()).toMatchObject({
      summary: 'Ann Hale added the project Very secret',
      record: { label: 'Very secret' },
    });
    await owner.post(`${at}/projects/${id}/assign`, { assigned: [] });
    expect(await read()).toMatchObject({ summary: 'Ann Hale changed a project', record: { label: null }, changes: [] });
  });
});

describe('assignments on one of two instances over one store', () => {
  let instances: TwoInstances;

  beforeAll(async () => {
    instances = await TwoInstances.start();
  }, 60_000);
  afterAll(() => instances.dispose());

  it('hold on the other from the next request on', async () => {
    const [one, two] = instances.urls;
    const owner = await signUp(instances.server, 'owner@two.example');
    const organisation = await found(owner);
    const at = `/v1/organisations/${organisation}`;
    const bob = await join(instances.server, owner, organisation, 'bob@two.example', ['basic']);
    const made = await owner.at(one).post(`${at}/projects`, { title: 'Wedding', assigned: [bob.userId] });
    const id = made.body.id as string;
    const task = await owner.at(one).post(`${at}/tasks`, { title: 'Call', projectId: id });
    for (let round = 0; round < 10; round++) {
      const [here, there] = round % 2 === 0 ? [one, two] : [two, one];
      const away = bob.at(there);
      away.reflect(task.headers.get('countersign-position')!);
      expect((await away.get(`${at}/projects/${id}`)).status).toBe(200);
      expect((await owner.at(here).post(`${at}/projects/${id}/assign`, { assigned: [] })).status).toBe(200);
      for (const path of [`/projects/${id}`, `/tasks/${task.body.id}`])
        expect({ path, status: (await away.get(`${at}${path}`)).status }).toEqual({ path, status: 404 });
      for (const path of ['/projects', '/tasks'])
        expect((await away.get(`${at}${path}`)).body).toEqual({ items: [], next: null });
      expect((await away.patch(`${at}/projects/${id}`, { title: 'Mine' })).status).toBe(404);
      expect((await owner.at(there).post(`${at}/projects/${id}/assign`, { assigned: [bob.userId] })).status).toBe(200);
      expect((await bob.at(here).patch(`${at}/projects/${id}`, { title: `Round ${round}` })).status).toBe(200);
    }
  });
});
