import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { notFound } from '../../kernel/refusal.js';
import { DomainCommand, DomainQuery } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { current } from '../answers.js';
import { oneself } from '../oneself.js';
import { editProfile, eraseAccount } from './account.decide.js';
import { AccountLinks } from './account-links.tokens.js';
import { accounts, type EditableProfile } from './account.js';
import { AccountsService, type NewAccount } from './accounts.service.js';
import { PRIMARY_CHECK, type PrimaryCheck } from './primary-check.port.js';
import { type ProfileDoc, profileOf } from './profile.view.js';
import { Profiles } from './profiles.service.js';

/** Answers the id alone: a revision or a position would tell whether the address was taken. */
export class SignUp extends Command<{ id: string }> {
  constructor(
    readonly context: RequestContext,
    readonly account: NewAccount,
  ) {
    super();
  }
}

export class VerifyEmail extends DomainCommand {
  readonly name = 'VerifyEmail';

  constructor(
    context: RequestContext,
    readonly token: string,
  ) {
    super(context);
  }
}

export class EditProfile extends DomainCommand {
  readonly name = 'EditProfile';

  constructor(
    context: RequestContext,
    readonly edit: Partial<EditableProfile>,
  ) {
    super(context);
  }
}

export class EraseAccount extends DomainCommand {
  readonly name = 'EraseAccount';
}

export class GetProfile extends DomainQuery<ProfileAnswer> {}

export type ProfileAnswer = Omit<ProfileDoc, 'revision'>;

@CommandHandler(SignUp)
export class SignUpHandler implements ICommandHandler<SignUp> {
  constructor(private readonly accounts: AccountsService) {}

  async execute({ account, context }: SignUp): Promise<{ id: string }> {
    return { id: await this.accounts.signUp(account, context) };
  }
}

@CommandHandler(VerifyEmail)
export class VerifyEmailHandler implements ICommandHandler<VerifyEmail> {
  constructor(
    private readonly links: AccountLinks,
    private readonly accounts: AccountsService,
  ) {}

  async execute({ token, context }: VerifyEmail): Promise<CommandAnswer> {
    const { accountId, eventId } = await this.links.read('verify-email', token);
    const { revision, position } = await this.accounts.verify(accountId, eventId, context);
    return new CommandAnswer(accountId, revision, position, false);
  }
}

@CommandHandler(EditProfile)
export class EditProfileHandler implements ICommandHandler<EditProfile> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly profiles: Profiles,
  ) {}

  execute(command: EditProfile): Promise<CommandAnswer> {
    return this.pipeline.change(accounts, command, oneself(command.context), {
      prepare: async (_, id) => profileOf(existing((await this.profiles.current(id)).doc)),
      decide: editProfile(command.edit),
    });
  }
}

@CommandHandler(EraseAccount)
export class EraseAccountHandler implements ICommandHandler<EraseAccount> {
  constructor(
    private readonly pipeline: CommandPipeline,
    @Inject(PRIMARY_CHECK) private readonly organisations: PrimaryCheck,
  ) {}

  execute(command: EraseAccount): Promise<CommandAnswer> {
    return this.pipeline.change(accounts, command, oneself(command.context), {
      prepare: async (_, id) => ({ primaryOf: await this.organisations.primaryOf(id) }),
      decide: eraseAccount,
    });
  }
}

@QueryHandler(GetProfile)
export class GetProfileHandler implements IQueryHandler<GetProfile> {
  constructor(private readonly profiles: Profiles) {}

  /** Has every change that was acknowledged before the request, so it reflects whatever position was asked for. */
  async execute({ context }: GetProfile): Promise<QueryAnswer<ProfileAnswer>> {
    const { doc, position } = await this.profiles.current(oneself(context));
    const { revision, ...profile } = existing(doc);
    return current(profile, { position }, context, revision);
  }
}

function existing(doc: ProfileDoc | null): ProfileDoc {
  if (doc === null) throw notFound();
  return doc;
}
