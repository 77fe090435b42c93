import { Inject, Injectable } from '@nestjs/common';
import type { Reach } from '../../kernel/decider.js';
import type { RecordRef } from '../../platform/commands/evidence.port.js';
import { meetsAlso } from '../../platform/commands/also-needed.js';
import { AUTHORISER, type Authoriser, type RequestContext } from '../../platform/commands/principal.js';
import { type RecordDescription, type RecordKind, RecordKinds } from '../../platform/commands/record-kinds.js';
import { reaches, type Sight } from './redaction.js';

const HIDDEN: Sight = { readable: false };

type ByRecord<T> = (ref: RecordRef) => T;

/** Records of all kinds, as one reader may see them now. Each question costs one decision and one look-up per kind. */
@Injectable()
export class RecordsInSight {
  constructor(
    private readonly kinds: RecordKinds,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
  ) {}

  /** What the reader may know of each record, by the permission to read records of its kind. */
  async seen(context: RequestContext, refs: readonly RecordRef[]): Promise<ByRecord<Sight>> {
    const sights = new Map<string, Sight>();
    const seeKind = async ([kind, ids]: readonly [string, readonly string[]]): Promise<void> => {
      const reach = await this.reachOf(context, kind);
      if (reach === undefined) return;
      const described = await this.describe(context.organisation, kind, ids);
      for (const id of ids) {
        const { label = null, facts = {} } = described.get(id) ?? {};
        if (reaches(reach, facts) && (await meetsAlso(this.authoriser, context, facts)))
          sights.set(nameOf({ kind, id }), { readable: true, label });
      }
    };
    await Promise.all(idsByKind(refs).map(seeKind));
    return (ref) => sights.get(nameOf(ref)) ?? HIDDEN;
  }

  /** Whether the permission of the request itself reaches each record. */
  async within(context: RequestContext, refs: readonly RecordRef[]): Promise<ByRecord<boolean>> {
    if (context.reach?.tokens === 'all') return () => true;
    const reached = new Set<string>();
    const reachKind = async ([kind, ids]: readonly [string, readonly string[]]): Promise<void> => {
      const described = await this.describe(context.organisation, kind, ids);
      for (const id of ids) {
        if (reaches(context.reach, described.get(id)?.facts ?? {})) reached.add(nameOf({ kind, id }));
      }
    };
    await Promise.all(idsByKind(refs).map(reachKind));
    return (ref) => reached.has(nameOf(ref));
  }

  /** What records of one kind are called, whoever asks: for actors, who are named to every reader of the trail. */
  async labels(organisation: string, kind: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (ids.length === 0) return new Map();
    const described = await this.describe(organisation, kind, ids);
    return new Map([...described].map(([id, { label }]) => [id, label]));
  }

  /** Ids of people whose own documents match the words and whom the reader may read, in one order; at most `limit`. */
  async people(context: RequestContext, words: string, limit: number): Promise<readonly string[]> {
    const found = await Promise.all([...this.kinds.all()].map((kind) => this.peopleOf(kind, context, words, limit)));
    // The first of each kind before the second of any: many members of a name leave room for customers.
    const ranked = found.flatMap((ids) => ids.map((id, rank) => ({ id, rank }))).sort((a, b) => a.rank - b.rank);
    return [...new Set(ranked.map(({ id }) => id))].slice(0, limit).sort();
  }

  private async peopleOf(
    kind: RecordKind,
    context: RequestContext,
    words: string,
    limit: number,
  ): Promise<readonly string[]> {
    if (kind.findPeople === undefined) return [];
    const reach = await this.reachOf(context, kind.kind);
    if (reach === undefined) return [];
    const ids = await kind.findPeople(context.organisation, words, limit);
    if (reach.tokens === 'all') return ids;
    const described = await kind.describe(context.organisation, ids);
    return ids.filter((id) => reaches(reach, described.get(id)?.facts ?? {}));
  }

  /** How far the reader's permission to read records of a kind reaches; undefined where they have none. */
  private async reachOf({ principal, organisation }: RequestContext, kind: string): Promise<Reach | undefined> {
    const known = this.kinds.of(kind);
    if (known === undefined || principal === undefined) return undefined;
    const verdict = await this.authoriser.authorise(principal, organisation, known.readPermission);
    return verdict.allowed ? verdict.reach : undefined;
  }

  private async describe(
    organisation: string,
    kind: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, RecordDescription>> {
    return (await this.kinds.of(kind)?.describe(organisation, ids)) ?? new Map();
  }
}

const nameOf = ({ kind, id }: RecordRef): string => `${kind}/${id}`;

function idsByKind(refs: readonly RecordRef[]): readonly (readonly [string, readonly string[]])[] {
  const kinds = new Map<string, Set<string>>();
  for (const { kind, id } of refs) kinds.set(kind, (kinds.get(kind) ?? new Set()).add(id));
  return [...kinds].map(([kind, ids]) => [kind, [...ids]] as const);
}
