import { setTimeout as sleep } from 'node:timers/promises';
import { products } from '../../src/books/products/product.js';
import { archiveProduct, createProduct, editProduct } from '../../src/books/products/product.decide.js';
import { productsView } from '../../src/books/products/product.view.js';
import { customers } from '../../src/books/customers/customer.js';
import { archiveCustomer, createCustomer, editCustomer } from '../../src/books/customers/customer.decide.js';
import { customersView } from '../../src/books/customers/customer.view.js';
import type { ViewDefinition } from '../../src/kernel/view.js';
import type { Recorded } from '../../src/kernel/event.js';
import { Refusal } from '../../src/kernel/refusal.js';
import { EventCodec } from '../../src/platform/codec/event-codec.js';
import { Appender } from '../../src/platform/commands/appender.js';
import { DomainCommand } from '../../src/platform/commands/command.js';
import { Idempotency } from '../../src/platform/commands/idempotency.js';
import { CommandPipeline } from '../../src/platform/commands/pipeline.js';
import type { CommandAnswer, RequestContext, Verdict } from '../../src/platform/commands/principal.js';
import { StateCache } from '../../src/platform/commands/state-cache.js';
import { type EventStore, OutcomeUnknown, StoreUnavailable } from '../../src/platform/event-store/event-store.port.js';
import { openSqliteEventStore } from '../../src/platform/event-store/sqlite/sqlite-event-store.js';
import { runProjector } from '../../src/platform/projector/projector.js';
import { rebuildViews } from '../../src/platform/projector/rebuild-views.js';
import { Rest } from '../../src/platform/projector/rest.js';
import { SqliteViewWriter } from '../../src/platform/read-model/sqlite/view-writer.js';
import { openSqliteVault } from '../../src/platform/vault/sqlite/sqlite-vault.js';
import { type Vault, VaultUnavailable } from '../../src/platform/vault/vault.port.js';
import type { Ask } from './history.js';
import type { Inspection, Outcome, Question, Seen } from './node.protocol.js';
import { liveDocuments, storedViews } from './stored-views.js';

class Simulated extends DomainCommand {
  constructor(
    context: RequestContext,
    readonly name: string,
  ) {
    super(context);
  }
}

interface Tally {
  readonly organisation: string;
  readonly events: number;
}
/** Counts the events of an organisation: one that is folded twice or left out shows. */
const tallyView: ViewDefinition<Tally> = {
  name: 'tally',
  version: 1,
  events: 'all',
  fields: {},
  sorts: {},
  indexes: [],
  keys: ({ metadata }) => [metadata.organisation ?? ''],
  fold: (doc, { metadata }) => ({ organisation: metadata.organisation ?? '', events: (doc?.events ?? 0) + 1 }),
};
const VIEWS: readonly ViewDefinition[] = [productsView, customersView, tallyView];

const ORGANISATION = '00000000-0000-4000-8000-000000000001';
const CATALOGUE = { ...products.events, ...customers.events };

const ALLOWED: Verdict = {
  allowed: true,
  reach: { tokens: 'all' },
  authority: {
    permission: 'books:write',
    role: 'owner',
    scope: 'all',
    grantEventId: 'grant',
    grantedBy: 'founder',
    access: { organisation: 0, account: 0 },
  },
};

/** The stores of a node as they are opened in production, the pipeline over them, and a projector that is started again. */
interface Opened {
  readonly store: EventStore;
  readonly vault: Vault;
  readonly codec: EventCodec;
  readonly pipeline: CommandPipeline;
  readonly projector: Projecting;
}

export class Node {
  private opened: Opened | undefined;

  constructor(private readonly folder: string) {}

  async answer(question: Question): Promise<unknown> {
    switch (question.kind) {
      case 'open':
        this.opened = await this.open();
        return undefined;
      case 'close':
      case 'abandon':
        return this.close();
      case 'inspect':
        return this.inspect();
      case 'command':
        return this.command(question.key, question.ask, question.id);
    }
  }

  private async open(): Promise<Opened> {
    const { folder } = this;
    const store = await openSqliteEventStore({ folder, clock: Date.now });
    let vault: Vault | undefined;
    try {
      vault = await openSqliteVault({ folder, masterKey: new Uint8Array(32).fill(7) });
      const codec = new EventCodec(vault, [CATALOGUE]);
      const pipeline = new CommandPipeline(
        new StateCache(store, codec),
        new Appender(store, codec, Date.now),
        { authorise: () => Promise.resolve(ALLOWED) },
        { refused: () => Promise.resolve(), read: () => Promise.resolve() },
        new Idempotency(await vault.secret('idempotency')),
        Date.now,
      );
      return { store, vault, codec, pipeline, projector: new Projecting(folder, store, codec) };
    } catch (error) {
      await vault?.close();
      await store.close();
      throw error;
    }
  }

  /** Whatever is under way fails, or is never answered. */
  private async close(): Promise<void> {
    const { opened } = this;
    this.opened = undefined;
    if (opened === undefined) return;
    await opened.projector.stop();
    await opened.vault.close();
    await opened.store.close();
  }

  private async command(key: string, ask: Ask, id: string | undefined): Promise<Outcome> {
    if (this.opened === undefined) return { kind: 'nothing' };
    try {
      const { position, ...answer } = await run(this.opened.pipeline, key, ask, id);
      return {
        kind: 'done',
        id: answer.id,
        revision: answer.revision,
        position: position ?? '',
        created: answer.created,
      };
    } catch (error) {
      if (error instanceof OutcomeUnknown) return { kind: 'unknown' };
      if (error instanceof StoreUnavailable || error instanceof VaultUnavailable) return { kind: 'nothing' };
      if (error instanceof Refusal && error.code === 'unavailable') return { kind: 'nothing' };
      if (error instanceof Refusal) return { kind: 'refused', code: error.code };
      throw error;
    }
  }

  private async inspect(): Promise<Inspection> {
    const { store, codec, projector } = this.opened!;
    const head = await store.head();
    if (head !== undefined) await projector.reach(head);
    await projector.stop();
    const before = storedViews(this.folder).generations;
    const writer = new SqliteViewWriter(this.folder);
    await rebuildViews({ reader: store, writer, codec, views: VIEWS });
    await writer.close();
    const log: Seen[] = [];
    for await (const { events } of store.readAll())
      for (const event of await codec.open(events)) log.push(seenOf(event));
    return {
      log,
      checkpoints: Object.fromEntries(
        before.filter(({ row }) => row.state === 'live').map(({ row }) => [row.view, row.checkpoint]),
      ),
      views: liveDocuments(before),
      rebuilt: liveDocuments(storedViews(this.folder).generations),
    };
  }
}

function run(pipeline: CommandPipeline, key: string, ask: Ask, id = ''): Promise<CommandAnswer> {
  const context: RequestContext = {
    principal: { userId: 'founder', session: 'session' },
    organisation: ORGANISATION,
    permission: 'books:write',
    route: ask.kind,
    path: id,
    requestId: key,
    correlationId: key,
    source: { ip: '192.0.2.1', userAgent: 'soak' },
    idempotencyKey: key,
    body: ask,
  };
  const command = new Simulated(context, ask.kind);
  if (ask.what === 'product') {
    switch (ask.kind) {
      case 'create':
        return pipeline.create(products, command, { decide: createProduct({ name: ask.text }) });
      case 'edit':
        return pipeline.change(products, command, id, { decide: editProduct({ name: ask.text }) });
      case 'archive':
        return pipeline.change(products, command, id, { decide: archiveProduct() });
    }
  }
  switch (ask.kind) {
    case 'create':
      return pipeline.create(customers, command, { decide: createCustomer({ name: ask.text }) });
    case 'edit':
      return pipeline.change(customers, command, id, { decide: editCustomer(id, { name: ask.text }) });
    case 'archive':
      return pipeline.change(customers, command, id, { decide: archiveCustomer(id) });
  }
}

function seenOf({ id, stream, revision, position, type, data }: Recorded): Seen {
  const { name, changes, contact } = data as { readonly name?: string } & Partial<Record<'changes' | 'contact', Edit>>;
  return { id, stream, revision, position, type, text: name ?? changes?.name?.to ?? contact?.name?.to ?? null };
}

interface Edit {
  readonly name?: { readonly to: string };
}

/** A projector on a connection of its own; whatever ends it, another one is started. */
class Projecting {
  private readonly stopping = new AbortController();
  private readonly rest = new Rest();
  private readonly reached = new Map<string, string>();
  private readonly running: Promise<void>;

  constructor(
    private readonly folder: string,
    private readonly reader: EventStore,
    private readonly codec: EventCodec,
  ) {
    this.running = this.run();
  }

  /** Resolves when every view reflects the position. */
  async reach(position: string): Promise<void> {
    this.rest.want(position);
    while (!VIEWS.every(({ name }) => (this.reached.get(name) ?? '') >= position)) await sleep(2);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.project().catch(() => undefined);
      await sleep(5, undefined, { signal }).catch(() => undefined);
    }
  }

  private async project(): Promise<void> {
    const { folder, reader, codec, rest } = this;
    const writer = new SqliteViewWriter(folder);
    try {
      await runProjector({
        reader,
        writer,
        codec,
        rest,
        views: VIEWS,
        signal: this.stopping.signal,
        report: (report) => {
          if (report.kind === 'status') this.reached.set(report.view, report.status.checkpoint ?? '');
          if (report.kind === 'moved') for (const view of report.views) this.reached.set(view, report.position);
        },
      });
    } finally {
      await writer.close();
    }
  }
}
