import { createHmac } from 'node:crypto';
import { reachTokens } from '../../access/contract.js';
import type { Aggregate, Decide } from '../../kernel/decider.js';
import type { DomainEvent, Metadata } from '../../kernel/event.js';
import { foldedName } from '../../kernel/names.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { exactToken } from '../../kernel/words.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import type { Authoriser } from '../../platform/commands/principal.js';
import type { StateCache } from '../../platform/commands/state-cache.js';
import type { Clock } from '../../platform/commands/tokens.js';
import { type Reachable, withinReachOf } from '../../platform/http/within-reach.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import type { ImportOrder, ImportRights } from './import.order.js';
import type { Records } from './import.pen.js';

/** Kinds of records of which a row of a file is one. */
export interface RecordSource<State extends { readonly status: string }, E extends DomainEvent, Values extends object> {
  readonly aggregate: Aggregate<State, E>;
  /** Its documents have exact tokens of the fields by which records are known. */
  readonly view: ViewDefinition<Reachable>;
  readonly readPermission: string;
  /** The first of these that a row gives says which record it is. The first one names no person. */
  readonly knownBy: readonly [string, ...string[]];
  readonly decide: (values: Values) => Decide<State, E>;
}

export interface FinderTools {
  readonly rights: ImportRights;
  readonly records: Records;
  readonly authoriser: Authoriser;
  readonly states: StateCache;
  readonly model: Pick<ReadModel, 'find'>;
  readonly clock: Clock;
  /** 32 bytes. What people are known by goes into ids by an HMAC only, which nobody can guess them from. */
  readonly secret: Uint8Array;
}

export interface FoundRecord<State> {
  readonly id: string;
  /** `erased`: the row tells of somebody who was forgotten, and is not to bring them back. */
  readonly outcome: 'created' | 'existing' | 'erased';
  /** Of a record that was there. */
  readonly state?: State;
}

/**
 * Finds the record of a row, or makes it. A record is found by what the row is known by: one that an import made by its id,
 * which follows from that, any other one by its document. What the person may not see is not found, and another one made.
 */
export class RecordFinder<State extends { readonly status: string }, E extends DomainEvent, Values extends object> {
  constructor(
    private readonly source: RecordSource<State, E, Values>,
    private readonly tools: FinderTools,
    private readonly order: Pick<ImportOrder, 'organisation'>,
  ) {}

  /** @throws Refusal for values that no such record can have */
  async find(row: number, values: Values, metadata: Metadata): Promise<FoundRecord<State>> {
    const { aggregate } = this.source;
    const { records, states } = this.tools;
    const known = this.knownBy(values);
    const there = await this.inView(known);
    if (there !== undefined) return this.existing(row, there);
    for (let life = 0; ; life++) {
      const id = this.idFor(known, life);
      const { state } = await states.load(aggregate, this.order.organisation, id);
      if (!aggregate.exists(state)) {
        const created = await records.makeFor(row, aggregate, id, this.eventFor(id, values), metadata);
        return { id, outcome: created ? 'created' : 'existing' };
      }
      if (!(await this.isVisible(state))) continue;
      return state.status === 'erased' ? { id, outcome: 'erased' } : this.existing(row, id);
    }
  }

  private async existing(row: number, id: string): Promise<FoundRecord<State>> {
    const { aggregate } = this.source;
    const { state } = await this.tools.states.load(aggregate, this.order.organisation, id);
    return { id, state, outcome: (await this.tools.records.isOf(row, aggregate, id)) ? 'created' : 'existing' };
  }

  private eventFor(id: string, values: Values): E {
    const { aggregate, decide } = this.source;
    const { rights, clock } = this.tools;
    const now = new Date(clock()).toISOString();
    const context = { now, userId: rights.person, organisation: this.order.organisation, newId: id };
    const [event, ...more] = decide(values)(aggregate.initial(), context, undefined);
    if (event === undefined || more.length > 0) throw new Error(`A new ${aggregate.name} is made by one event`);
    return event;
  }

  /** Rows that give nothing by which records are known are told apart by all that they say. */
  private knownBy(values: Values): readonly [string, string] {
    for (const field of this.source.knownBy) {
      const value = (values as Readonly<Record<string, unknown>>)[field];
      if (typeof value === 'string') return [field, value];
    }
    const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
    return ['', JSON.stringify(given.sort(([a], [b]) => (a < b ? -1 : 1)))];
  }

  private idFor([field, value]: readonly [string, string], life: number): string {
    const { aggregate, knownBy } = this.source;
    const { organisation } = this.order;
    const lives = life === 0 ? [] : [String(life)];
    if (field === knownBy[0]) return derivedId(`imported-${aggregate.name}`, organisation, value, ...lives);
    const mac = createHmac('sha256', this.tools.secret)
      .update(JSON.stringify([organisation, aggregate.name, field, foldedName(value)]))
      .digest('base64url');
    return derivedId(`imported-${aggregate.name}-by`, organisation, mac, ...lives);
  }

  private async inView([field, value]: readonly [string, string]): Promise<string | undefined> {
    if (field === '') return undefined;
    const { readPermission, view } = this.source;
    const { authoriser, rights, model } = this.tools;
    const { organisation } = this.order;
    const verdict = await authoriser.authorise(rights.principal, organisation, readPermission);
    const reach = verdict.allowed ? verdict.reach : { tokens: reachTokens({ createdBy: rights.person }) };
    const where = [...withinReachOf(organisation, reach), { field: 'texts', has: exactToken(field, value) }];
    const { value: page } = await model.find(view, { where, sort: 'newest', limit: 1 });
    return page.items[0]?.key;
  }

  private async isVisible(state: State): Promise<boolean> {
    const { authoriser, rights } = this.tools;
    const facts = this.source.aggregate.facts(state);
    if (facts.createdBy === rights.person) return true;
    const { readPermission } = this.source;
    return (await authoriser.authorise(rights.principal, this.order.organisation, readPermission, facts)).allowed;
  }
}
