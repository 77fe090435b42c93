import { randomUUID } from 'node:crypto';
import { accessEvents } from '../src/access/events.js';
import { CheckAccess, CheckAccessHandler, WhoCan, WhoCanHandler } from '../src/access/authoriser/access.handlers.js';
import { AssignmentsService } from '../src/access/assignments/assignments.service.js';
import { AuthoriserService } from '../src/access/authoriser/authoriser.service.js';
import { Moments } from '../src/access/authoriser/moments.service.js';
import { Questions } from '../src/access/authoriser/questions.service.js';
import { EventOpening } from '../src/platform/codec/event-opening.js';
import type { Evidence } from '../src/platform/commands/evidence.port.js';
import { FurtherPermission } from '../src/platform/commands/further-permission.js';
import type { RequestContext } from '../src/platform/commands/principal.js';
import { RecordKinds } from '../src/platform/commands/record-kinds.js';
import { StateCache } from '../src/platform/commands/state-cache.js';
import type { EventStore, NewEvent } from '../src/platform/event-store/event-store.port.js';
import { openSqliteEventStore } from '../src/platform/event-store/sqlite/sqlite-event-store.js';
import { alternate, inFolder } from './bench.js';
import type { Figure, Outcome } from './figure.js';

const ACCESS_EVENTS = 10_000;
const MEMBERS = 1000;
const OWN_ROLES = 200;
const ROUNDS = 9;
const PAST_QUESTIONS = 3;
const WHO_CAN_QUESTIONS = 20;
const DECISIONS = 50_000;

type Event = Pick<NewEvent, 'type' | 'data'>;

interface Organisation {
  readonly id: string;
  readonly people: readonly string[];
}

const PERMISSIONS = ['invoices:read', 'customers:read', 'products:read', 'projects:read', 'invoices:edit'];
const inRole = PERMISSIONS.map((permission) => ({ permission, scope: 'all' }));
const granted = (role: string) => ({ role, readOnly: false, switches: [] });

/** A life of an organisation: everybody joins with one of its own roles and a built-in one, then roles change. */
function lifeOf({ id, people }: Organisation, roleCount: number, count: number): readonly Event[] {
  const [primary = '', ...others] = people;
  const roles = Array.from({ length: roleCount }, () => randomUUID());
  const grantsOf = (index: number) => [granted(roles[index % roleCount]!), granted('staff')];
  const events: Event[] = [
    { type: 'OrganisationFounded', data: { name: id, currency: 'GBP', primary } },
    ...roles.map((roleId, index) => ({
      type: 'RoleDefined',
      data: { roleId, name: `Role ${index}`, description: '', permissions: inRole, switches: [] },
    })),
    ...others.flatMap((userId, index) => {
      const invited = { invitationId: randomUUID(), userId, grants: grantsOf(index) };
      return [
        { type: 'UserInvited', data: { ...invited, address: userId } },
        { type: 'InvitationAccepted', data: invited },
      ];
    }),
  ];
  for (let index = 0; events.length < count; index++) {
    const at = index % others.length;
    const [from, to] = [
      grantsOf(at + Math.floor(index / others.length)),
      grantsOf(at + 1 + Math.floor(index / others.length)),
    ];
    events.push({ type: 'RoleChanged', data: { userId: others[at]!, from, to } });
  }
  return events;
}

const accountOf = (userId: string): readonly Event[] => [
  {
    type: 'AccountRegistered',
    data: { accountId: userId, address: userId, credential: 'credential', origin: 'sign-up' },
  },
  { type: 'EmailVerified', data: { address: userId } },
];

/** In appends that stay below the store's limit. */
async function write(store: EventStore, stream: string, actor: string, events: readonly Event[]): Promise<void> {
  const metadata = {
    actor: { kind: 'user' as const, id: actor, session: randomUUID() },
    command: 'Bench',
    correlationId: randomUUID(),
    requestId: randomUUID(),
  };
  const ready = events.map((event) => ({ ...event, id: randomUUID(), schemaVersion: 1, metadata }));
  for (let from = 0; from < ready.length; from += 200)
    await store.append(stream, from === 0 ? 'no-stream' : from - 1, ready.slice(from, from + 200));
}

async function made(store: EventStore, members: number, roles: number, events: number): Promise<Organisation> {
  const organisation = { id: randomUUID(), people: Array.from({ length: members }, () => randomUUID()) };
  await write(store, `organisation-${organisation.id}`, organisation.people[0]!, lifeOf(organisation, roles, events));
  for (const userId of organisation.people) await write(store, `account-${userId}`, userId, accountOf(userId));
  return organisation;
}

/** What answers, over a store, as the application puts it together. */
function answering(store: EventStore) {
  const codec = new EventOpening({ subjectKey: () => Promise.resolve(undefined) }, [accessEvents]);
  const states = new StateCache(store, codec);
  const assignments = new AssignmentsService(states, { find: () => undefined });
  const authoriser = new AuthoriserService(states, Date.now, assignments);
  const evidence: Evidence = { refused: () => Promise.resolve(), read: () => Promise.resolve() };
  const moments = new Moments(states, store, codec, Date.now);
  const questions = new Questions(moments, new RecordKinds(), assignments, authoriser, evidence);
  return {
    authoriser,
    check: new CheckAccessHandler(questions, new FurtherPermission(authoriser, evidence)),
    whoCan: new WhoCanHandler(questions),
  };
}

const contextOf = ({ id, people }: Organisation): RequestContext => ({
  principal: { userId: people[0]! },
  organisation: id,
  permission: 'members:read',
  reach: { tokens: 'all' },
  route: 'bench',
  requestId: 'bench',
  correlationId: 'bench',
  source: { ip: '', userAgent: '' },
});

/** How often a millisecond. */
const rateOf = (times: number, work: (time: number) => Promise<unknown>) => async (): Promise<number> => {
  const begun = performance.now();
  for (let time = 0; time < times; time++) await work(time);
  return times / (performance.now() - begun);
};

/** The first round of each warms up. */
async function compared(baseline: () => Promise<number>, measured: () => Promise<number>) {
  await alternate(1, [baseline, measured]);
  const [one, other] = await alternate(ROUNDS, [baseline, measured]);
  return { measured: 1 / other!.rate, baseline: 1 / one!.rate, ratio: 1 / other!.ratio };
}

async function asOf(store: EventStore, large: Organisation): Promise<Figure> {
  const { check } = answering(store);
  const context = contextOf(large);
  const at = new Date().toISOString();
  const user = large.people.at(-1)!;
  const reading = rateOf(PAST_QUESTIONS, async () => {
    let count = 0;
    for await (const event of store.readStream(`organisation-${large.id}`)) count += event.revision >= 0 ? 1 : 0;
    if (count !== ACCESS_EVENTS) throw new Error(`the stream holds ${count} events`);
  });
  const answer = rateOf(PAST_QUESTIONS, async () => {
    const { body } = await check.execute(new CheckAccess(context, { permission: 'invoices:edit', user, at }));
    if (!(body as { allowed: boolean }).allowed) throw new Error('the answer is wrong');
  });
  return {
    name: 'as-of answer over 10,000 access events',
    ...(await compared(reading, answer)),
    unit: 'ms',
    aim: 'at most 100 ms',
    note: 'against reading and parsing the same events',
  };
}

async function whoCan(store: EventStore, large: Organisation): Promise<Figure> {
  const { whoCan: handler } = answering(store);
  const context = contextOf(large);
  const everybody = new Map(large.people.map((userId) => [userId, { userId, scope: 'all' }]));
  const loop = rateOf(WHO_CAN_QUESTIONS, () => {
    const items = [...everybody.values()].map(({ userId, scope }) => ({ userId, scope }));
    return Promise.resolve(items);
  });
  const answer = rateOf(WHO_CAN_QUESTIONS, async () => {
    const { body } = await handler.execute(new WhoCan(context, { permission: 'invoices:edit' }));
    if ((body as { items: unknown[] }).items.length !== MEMBERS) throw new Error('the answer is wrong');
  });
  return {
    name: 'who-can over 1,000 members',
    ...(await compared(loop, answer)),
    unit: 'ms',
    aim: 'at most 20 ms',
    note: 'against a loop over a Map of as many',
  };
}

async function sizes(store: EventStore, large: Organisation, small: Organisation): Promise<Figure> {
  const { authoriser } = answering(store);
  const deciding = ({ id, people }: Organisation) =>
    rateOf(DECISIONS, async (time) => {
      const userId = people[(time * 7) % people.length]!;
      const verdict = await authoriser.authorise({ userId }, id, 'invoices:edit', { createdBy: userId });
      if (!verdict.allowed) throw new Error('the answer is wrong');
    });
  const { measured, baseline, ratio } = await compared(deciding(small), deciding(large));
  return {
    name: 'decision, 1,000 members and 200 own roles',
    measured: measured * 1000,
    baseline: baseline * 1000,
    ratio,
    unit: 'µs',
    aim: 'ratio at most 2',
    note: 'against 10 members and 10 own roles; a request takes some hundred µs',
  };
}

/** What is answered about access, from a log on disk. */
export function run(): Promise<Outcome[]> {
  return inFolder(async (folder) => {
    const store = await openSqliteEventStore({ folder, clock: Date.now });
    try {
      const large = await made(store, MEMBERS, OWN_ROLES, ACCESS_EVENTS);
      const small = await made(store, 10, 10, 100);
      return [await asOf(store, large), await whoCan(store, large), await sizes(store, large, small)];
    } finally {
      await store.close();
    }
  });
}
