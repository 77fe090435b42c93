import { Injectable, type OnModuleInit } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { Consequences } from '../../platform/commands/consequences.js';
import { systemMetadata } from '../../platform/commands/metadata.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import { type JournalReversed, journals } from './journal.js';
import { postReversal } from './journal.decide.js';

/** Posts the reversals of journals that were reversed. The command does it at once; this is for those that stopped short. */
@Injectable()
export class JournalReversals implements Reactor, OnModuleInit {
  readonly name = 'journal-reversals';
  readonly types = ['JournalReversed'] as const;

  constructor(
    private readonly states: StateCache,
    private readonly consequences: Consequences,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this);
  }

  async handle(event: Recorded): Promise<void> {
    await this.post(event as Recorded<JournalReversed>);
  }

  /** Once, whoever comes first. Answers where the reversal stands. */
  async post(cause: Recorded<JournalReversed>): Promise<{ readonly revision: number; readonly position: string }> {
    const organisation = cause.metadata.organisation ?? '';
    const id = recordIdOf(cause.stream);
    const { state } = await this.states.load(journals, organisation, id);
    if (state.status === 'absent') throw new Error(`Journal ${id} was reversed and is not there`);
    const { reversalId } = cause.data;
    const metadata = systemMetadata(cause, this.name, 'PostReversal');
    const decide = postReversal({ id, fields: state.fields }, cause.data);
    await this.consequences.write(journals, organisation, reversalId, decide, metadata);
    const { revision, position } = await this.states.load(journals, organisation, reversalId);
    return { revision, position: position! };
  }
}
