import type { RecordFacts } from '../src/kernel/decider.js';
import { authorise, type Membership } from '../src/access/authoriser/authorise.js';
import { AuthoriserService } from '../src/access/authoriser/authoriser.service.js';
import { accounts } from '../src/access/accounts/account.js';
import { BUILT_IN_ROLES, type HeldGrant, PERMISSIONS } from '../src/access/contract.js';
import { organisations } from '../src/access/organisations/organisation.js';
import type { StateCache } from '../src/platform/commands/state-cache.js';
import type { Figure } from './run.js';

const MEMBERS = 1000;
const ROUNDS = 2_000_000;
const SERVICE_ROUNDS = 200_000;
const NOW = Date.parse('2026-03-01T09:00:00.000Z');
const ORGANISATION = '01990000-0000-7000-8000-00000000c0de';

const grantOf = (role: string, index: number): HeldGrant => ({
  role,
  readOnly: false,
  switches: [],
  grantEventId: `event ${index}`,
  grantedBy: 'somebody',
  grantedAt: '2026-01-01T00:00:00.000Z',
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

/** Nanoseconds a round, the best of five runs; the sum keeps the work from being left out. */
function nanoseconds(rounds: number, work: (round: number) => number): number {
  let best = Infinity;
  let sum = 0;
  for (let run = 0; run < 6; run++) {
    const begun = process.hrtime.bigint();
    for (let round = 0; round < rounds; round++) sum += work(round);
    // The first run warms up.
    if (run > 0) best = Math.min(best, Number(process.hrtime.bigint() - begun) / rounds);
  }
  if (sum < 0) throw new Error('never');
  return best;
}

/** The whole decision behind the port, both streams at their heads, as the pipeline asks for it; one after the other. */
async function serviceNanoseconds(members: ReturnType<typeof people>): Promise<number> {
  const organisation = { ...organisations.initial(), founded: true, members };
  const account = { ...accounts.initial(), status: 'open' as const };
  const states = {
    load: (aggregate: { name: string }) =>
      Promise.resolve({ state: aggregate.name === 'account' ? account : organisation, revision: 1 }),
  } as unknown as StateCache;
  const authoriser = new AuthoriserService(states, () => NOW);
  let best = Infinity;
  for (let run = 0; run < 4; run++) {
    const begun = process.hrtime.bigint();
    for (let round = 0; round < SERVICE_ROUNDS; round++) {
      await authoriser.authorise({ userId: `user ${round % MEMBERS}` }, ORGANISATION, 'invoices:read', {
        createdBy: 'x',
      });
    }
    best = Math.min(best, Number(process.hrtime.bigint() - begun) / SERVICE_ROUNDS);
  }
  return best;
}

const figure = (name: string, measured: number, baseline: number, note: string): Figure => ({
  name,
  measured: measured / 1000,
  baseline: baseline / 1000,
  ratio: measured / baseline,
  unit: 'µs',
  note,
});

export async function run(): Promise<Figure[]> {
  const members = people();
  const ids = [...members.keys()];
  const facts: RecordFacts = { createdBy: ids[1], assigned: [ids[2]!, ids[3]!] };
  const lookUp = nanoseconds(ROUNDS, (round) => members.get(ids[(round * 7) % MEMBERS]!)!.grants.length);
  const decide = nanoseconds(ROUNDS, (round) => {
    const id = ids[(round * 7) % MEMBERS]!;
    const permission = PERMISSIONS[(round * 31) % PERMISSIONS.length]!;
    return authorise(members.get(id), id, permission, facts, NOW).allowed ? 1 : 0;
  });
  const service = await serviceNanoseconds(members);
  return [
    figure('permission decision, warm', decide, lookUp, 'against a Map lookup; target: at most 5 µs'),
    figure('the same behind its port', service, lookUp, 'two folded states, promises and clock included'),
  ];
}
