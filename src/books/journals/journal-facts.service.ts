import { Injectable } from '@nestjs/common';
import type { ReadState, RecordFacts } from '../../kernel/decider.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { AccountSight } from '../chart/account-sight.service.js';
import { type Journal, journals } from './journal.js';

/** What decides about a journal: who made it, and all that its accounts ask for. */
@Injectable()
export class JournalFacts {
  constructor(
    private readonly states: StateCache,
    private readonly sight: AccountSight,
  ) {}

  /** At the moment of which `read` reads: marks come and go. */
  async of(read: ReadState, organisation: string, journal: Journal): Promise<RecordFacts> {
    if (journal.status === 'absent') return {};
    const accounts = journal.fields.lines.map(({ account }) => account);
    return { ...journals.facts(journal), also: await this.sight.needs(read, organisation, accounts) };
  }

  now(organisation: string, journal: Journal): Promise<RecordFacts> {
    return this.of((aggregate, within, id) => this.states.load(aggregate, within, id), organisation, journal);
  }
}
