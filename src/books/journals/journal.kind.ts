import { Injectable, type OnModuleInit } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import type { Past } from '../../platform/commands/past-documents.js';
import { RecordKinds, toldFromLog } from '../../platform/commands/record-kinds.js';
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
export class JournalKind implements OnModuleInit {
  constructor(
    private readonly kinds: RecordKinds,
    private readonly states: StateCache,
    private readonly facts: JournalFacts,
    private readonly chart: ChartReader,
    private readonly views: ViewReader,
  ) {}

  onModuleInit(): void {
    this.kinds.register({
      kind: 'journal',
      readPermission: 'journals:read',
      ...toldFromLog(
        journals,
        this.states.read,
        ({ fields }) => labelOf(fields),
        (...about) => this.facts.of(...about),
      ),
      asOf: (past, organisation, id) => this.asOf(past, organisation, id),
      search: (context, sought) => searchView(this.views, journalsView, SEARCHED, context, sought),
    });
  }

  private async asOf(past: Past, organisation: string, id: string): Promise<object | undefined> {
    const doc = await past.document({
      view: journalsView,
      key: id,
      streams: [streamOf(journals, organisation, id)],
    });
    return doc === null ? undefined : answerOf(id, doc, await this.chart.of(organisation));
  }
}

const SEARCHED: Searched<JournalDoc> = {
  show: ({ date, purpose, currency, lines }) => ({ date, purpose, currency, total: totalOf(lines) }),
};
