import type { RecordFacts } from '../src/kernel/decider.js';
import { authorise } from '../src/access/authoriser/authorise.js';
import type { AssignmentsService } from '../src/access/assignments/assignments.service.js';
import { AuthoriserService } from '../src/access/authoriser/authoriser.service.js';
import { accounts } from '../src/access/accounts/account.js';
import {
  accessOf,
  BUILT_IN_ROLES,
  type HeldGrant,
  type Membership,
  NO_ROLES,
  PERMISSIONS,
} from '../src/access/contract.js';
import { organisations } from '../src/access/organisations/organisation.js';
import type { StateCache } from '../src/platform/commands/state-cache.js';
import { alternate } from './bench.js';
import type { Figure, Outcome } from './figure.js';

const MEMBERS = 1000;
const ROUNDS = 9;
const QUESTIONS = 500_000;
const SERVICE_QUESTIONS = 100_000;
const NOW = Date.parse('2026-03-01T09:00:00.000Z');
const ORGANISATION = '01990000-0000-7000-8000-00000000c0de';

const grantOf = (role: string, index: number): HeldGrant => ({
  role,
  readOnly: false,
  switches: [],
  grantEventId: `event ${index}`,
  grantedBy: 'somebody',
  grantedAt: '2026-01-01T00:00:00.000Z',
  grantRevision: 0,
  ...(index % 3 === 0 && { until: '2030-01-01T00:00:00.000Z' }),
});

/** An organisation of a thousand people, each with three roles. */
function people(): ReadonlyMap<string, Membership & { readonly userId: string }> {
  const roles = [...BUILT_IN_ROLES.keys()];
  const members = Array.from({ length: MEMBERS }, (_, index) => {
    const grants = [0, 1, 2].map((offset) => grantOf(roles[(index + offset) % roles.length]!, index));
    return { userId: `user ${index}`, status: 'active' as const, grants };
  });
  return new Map(members.map((member) => [member.userId, member]));
}

/** Questions a microsecond; the sum keeps the work from being left out. */
function rateOf(questions: number, work: (question: number) => number): () => Promise<number> {
  return async () => {
    const begun = performance.now();
    let sum = 0;
    for (let question = 0; question < questions; question++) sum += work(question);
    if (sum < 0) throw new Error('never');
    return questions / ((performance.now() - begun) * 1000);
  };
}

/** The whole decision behind the port, both streams at their heads, as the pipeline asks for it; one after the other. */
function askingService(members: ReturnType<typeof people>): () => Promise<number> {
  const organisation = { ...organisations.initial(), founded: true, members };
  const account = { ...accounts.initial(), status: 'open' as const };
  const states = {
    load: (aggregate: { name: string }) => ({
      state: aggregate.name === 'account' ? account : organisation,
      revision: 1,
    }),
  } as unknown as StateCache;
  const authoriser = new AuthoriserService(states, () => NOW, {} as AssignmentsService);
  return async () => {
    const begun = performance.now();
    for (let question = 0; question < SERVICE_QUESTIONS; question++) {
      const principal = { userId: `user ${question % MEMBERS}` };
      await authoriser.authorise(principal, ORGANISATION, 'invoices:read', { createdBy: 'x' });
    }
    return SERVICE_QUESTIONS / ((performance.now() - begun) * 1000);
  };
}

/** A permission decision of states that are in memory, against a Map lookup. */
export async function run(): Promise<Outcome[]> {
  const members = people();
  const ids = [...members.keys()];
  const facts: RecordFacts = { createdBy: ids[1], assigned: [ids[2]!, ids[3]!] };
  const lookUp = rateOf(QUESTIONS, (question) => members.get(ids[(question * 7) % MEMBERS]!)!.grants.length);
  const decide = rateOf(QUESTIONS, (question) => {
    const id = ids[(question * 7) % MEMBERS]!;
    const permission = PERMISSIONS[(question * 31) % PERMISSIONS.length]!;
    return authorise(accessOf(members.get(id), NO_ROLES), id, permission, facts, NOW).allowed ? 1 : 0;
  });
  const contenders = [lookUp, decide, askingService(members)];
  // The first round warms up.
  await alternate(1, contenders);
  const [baseline, decision, service] = await alternate(ROUNDS, contenders);
  const figure = (name: string, { rate, ratio }: NonNullable<typeof decision>): Figure => ({
    name,
    measured: 1 / rate,
    baseline: 1 / baseline!.rate,
    ratio: 1 / ratio,
    unit: 'µs',
  });
  return [
    { ...figure('permission decision, warm', decision!), aim: 'at most 5 µs', note: 'against a Map lookup' },
    { ...figure('the same behind its port', service!), note: 'two folded states, promises and clock included' },
  ];
}
