import { Inject, Injectable } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { dateAt } from '../../kernel/dates.js';
import type { Decide } from '../../kernel/decider.js';
import type { PlainDate, Recorded } from '../../kernel/event.js';
import { ORGANISATIONS, type OrganisationDirectory } from '../../access/contract.js';
import { CommandWith, RecordCommandWith } from '../../platform/commands/command.js';
import { requireRoom } from '../../platform/commands/consequences.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { CommandAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { type Clock, CLOCK, EVENT_STORE } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { Mutex } from '../../platform/projector/mutex.js';
import { isIncomeOrCost } from '../chart/account.js';
import { AccountSight } from '../chart/account-sight.service.js';
import { ChartReader } from '../chart/chart-reader.service.js';
import { CODES } from '../chart/codes.js';
import { LedgerReader } from '../ledger/ledger-reader.service.js';
import { PeriodLocks } from '../periods/period-locks.service.js';
import { HeldJournals } from '../transactions/held-journals.service.js';
import { type Journal, type JournalEvent, journals, type JournalReversed } from './journal.js';
import {
  type Accounts,
  type Balance,
  closeYear,
  type JournalInput,
  postJournal,
  postOpeningBalances,
  reverseJournal,
} from './journal.decide.js';
import { JournalFacts } from './journal-facts.service.js';
import { JournalReversals } from './journal-reversals.reactor.js';

export class PostJournal extends CommandWith<JournalInput> {
  readonly name = 'PostJournal';
}

export class PostOpeningBalances extends CommandWith<JournalInput> {
  readonly name = 'PostOpeningBalances';
}

/** Carries the result of all days up to one to the profits that are brought forward. */
export class CloseYear extends CommandWith<Omit<JournalInput, 'lines'>> {
  readonly name = 'CloseYear';
}

export class ReverseJournal extends RecordCommandWith<{
  readonly date?: PlainDate | undefined;
  readonly reason: string;
}> {
  readonly name = 'ReverseJournal';
}

/** What journals name, as far as it is there for whoever posts: any account that is neither hidden from them nor archived. */
@Injectable()
export class NamedAccounts {
  constructor(
    private readonly chart: ChartReader,
    private readonly sight: AccountSight,
    private readonly periods: PeriodLocks,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
  ) {}

  /** @throws Refusal conflict where the day is locked */
  async on(context: RequestContext, date: PlainDate): Promise<Accounts> {
    const { organisation } = context;
    const [currency, { all }, hidden] = await Promise.all([
      this.organisations.currencyOf(organisation),
      this.chart.of(organisation),
      this.sight.hiddenFrom(context),
      this.periods.requireOpen(organisation, date),
    ]);
    const open = all.filter(({ key, archived }) => !archived && !hidden.has(key));
    return { currency, keys: new Map(open.map(({ code, key }) => [code, key])) };
  }
}

/** With room for what its reversal says besides. @throws EventTooLarge */
const reversible =
  (decide: Decide<Journal, JournalEvent, Accounts>): Decide<Journal, JournalEvent, Accounts> =>
  (...deciding) => {
    const events = decide(...deciding);
    requireRoom(events);
    return events;
  };

@CommandHandler(PostJournal)
export class PostJournalHandler implements ICommandHandler<PostJournal> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly accounts: NamedAccounts,
  ) {}

  execute(command: PostJournal): Promise<CommandAnswer> {
    const { context, body } = command;
    return this.pipeline.create(journals, command, {
      prepare: () => this.accounts.on(context, body.date),
      decide: reversible(postJournal(body)),
    });
  }
}

@CommandHandler(PostOpeningBalances)
export class PostOpeningBalancesHandler implements ICommandHandler<PostOpeningBalances> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly accounts: NamedAccounts,
  ) {}

  execute(command: PostOpeningBalances): Promise<CommandAnswer> {
    const { context, body } = command;
    return this.pipeline.create(journals, command, {
      prepare: () => this.accounts.on(context, body.date),
      decide: reversible(postOpeningBalances(body, { accountCode: CODES.openingBalances })),
    });
  }
}

/**
 * On what the ledger holds when the command begins. What is posted to that year meanwhile, or later, is left on its accounts, and
 * the next command carries it forward. Those of one organisation come one after the other, each after what the one before has
 * carried forward; two nodes that are asked at once do not know of each other.
 */
@CommandHandler(CloseYear)
export class CloseYearHandler implements ICommandHandler<CloseYear> {
  /** By organisation. */
  private readonly turns = new Map<string, Mutex>();

  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly accounts: NamedAccounts,
    private readonly ledger: LedgerReader,
    private readonly chart: ChartReader,
    @Inject(EVENT_STORE) private readonly store: Pick<EventStore, 'head'>,
  ) {}

  execute(command: CloseYear): Promise<CommandAnswer> {
    const { context, body } = command;
    const turn = this.turns.get(context.organisation) ?? new Mutex();
    this.turns.set(context.organisation, turn);
    return turn.run(() =>
      this.pipeline.create(journals, command, {
        prepare: async () => ({
          ...(await this.accounts.on(context, body.date)),
          balances: await this.balances(context, body.date),
        }),
        decide: closeYear(body, { accountCode: CODES.retainedEarnings }),
      }),
    );
  }

  /** Of income and costs. @throws Refusal permission-denied where one of them is hidden; unavailable */
  private async balances(context: RequestContext, to: PlainDate): Promise<readonly Balance[]> {
    const head = await this.store.head();
    const upToNow: RequestContext = head === undefined ? context : { ...context, atLeast: head };
    await this.ledger.requireNothingHidden(upToNow, { to });
    const [{ value: turnovers }, { all }] = await Promise.all([
      this.ledger.turnovers(upToNow, { to }),
      this.chart.of(context.organisation),
    ]);
    return all.flatMap(({ key, code, type }) => {
      const turnover = isIncomeOrCost(type) ? turnovers.get(key) : undefined;
      if (turnover === undefined) return [];
      const { debit, credit, closing } = turnover;
      return [{ account: key, accountCode: code, amount: debit - credit + closing.debit - closing.credit }];
    });
  }
}

/**
 * The reversal has an id that follows from the journal's, and follows from the event itself: it is posted here, and by
 * `JournalReversals` where this does not come to its end.
 */
@CommandHandler(ReverseJournal)
export class ReverseJournalHandler implements ICommandHandler<ReverseJournal> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: JournalFacts,
    private readonly periods: PeriodLocks,
    private readonly reversals: JournalReversals,
    private readonly held: HeldJournals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(command: ReverseJournal): Promise<CommandAnswer> {
    const { context, id, body } = command;
    const { organisation } = context;
    const { date = dateAt(this.clock()), reason } = body;
    const reversalId = derivedId('reversal', organisation, id);
    let cause: Recorded<JournalReversed> | undefined;
    await this.pipeline.change(journals, command, id, {
      about: this.facts.about(organisation, id),
      prepare: async (state) => {
        await this.periods.requireOpen(organisation, date);
        await this.held.requireFree(organisation, id, state);
        return undefined;
      },
      decide: reverseJournal({ reversalId, date, reason }),
      answer: ([event]) => {
        cause = event as Recorded<JournalReversed>;
        return {};
      },
    });
    const { revision, position } = await this.reversals.post(cause!);
    return new CommandAnswer(reversalId, revision, position, true);
  }
}
