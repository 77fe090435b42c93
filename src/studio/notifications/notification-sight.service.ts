import { Inject, Injectable } from '@nestjs/common';
import type { RecordFacts } from '../../kernel/decider.js';
import { AUTHORISER, type Authoriser, type Principal } from '../../platform/commands/principal.js';
import { RecordKinds } from '../../platform/commands/record-kinds.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { NOTIFICATION_KINDS, type NotificationKind, type RecordOf } from './notification-kinds.js';

/** What somebody may be told. */
export interface Tellable {
  readonly kind: string;
  readonly record: RecordOf;
}

/** Asks of notifications what is asked of their records, each time anew: may this person read this one, now? */
@Injectable()
export class NotificationSight {
  constructor(
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    private readonly kinds: RecordKinds,
    private readonly states: StateCache,
  ) {}

  /** Facts of the record now; undefined where there is none. */
  async factsOf(organisation: string, { facts }: NotificationKind, record: RecordOf): Promise<RecordFacts | undefined> {
    if (facts !== undefined) return facts;
    const known = this.kinds.of(record.kind);
    if (known?.factsOf !== undefined) return known.factsOf(this.states.read, organisation, record.id);
    return (await known?.describe(organisation, [record.id]))?.get(record.id)?.facts;
  }

  /** Whether the permission of the kind reaches a record with these facts. Kinds about oneself are for every member. */
  async maySee(
    principal: Principal,
    organisation: string,
    { permission }: NotificationKind,
    facts: RecordFacts | undefined,
  ): Promise<boolean> {
    if (facts === undefined) return false;
    const verdict = await this.authoriser.authorise(principal, organisation, permission, facts);
    return verdict.allowed;
  }

  /** Whether the person chooses for this brand: they may read its records, whoever made them and is assigned. */
  async choosesBrand(
    principal: Principal,
    organisation: string,
    kind: NotificationKind,
    brandId: string,
  ): Promise<boolean> {
    return kind.branded && (await this.maySee(principal, organisation, kind, { brandId }));
  }

  /** Those of some notifications that the person may see now, in their order. Each record is asked about once. */
  async visible<T extends Tellable>(
    principal: Principal,
    organisation: string,
    told: readonly T[],
  ): Promise<readonly T[]> {
    const answers = new Map<string, Promise<boolean>>();
    const ask = ({ kind, record }: Tellable): Promise<boolean> => {
      const known = NOTIFICATION_KINDS.get(kind);
      if (known === undefined) return Promise.resolve(false);
      const question = JSON.stringify([known.permission, record.kind, record.id]);
      const answer = answers.get(question) ?? this.ask(principal, organisation, known, record);
      answers.set(question, answer);
      return answer;
    };
    const seen = await Promise.all(told.map(ask));
    return told.filter((_, index) => seen[index]);
  }

  /** What records are called, by kind and id. Only for whom each of them is visible. */
  async labels(organisation: string, records: readonly RecordOf[]): Promise<(record: RecordOf) => string | undefined> {
    const kinds = [...new Set(records.map(({ kind }) => kind))];
    const described = await Promise.all(
      kinds.map(async (kind) => {
        const ids = [...new Set(records.flatMap((record) => (record.kind === kind ? [record.id] : [])))];
        return [kind, await this.kinds.of(kind)?.describe(organisation, ids)] as const;
      }),
    );
    const byKind = new Map(described);
    return ({ kind, id }) => byKind.get(kind)?.get(id)?.label;
  }

  private async ask(
    principal: Principal,
    organisation: string,
    kind: NotificationKind,
    record: RecordOf,
  ): Promise<boolean> {
    return this.maySee(principal, organisation, kind, await this.factsOf(organisation, kind, record));
  }
}
