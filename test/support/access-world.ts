import type { Aggregate, ReadState, RecordFacts } from '../../src/kernel/decider.js';
import type { DomainEvent } from '../../src/kernel/event.js';
import { assignPeople } from '../../src/access/assignments/assigning.js';
import { AssignmentsService } from '../../src/access/assignments/assignments.service.js';
import { assignments } from '../../src/access/assignments/assignments.js';
import {
  AccessMatrix,
  AccessMatrixHandler,
  CheckAccess,
  CheckAccessHandler,
  WhoCan,
  WhoCanHandler,
} from '../../src/access/authoriser/access.handlers.js';
import { AuthoriserService } from '../../src/access/authoriser/authoriser.service.js';
import { Moments } from '../../src/access/authoriser/moments.service.js';
import { Questions } from '../../src/access/authoriser/questions.service.js';
import { type Proposed, WhatIf, WhatIfHandler } from '../../src/access/authoriser/what-if.handlers.js';
import type { Permission } from '../../src/access/contract.js';
import type { Codec } from '../../src/platform/codec/codec.port.js';
import type { Evidence, RecordRef } from '../../src/platform/commands/evidence.port.js';
import { FurtherPermission } from '../../src/platform/commands/further-permission.js';
import type { RequestContext } from '../../src/platform/commands/principal.js';
import { factsIn, RecordKinds } from '../../src/platform/commands/record-kinds.js';
import { StateCache } from '../../src/platform/commands/state-cache.js';
import type { EventStore, StoredEvent } from '../../src/platform/event-store/event-store.port.js';
import type { Json } from './client.js';
import { ORGANISATION, OrganisationHistory, person } from './organisation-history.js';

type ThingChanged = DomainEvent<'ThingChanged', { readonly facts: RecordFacts | null; readonly client?: string }>;
interface Thing {
  readonly facts: RecordFacts | null;
  readonly client?: string;
}

/** Records as simple as can be: their facts are what the last event says, `null` where they are gone. Projects are such too. */
export const things: Aggregate<Thing, ThingChanged> = {
  name: 'thing',
  within: 'organisation',
  events: { ThingChanged: { schemaVersion: 1, summary: () => '', record: () => ({ kind: 'thing', id: '' }) } },
  readsPersonalFields: false,
  initial: () => ({ facts: null }),
  evolve: (_, { data }) => data,
  exists: ({ facts }) => facts !== null,
  facts: ({ facts }) => facts ?? {},
};

export const THING_READ: Permission = 'invoices:read';
export const THING_FINISH: Permission = 'invoices:issue';

/** An organisation's access with everything that answers for it, over a log in memory. */
export class AccessWorld {
  readonly history = OrganisationHistory.founded();
  readonly refused: { readonly permission: string; readonly record: RecordRef | undefined }[] = [];
  /** Ids of the things that somebody has to finish, the newest first. */
  unfinished: readonly string[] = [];
  /** Reads of streams, by their names. */
  readonly reads: string[] = [];
  readonly authoriser: AuthoriserService;
  readonly states: StateCache;
  private readonly streams = new Map<string, StoredEvent[]>();
  private readonly check: CheckAccessHandler;
  private readonly whoCan: WhoCanHandler;
  private readonly matrix: AccessMatrixHandler;
  private readonly whatIf: WhatIfHandler;

  constructor() {
    this.streams.set(`organisation-${ORGANISATION}`, this.history.events);
    this.openAccount('primary');
    const clock = () => Date.parse(this.history.now);
    const codec: Pick<Codec, 'open' | 'openWithoutPersonal'> = {
      open: (events) => Promise.resolve(events as never),
      openWithoutPersonal: (event) => event,
    };
    const store = this.store();
    const states = new StateCache(store, codec);
    this.states = states;
    const find = async (organisation: string, id: string, read?: ReadState) => {
      const { state } = await (read ?? states.load.bind(states))(things, organisation, id);
      if (state.facts === null) return undefined;
      return { facts: state.facts, archived: false, ...(state.client && { customerId: state.client }) };
    };
    const assigned = new AssignmentsService(states, { find });
    this.authoriser = new AuthoriserService(states, clock, assigned);
    const evidence = this.evidence();
    const kinds = this.kinds(states);
    const questions = new Questions(
      new Moments(states, store, codec, clock),
      kinds,
      assigned,
      this.authoriser,
      evidence,
    );
    this.check = new CheckAccessHandler(questions, new FurtherPermission(this.authoriser, evidence));
    this.whoCan = new WhoCanHandler(questions);
    this.matrix = new AccessMatrixHandler(questions);
    this.whatIf = new WhatIfHandler(questions, assigned, kinds, this.authoriser);
  }

  // --- what happens

  openAccount(name: string, verified = true): void {
    this.record(`account-${person(name)}`, 'AccountRegistered', { address: name, credential: 'c', origin: 'sign-up' });
    if (verified) this.record(`account-${person(name)}`, 'EmailVerified', { address: name });
  }

  eraseAccount(name: string): void {
    this.record(`account-${person(name)}`, 'AccountErased', { address: name });
  }

  thing(id: string, facts: RecordFacts | null, client?: string): void {
    this.record(`thing-${ORGANISATION}/${id}`, 'ThingChanged', { facts, ...(client && { client }) });
  }

  assign(project: string, names: readonly string[]): void {
    const stream = `assignments-${ORGANISATION}`;
    const state = this.of(stream).reduce(
      (folded, event) => assignments.evolve(folded, event as never),
      assignments.initial(),
    );
    const people = names.map(person);
    const context = { now: this.history.now, userId: '', organisation: ORGANISATION, newId: '' };
    const events = assignPeople(project, people)(state, context, new Set(people));
    for (const { type, data } of events) this.record(stream, type, data);
  }

  record(stream: string, type: string, data: object): void {
    const events = this.of(stream);
    this.streams.set(stream, events);
    events.push({
      id: `${stream}@${events.length}`,
      type,
      schemaVersion: 1,
      data,
      metadata: { actor: { kind: 'system', id: 'test' }, command: 'Test', correlationId: 'test', requestId: 'test' },
      stream,
      revision: events.length,
      position: String(events.length).padStart(16, '0'),
      recordedAt: this.history.now,
    });
  }

  // --- what is asked, by somebody

  async checked(
    asker: string,
    asked: { readonly permission: string; readonly user?: string; readonly record?: string; readonly at?: string },
  ): Promise<Json> {
    const { permission, ...more } = asked;
    const query = new CheckAccess(contextOf(asker), { permission: permission as Permission, ...more });
    return (await this.check.execute(query)).body;
  }

  async whoCould(
    asker: string,
    asked: { readonly permission: string; readonly record?: string; readonly at?: string },
  ): Promise<Json> {
    const { permission, ...more } = asked;
    const query = new WhoCan(contextOf(asker), { permission: permission as Permission, ...more });
    return (await this.whoCan.execute(query)).body;
  }

  async matrixOf(asker: string, asked: { readonly user?: string; readonly at?: string } = {}): Promise<Json> {
    return (await this.matrix.execute(new AccessMatrix(contextOf(asker), asked))).body;
  }

  async supposed(asker: string, changes: readonly Proposed[]): Promise<Json> {
    return (await this.whatIf.execute(new WhatIf(contextOf(asker), changes))).body;
  }

  eventCount(): number {
    return [...this.streams.values()].reduce((sum, events) => sum + events.length, 0);
  }

  private of(stream: string): StoredEvent[] {
    return this.streams.get(stream) ?? [];
  }

  private store(): Pick<EventStore, 'readStream' | 'newerThan'> {
    const of = (stream: string) => {
      this.reads.push(stream);
      return this.of(stream);
    };
    return {
      newerThan: (stream, revision) => this.of(stream).slice(revision + 1),
      async *readStream(stream) {
        yield* of(stream);
      },
    };
  }

  private evidence(): Evidence {
    return {
      refused: async ({ permission }, _, record) => {
        this.refused.push({ permission, record });
      },
      read: () => Promise.resolve(),
    };
  }

  private kinds(states: StateCache): RecordKinds {
    const kinds = new RecordKinds();
    kinds.register({
      kind: 'thing',
      readPermission: THING_READ,
      describe: () => Promise.resolve(new Map()),
      factsOf: factsIn(things),
      unfinished: {
        permission: THING_FINISH,
        find: async ({ principal, organisation, permission }, limit) => {
          const ids = this.unfinished.slice(0, limit);
          const loaded = await Promise.all(ids.map(async (id) => (await states.load(things, ORGANISATION, id)).state));
          const verdicts = await Promise.all(
            loaded.map(({ facts }) => this.authoriser.authorise(principal!, organisation, permission, facts ?? {})),
          );
          const value = ids.map((id, index) => ({ id, facts: loaded[index]!.facts ?? {} }));
          return { value: value.filter((_, index) => verdicts[index]!.allowed), position: '0' };
        },
      },
    });
    return kinds;
  }
}

export const contextOf = (asker: string): RequestContext => ({
  principal: { userId: person(asker) },
  organisation: ORGANISATION,
  permission: 'own',
  reach: { tokens: 'all' },
  route: 'test',
  requestId: 'test',
  correlationId: 'test',
  source: { ip: '', userAgent: '' },
});
