import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type ReadState, type RecordFacts, streamOf } from '../../kernel/decider.js';
import type { Past } from '../../platform/commands/past-documents.js';
import { type RecordDescription, type RecordKind, RecordKinds } from '../../platform/commands/record-kinds.js';
import { type Searched, searchView } from '../../platform/commands/record-search.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { ChartReader } from '../chart/chart-reader.service.js';
import { journals, labelOf } from './journal.js';
import { JournalFacts } from './journal-facts.service.js';
import { answerOf, totalOf } from './journal.queries.js';
import { type JournalDoc, journalsView } from './journal.view.js';

/** Journals, for those who show records of all kinds. */
@Injectable()
export class JournalKind implements RecordKind, OnModuleInit {
  readonly kind = 'journal';
  readonly readPermission = 'journals:read';

  constructor(
    private readonly kinds: RecordKinds,
    private readonly states: StateCache,
    private readonly facts: JournalFacts,
    private readonly chart: ChartReader,
    private readonly views: ViewReader,
  ) {}

  onModuleInit(): void {
    this.kinds.register(this);
  }

  /** From the log: what a journal asks for must not be unknown for as long as a view is behind. */
  async describe(organisation: string, ids: readonly string[]): Promise<ReadonlyMap<string, RecordDescription>> {
    const found = ids.map(async (id) => {
      const { state } = await this.states.load(journals, organisation, id);
      if (state.status === 'absent') return [];
      return [[id, { label: labelOf(state.fields), facts: await this.facts.now(organisation, state) }] as const];
    });
    return new Map((await Promise.all(found)).flat());
  }

  readonly factsOf = async (read: ReadState, organisation: string, id: string): Promise<RecordFacts | undefined> => {
    const { state } = await read(journals, organisation, id);
    return state.status === 'absent' ? undefined : this.facts.of(read, organisation, state);
  };

  /** Those that tell of an account which is hidden are left out by what `describe` says of them. */
  readonly search: NonNullable<RecordKind['search']> = (context, sought) =>
    searchView(this.views, journalsView, SEARCHED, context, sought);

  readonly asOf = async (past: Past, organisation: string, id: string): Promise<object | undefined> => {
    const doc = await past.document({
      view: journalsView,
      key: id,
      streams: [streamOf(journals, organisation, id)],
    });
    return doc === null ? undefined : answerOf(id, doc, await this.chart.of(organisation));
  };
}

const SEARCHED: Searched<JournalDoc> = {
  show: ({ date, purpose, currency, lines }) => ({ date, purpose, currency, total: totalOf(lines) }),
};
