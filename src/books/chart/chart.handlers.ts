import { Inject, Injectable } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Patch } from '../../kernel/changes.js';
import type { Decide } from '../../kernel/decider.js';
import { conflict, notFound } from '../../kernel/refusal.js';
import { CommandWith, DomainQuery, RecordCommand, RecordQuery } from '../../platform/commands/command.js';
import { type Evidence, EVIDENCE } from '../../platform/commands/evidence.port.js';
import { FurtherPermission } from '../../platform/commands/further-permission.js';
import { answerAbout, requireRevision, unconditional } from '../../platform/commands/own-revision.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { reachesCommon } from '../../platform/http/within-reach.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { bankAccountsView } from '../bank-accounts/bank-account.view.js';
import { AccountSight } from './account-sight.service.js';
import type { AccountFields, ChartAccount } from './account.js';
import { chart, type Chart, type ChartEvent } from './chart.js';
import {
  type AccountInput,
  addAccount,
  archiveAccount,
  editAccount,
  markConfidential,
  type Named,
  restoreAccount,
  unmarkConfidential,
} from './chart.decide.js';
import { type Account, accountIn, ChartReader } from './chart-reader.service.js';
import { ConfidentialAccounts } from './confidential-accounts.service.js';
import { SoldOn } from './sold-on.service.js';

export class AddAccount extends CommandWith<AccountInput> {
  readonly name = 'AddAccount';
}

/** What can be done to an account that is there, by the names of the commands. */
export type AccountChange =
  | { readonly name: 'EditAccount'; readonly patch: Patch<AccountFields> }
  | {
      readonly name: 'ArchiveAccount' | 'RestoreAccount' | 'MarkAccountConfidential' | 'UnmarkAccountConfidential';
    };

export class ChangeAccount extends RecordCommand {
  readonly name: AccountChange['name'];

  constructor(
    context: RequestContext,
    id: string,
    readonly change: AccountChange,
  ) {
    super(context, id);
    this.name = change.name;
  }
}

export class GetAccount extends RecordQuery {}

export class ListAccounts extends DomainQuery {}

const answer = (events: readonly ChartEvent[]) => {
  const { accountId, revision } = events.at(-1)!.data;
  return { id: accountId, extra: { revision } };
};

/** The accounts that are there for whoever asks. */
@Injectable()
export class AccountsInSight {
  constructor(
    private readonly reader: ChartReader,
    private readonly sight: AccountSight,
    private readonly views: ViewReader,
  ) {}

  async of(context: RequestContext) {
    // Accounts of the chart come from the log; the view of bank accounts may be behind what was asked for.
    const { position } = await this.views.get(bankAccountsView, context, '');
    const [{ all }, hidden] = await Promise.all([this.reader.of(context.organisation), this.sight.hiddenFrom(context)]);
    // An account is of no brand and nobody's making.
    const seen = reachesCommon(context) ? all.filter(({ key }) => !hidden.has(key)) : [];
    return { all, seen, position };
  }
}

@CommandHandler(AddAccount)
export class AddAccountHandler implements ICommandHandler<AddAccount> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly confidential: ConfidentialAccounts,
  ) {}

  async execute({ context, body }: AddAccount): Promise<CommandAnswer> {
    const { organisation, ifMatch } = context;
    const made = await this.pipeline.change(chart, new AddAccount(unconditional(context), body), organisation, {
      about: { record: { kind: 'organisation', id: organisation }, factsOf: () => ({}) },
      prepare: async () => {
        if (!(await this.confidential.seen(context)))
          throw conflict('needs-confidential-accounts', 'Codes are given by people who see all accounts');
        requireRevision(ifMatch, -1);
        return undefined;
      },
      decide: addAccount(body),
      makes: true,
      answer,
    });
    return answerAbout(made.id, made, 0);
  }
}

/** A confidential account is changed by whoever may change those, and is not there for others. */
@CommandHandler(ChangeAccount)
export class ChangeAccountHandler implements ICommandHandler<ChangeAccount> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly states: StateCache,
    private readonly sight: AccountSight,
    private readonly accounts: AccountsInSight,
    private readonly soldOn: SoldOn,
    private readonly further: FurtherPermission,
  ) {}

  async execute({ context, id, change }: ChangeAccount): Promise<CommandAnswer> {
    const { organisation, ifMatch } = context;
    const record = { kind: 'chart-account', id };
    const { code } = await this.find(context, id);
    const command = new ChangeAccount(unconditional(context), id, change);
    const done = await this.pipeline.change(chart, command, organisation, {
      about: { record, factsOf: async () => ({ also: await this.sight.needsNow(organisation, [code]) }) },
      prepare: async ({ accounts }) => {
        const { confidential, revision } = accounts.get(code)!;
        if (confidential) await this.further.require(context, 'confidential-accounts:edit', {}, record);
        if (change.name === 'MarkAccountConfidential' && (await this.soldOn.is(context, code)))
          throw conflict('account-of-documents', 'Products, or invoices that were sent or will be, name this account');
        requireRevision(ifMatch, revision);
        return undefined;
      },
      decide: decisionOf(change, { accountId: id, code }),
      answer,
    });
    return answerAbout(id, done, (await this.find(context, id)).revision);
  }

  /** @throws Refusal not-found, conflict for a bank account */
  private async find(context: RequestContext, id: string): Promise<ChartAccount> {
    const { organisation } = context;
    const account = accountIn((await this.states.load(chart, '', organisation)).state, organisation, id);
    if (account !== undefined) return account;
    const { seen } = await this.accounts.of(context);
    if (seen.some((one) => one.id === id)) throw conflict('bank-account', 'It is changed among the bank accounts');
    throw notFound();
  }
}

function decisionOf(change: AccountChange, named: Named): Decide<Chart, ChartEvent> {
  switch (change.name) {
    case 'EditAccount':
      return editAccount(named, change.patch);
    case 'ArchiveAccount':
      return archiveAccount(named);
    case 'RestoreAccount':
      return restoreAccount(named);
    case 'MarkAccountConfidential':
      return markConfidential(named);
    case 'UnmarkAccountConfidential':
      return unmarkConfidential(named);
  }
}

@QueryHandler(GetAccount)
export class GetAccountHandler implements IQueryHandler<GetAccount> {
  constructor(
    private readonly accounts: AccountsInSight,
    @Inject(EVIDENCE) private readonly evidence: Pick<Evidence, 'refused'>,
  ) {}

  async execute({ context, id }: GetAccount): Promise<QueryAnswer> {
    const { all, seen, position } = await this.accounts.of(context);
    const account = seen.find((one) => one.id === id);
    if (account !== undefined) return new QueryAnswer(answerOf(account), position, account.revision);
    if (all.some((one) => one.id === id)) await this.evidence.refused(context, 'record', { kind: 'chart-account', id });
    throw notFound();
  }
}

/** All in one: a chart is read as a whole, and is not long. */
@QueryHandler(ListAccounts)
export class ListAccountsHandler implements IQueryHandler<ListAccounts> {
  constructor(private readonly accounts: AccountsInSight) {}

  async execute({ context }: ListAccounts): Promise<QueryAnswer> {
    const { seen, position } = await this.accounts.of(context);
    return new QueryAnswer({ items: seen.map(answerOf), next: null }, position);
  }
}

export const answerOf = (account: Account) => {
  const { id, revision, code, name, type, vatTreatment, control, bank, confidential, archived } = account;
  return { id, revision, code, name, type, vatTreatment, control, bank, confidential, archived };
};
