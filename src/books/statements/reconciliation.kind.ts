import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type ReadState, type RecordFacts, streamOf } from '../../kernel/decider.js';
import type { Past } from '../../platform/commands/past-documents.js';
import { type RecordDescription, type RecordKind, RecordKinds } from '../../platform/commands/record-kinds.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { AccountSight } from '../chart/account-sight.service.js';
import { factsOf, reconciliations } from './reconciliation.js';
import { answerOf } from './reconciliation.handlers.js';
import { reconciliationsView } from './reconciliation.view.js';

/** Reconciliations, for those who show records of all kinds. */
@Injectable()
export class ReconciliationKind implements RecordKind, OnModuleInit {
  readonly kind = 'reconciliation';
  readonly readPermission = 'transactions:read';

  constructor(
    private readonly kinds: RecordKinds,
    private readonly states: StateCache,
    private readonly sight: AccountSight,
  ) {}

  onModuleInit(): void {
    this.kinds.register(this);
  }

  async describe(organisation: string, ids: readonly string[]): Promise<ReadonlyMap<string, RecordDescription>> {
    const { read } = this.states;
    const { state } = await read(reconciliations, '', organisation);
    const found = ids.map(async (id) => {
      const facts = await this.factsOf(read, organisation, id);
      const label = `Reconciliation through ${state.finished.get(id)?.through ?? ''}`;
      return facts === undefined ? [] : [[id, { label, facts }] as const];
    });
    return new Map((await Promise.all(found)).flat());
  }

  /** With all that the accounts ask for which its balances tell of. */
  readonly factsOf = async (read: ReadState, organisation: string, id: string): Promise<RecordFacts | undefined> => {
    const { state } = await read(reconciliations, '', organisation);
    const finished = state.finished.get(id);
    if (finished === undefined) return undefined;
    return { ...factsOf(finished), also: await this.sight.needs(read, organisation, finished.codes ?? []) };
  };

  readonly asOf = async (past: Past, organisation: string, id: string): Promise<object | undefined> => {
    const streams = [streamOf(reconciliations, '', organisation)];
    const doc = await past.document({ view: reconciliationsView, key: id, streams });
    return doc?.organisation === organisation ? answerOf(id, doc) : undefined;
  };
}
