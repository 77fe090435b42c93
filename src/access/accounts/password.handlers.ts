import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { invalid } from '../../kernel/refusal.js';
import { DomainCommand } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { CommandAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { oneself } from '../oneself.js';
import { changePassword } from './account.decide.js';
import { accounts } from './account.js';
import { orForget } from './or-forget.js';
import { OwnPassword } from './own-password.service.js';
import { PasswordResets } from './password-resets.service.js';
import { Passwords } from './passwords.service.js';

/** Answers nothing: anything would tell whether there is an account. */
export class AskForPasswordReset extends Command<void> {
  constructor(
    readonly context: RequestContext,
    readonly email: string,
  ) {
    super();
  }
}

export class ResetPassword extends DomainCommand {
  readonly name = 'ResetPassword';

  constructor(
    context: RequestContext,
    readonly token: string,
    readonly password: string,
  ) {
    super(context);
  }
}

export class ChangePassword extends DomainCommand {
  readonly name = 'ChangePassword';

  constructor(
    context: RequestContext,
    readonly password: string,
    readonly newPassword: string,
  ) {
    super(context);
  }
}

@CommandHandler(AskForPasswordReset)
export class AskForPasswordResetHandler implements ICommandHandler<AskForPasswordReset> {
  constructor(private readonly resets: PasswordResets) {}

  execute({ email, context }: AskForPasswordReset): Promise<void> {
    return this.resets.ask(email, context);
  }
}

@CommandHandler(ResetPassword)
export class ResetPasswordHandler implements ICommandHandler<ResetPassword> {
  constructor(private readonly resets: PasswordResets) {}

  async execute({ token, password, context }: ResetPassword): Promise<CommandAnswer> {
    const { id, revision, position } = await this.resets.reset(token, password, context);
    return new CommandAnswer(id, revision, position, false);
  }
}

@CommandHandler(ChangePassword)
export class ChangePasswordHandler implements ICommandHandler<ChangePassword> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly own: OwnPassword,
    private readonly passwords: Passwords,
  ) {}

  async execute(command: ChangePassword): Promise<CommandAnswer> {
    const { context, password, newPassword } = command;
    const userId = oneself(context);
    const from = await this.own.confirm(password, context);
    if (newPassword === password) throw invalid('newPassword', 'is the password that you have');
    const to = await this.passwords.keep(userId, await this.passwords.hash(newPassword, 'newPassword'));
    const keeps = context.principal?.session;
    return orForget(
      () => this.pipeline.change(accounts, command, userId, { decide: changePassword({ from, to, keeps }) }),
      () => this.passwords.forget(userId, to),
    );
  }
}
