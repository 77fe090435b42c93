import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reach, RecordFacts } from '../../src/kernel/decider.js';
import { streamOf } from '../../src/kernel/decider.js';
import { type Actor, type Authority, type Metadata, personOf } from '../../src/kernel/event.js';
import type { PersonName } from '../../src/access/contract.js';
import { evidenceEvents } from '../../src/audit/contract.js';
import { EvidenceService } from '../../src/audit/evidence/evidence.service.js';
import { merged } from '../../src/audit/trail/catalogue.js';
import { RecordsInSight } from '../../src/audit/trail/records.service.js';
import { TrailFinder, type TrailSearch } from '../../src/audit/trail/trail.finder.js';
import { SearchTrail, SearchTrailHandler, type TrailPage } from '../../src/audit/trail/trail.handlers.js';
import { TrailPresenter } from '../../src/audit/trail/trail.presenter.js';
import { trailOf } from '../../src/audit/trail/trail.view.js';
import { EventCodec } from '../../src/platform/codec/event-codec.js';
import { Appender } from '../../src/platform/commands/appender.js';
import type { Principal, RequestContext } from '../../src/platform/commands/principal.js';
import { type RecordDescription, type RecordKind, RecordKinds } from '../../src/platform/commands/record-kinds.js';
import type { EventStore, StoredEvent } from '../../src/platform/event-store/event-store.port.js';
import { openSqliteEventStore } from '../../src/platform/event-store/sqlite/sqlite-event-store.js';
import { Seal } from '../../src/platform/http/seal.js';
import { ViewReader } from '../../src/platform/http/view-reader.js';
import { SqliteReadModel } from '../../src/platform/read-model/sqlite/read-model.js';
import { SqliteViewWriter } from '../../src/platform/read-model/sqlite/view-writer.js';
import type { Logger } from '../../src/platform/telemetry/logger.js';
import { openSqliteVault } from '../../src/platform/vault/sqlite/sqlite-vault.js';
import type { Vault } from '../../src/platform/vault/vault.port.js';
import { counterAggregate, type CounterEvent, counterEvents } from './counter.js';

export const ORGANISATION: string = randomUUID();
export const ANN: string = randomUUID();
export const BOB: string = randomUUID();
export const SUE: string = randomUUID();

const NAMES: ReadonlyMap<string, PersonName> = new Map([
  [ANN, { firstName: 'Ann', lastName: 'Hale', email: 'ann@hale.example' }],
  [BOB, { firstName: 'Bob', lastName: 'Hale', email: 'bob@hale.example' }],
]);

export const counterStream = (id: string, organisation = ORGANISATION): string =>
  streamOf(counterAggregate, organisation, id);

/** Who did it where, and what allowed it. */
interface How {
  readonly actor?: Actor;
  readonly organisation?: string;
  readonly permission?: string;
}

/** The trail over real stores, without the web server. The view is folded when a test says so. */
export class TrailWorld {
  /** Milliseconds since 1970; moves when a test says so. */
  now = Date.UTC(2026, 2, 1, 9);
  /** What `findPeople` of each kind answers, by the words. */
  readonly people = new Map<string, readonly string[]>();
  readonly descriptions = new Map<string, RecordDescription>();
  /** How far each permission reaches, by user; no entry: not at all. */
  readonly reaches = new Map<string, Reach['tokens']>();
  readonly logged: { readonly level: string; readonly what: object }[] = [];
  private readonly log = {
    warn: (what: object) => void this.logged.push({ level: 'warn', what }),
    error: (what: object) => void this.logged.push({ level: 'error', what }),
  } as unknown as Logger;
  readonly kinds = new RecordKinds();
  readonly evidence: EvidenceService;
  readonly model: SqliteReadModel;
  readonly codec: EventCodec;
  private readonly writer: SqliteViewWriter;
  private readonly handler: SearchTrailHandler;

  private constructor(
    readonly folder: string,
    readonly store: EventStore,
    readonly vault: Vault,
  ) {
    this.codec = new EventCodec(vault, [counterEvents, evidenceEvents]);
    this.model = new SqliteReadModel(folder);
    this.writer = new SqliteViewWriter(folder);
    this.evidence = this.node();
    this.register('counter', 'counters:read');
    this.register('organisation', 'organisation:read');
    const seal = new Seal(new Uint8Array(32).fill(9));
    const views = new ViewReader(this.model, { waitFor: () => Promise.resolve(true) }, seal, {
      refused: () => Promise.resolve(),
    });
    const records = new RecordsInSight(this.kinds, {
      authorise: (principal, _, permission) => Promise.resolve(this.verdict(principal, permission)),
    });
    this.handler = new SearchTrailHandler(
      this.evidence,
      new TrailFinder(this.catalogue, store, views, records, seal, this.evidence),
      new TrailPresenter(
        this.catalogue,
        this.codec,
        { namesOf: () => Promise.resolve(NAMES) },
        records,
        seal,
        this.log,
        { currencyOf: () => Promise.resolve('GBP') },
      ),
    );
  }

  readonly catalogue = merged([counterEvents, evidenceEvents]);

  static async open(): Promise<TrailWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'trail-'));
    const vault = await openSqliteVault({ folder, masterKey: new Uint8Array(32).fill(7) });
    const time = { now: (): number => 0 };
    const store = await openSqliteEventStore({ folder, clock: () => time.now() });
    const world = new TrailWorld(folder, store, vault);
    time.now = () => world.now;
    return world;
  }

  async close(): Promise<void> {
    await this.writer.close();
    await this.model.close();
    await this.store.close();
    await this.vault.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The evidence of another application instance on these stores. */
  node(store: EventStore = this.store): EvidenceService {
    const clock = (): number => this.now;
    return new EvidenceService(new Appender(store, this.codec, clock), clock, this.log);
  }

  context(userId = ANN, more: Partial<RequestContext> = {}): RequestContext {
    return {
      principal: { userId, session: 's1' },
      organisation: ORGANISATION,
      permission: 'audit:read',
      route: 'GET /v1/organisations/:org/audit',
      requestId: randomUUID(),
      correlationId: 'c1',
      source: { ip: '192.0.2.7', userAgent: 'spec' },
      reach: { tokens: 'all' },
      ...more,
    };
  }

  /** Lets a person do something everywhere, or where the tokens say. */
  allow(userId: string, permission: string, tokens: Reach['tokens'] = 'all'): void {
    this.reaches.set(`${userId} ${permission}`, tokens);
  }

  describe(kind: string, id: string, label: string, facts: RecordFacts = {}): void {
    this.descriptions.set(`${kind}/${id}`, { label, facts });
  }

  /** Records an event of a counter as if a command had; answers its id. */
  async record(counter: string, event: CounterEvent, how: How = {}): Promise<string> {
    const { actor = { kind: 'user', id: ANN }, organisation = ORGANISATION, permission = 'counters:raise' } = how;
    const id = randomUUID();
    const { schemaVersion, data } = await this.codec.seal(id, event, organisation);
    const person = personOf(actor);
    const metadata: Metadata = {
      organisation,
      actor,
      command: 'Spec',
      correlationId: 'c1',
      requestId: 'r1',
      authority: authority(permission),
      ...(person === undefined
        ? {}
        : { source: await this.codec.sealSource({ ip: '192.0.2.9', userAgent: 'app' }, organisation, person) }),
    };
    await this.store.append(counterStream(counter, organisation), 'any', [
      { id, type: event.type, schemaVersion, data, metadata },
    ]);
    return id;
  }

  open(counter: string, owner: string, label: string, how: How = {}) {
    return this.record(counter, { type: 'CounterOpened', data: { owner, label } }, how);
  }

  raise(counter: string, by: number, how: How = {}) {
    return this.record(counter, { type: 'CounterRaised', data: { by } }, how);
  }

  async events(): Promise<StoredEvent[]> {
    const found: StoredEvent[] = [];
    for await (const { events } of this.store.readAll()) found.push(...events);
    return found;
  }

  /** Folds the log into the view. */
  async project(): Promise<void> {
    const view = trailOf(this.catalogue);
    const [generation] = await this.writer.prepare([view]);
    const events = await this.codec.open(await this.events());
    const last = events.at(-1);
    if (last !== undefined) await this.writer.apply(generation!, view, events, last.position);
    if (!generation!.live) await this.writer.swap(generation!);
  }

  /** `GET .../audit`, after folding what is in the log. */
  async search(search: Partial<TrailSearch> = {}, context: RequestContext = this.context()): Promise<TrailPage> {
    await this.project();
    return this.look(search, context);
  }

  /** `GET .../audit`, of what was folded before. */
  async look(search: Partial<TrailSearch> = {}, context: RequestContext = this.context()): Promise<TrailPage> {
    return (await this.handler.execute(new SearchTrail(context, { limit: 50, ...search }))).body;
  }

  private verdict({ userId }: Principal, permission: string) {
    const tokens = this.reaches.get(`${userId} ${permission}`);
    return tokens === undefined
      ? { allowed: false as const, because: 'area' as const }
      : { allowed: true as const, authority: authority(permission), reach: { tokens } };
  }

  private register(kind: string, readPermission: string): void {
    const registered: RecordKind = {
      kind,
      readPermission,
      describe: (_, ids) =>
        Promise.resolve(
          new Map(
            ids.flatMap((id) => {
              const description = this.descriptions.get(`${kind}/${id}`);
              return description === undefined ? [] : [[id, description] as const];
            }),
          ),
        ),
      findPeople: (_, words, limit) => Promise.resolve((this.people.get(`${kind} ${words}`) ?? []).slice(0, limit)),
    };
    this.kinds.register(registered);
  }
}

export const authority = (permission: string): Authority => ({
  permission,
  role: 'sales',
  scope: 'all',
  grantEventId: 'grant-event',
  grantedBy: ANN,
  access: { organisation: 3, account: 1 },
});
