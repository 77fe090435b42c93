import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { ORGANISATIONS, type OrganisationDirectory } from '../../access/contract.js';
import { movedFacts } from '../../kernel/decider.js';
import { CommandWith, PagedQuery, RecordCommandWith, RecordQuery } from '../../platform/commands/command.js';
import { EVIDENCE, type Evidence } from '../../platform/commands/evidence.port.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer } from '../../platform/commands/principal.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { BrandSight } from '../brands/brands.service.js';
import { bankAccounts } from './bank-account.js';
import {
  type BankAccountInput,
  type BankAccountPatch,
  changeBankAccount,
  createBankAccount,
} from './bank-account.decide.js';
import { type BankAccountDoc, bankAccountsView } from './bank-account.view.js';

export class CreateBankAccount extends CommandWith<BankAccountInput> {
  readonly name = 'CreateBankAccount';
}

export class ChangeBankAccount extends RecordCommandWith<BankAccountPatch> {
  readonly name = 'ChangeBankAccount';
}

export class GetBankAccount extends RecordQuery {}

export class ListBankAccounts extends PagedQuery {}

/** A new account is none of those that anybody is limited to: people limited to bank accounts do not make any. */
@CommandHandler(CreateBankAccount)
export class CreateBankAccountHandler implements ICommandHandler<CreateBankAccount> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly brands: BrandSight,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
  ) {}

  execute(command: CreateBankAccount): Promise<CommandAnswer> {
    const { context, body } = command;
    const brandId = body.brandId ?? undefined;
    return this.pipeline.create(bankAccounts, command, {
      facts: { brandId },
      prepare: async () => {
        if (brandId !== undefined) await this.brands.requireBrand(context, brandId);
        return { currency: await this.organisations.currencyOf(context.organisation) };
      },
      decide: createBankAccount(body),
    });
  }
}

@CommandHandler(ChangeBankAccount)
export class ChangeBankAccountHandler implements ICommandHandler<ChangeBankAccount> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly brands: BrandSight,
  ) {}

  execute(command: ChangeBankAccount): Promise<CommandAnswer> {
    const { context, id, body: patch } = command;
    return this.pipeline.change(bankAccounts, command, id, {
      factsAfter: (state) => movedFacts(bankAccounts.facts(state), patch),
      prepare: async (state) => {
        const { brandId } = patch;
        if (brandId && state.status !== 'absent' && brandId !== state.fields.brandId)
          await this.brands.requireBrand(context, brandId);
        return undefined;
      },
      decide: changeBankAccount(patch),
    });
  }
}

/** What the evidence calls it when somebody looks at bank accounts. */
const READ = 'bank details';

@QueryHandler(GetBankAccount)
export class GetBankAccountHandler implements IQueryHandler<GetBankAccount> {
  constructor(
    private readonly views: ViewReader,
    @Inject(EVIDENCE) private readonly evidence: Evidence,
  ) {}

  async execute({ context, id }: GetBankAccount): Promise<QueryAnswer> {
    const { value, position } = await this.views.record(bankAccountsView, context, { kind: 'bank-account', id });
    await this.evidence.read(context, READ);
    return new QueryAnswer(answerOf(id, value), position, value.revision);
  }
}

@QueryHandler(ListBankAccounts)
export class ListBankAccountsHandler implements IQueryHandler<ListBankAccounts> {
  constructor(
    private readonly views: ViewReader,
    @Inject(EVIDENCE) private readonly evidence: Evidence,
  ) {}

  async execute({ context, filter: query }: ListBankAccounts): Promise<QueryAnswer> {
    const answer = await this.views.list(bankAccountsView, context, query, answerOf);
    await this.evidence.read(context, READ);
    return answer;
  }
}

export const answerOf = (id: string, doc: BankAccountDoc) => ({
  id,
  revision: doc.revision,
  archived: doc.status === 'archived',
  name: doc.name,
  currency: doc.currency,
  bankName: doc.bankName ?? null,
  sortCode: doc.sortCode ?? null,
  accountNumber: doc.accountNumber ?? null,
  iban: doc.iban ?? null,
  bic: doc.bic ?? null,
  brandId: doc.brandId ?? null,
});
