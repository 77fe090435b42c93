import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Instant } from '../../kernel/event.js';
import { notFound } from '../../kernel/refusal.js';
import { DomainCommand, DomainQuery } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { current } from '../answers.js';
import { oneself } from '../oneself.js';
import { accounts } from './account.js';
import { AccountWriter } from './account.writer.js';
import { orForget } from './or-forget.js';
import { OwnPassword } from './own-password.service.js';
import { Profiles } from './profiles.service.js';
import {
  disableSecondFactor,
  enableSecondFactor,
  noSecondFactor,
  prepareSecondFactor,
  replaceRecoveryCodes,
  secretToConfirm,
  wrongCode,
} from './second-factor.decide.js';
import { type Proof, recoveryCodesLeft } from './second-factor.js';
import { SecondFactors } from './second-factors.service.js';

export class PrepareSecondFactor extends DomainCommand {
  readonly name = 'PrepareSecondFactor';

  constructor(
    context: RequestContext,
    readonly password: string,
  ) {
    super(context);
  }
}

export class ConfirmSecondFactor extends DomainCommand {
  readonly name = 'ConfirmSecondFactor';

  constructor(
    context: RequestContext,
    readonly code: string,
  ) {
    super(context);
  }
}

/** The password and a code: what it takes to sign in. */
abstract class WithBothFactors extends DomainCommand {
  constructor(
    context: RequestContext,
    readonly password: string,
    readonly code: string,
  ) {
    super(context);
  }
}

export class DisableSecondFactor extends WithBothFactors {
  readonly name = 'DisableSecondFactor';
}

export class ReplaceRecoveryCodes extends WithBothFactors {
  readonly name = 'ReplaceRecoveryCodes';
}

export interface SecondFactorAnswer {
  readonly enabled: boolean;
  readonly since?: Instant;
  readonly recoveryCodesLeft?: number;
}

export class GetSecondFactor extends DomainQuery<SecondFactorAnswer> {}

/** A session and the password are not enough to weaken an account that has a second factor: its code is asked for too. */
async function bothFactors(
  { context, password, code }: WithBothFactors,
  parts: { readonly own: OwnPassword; readonly writer: AccountWriter; readonly factors: SecondFactors },
): Promise<Proof> {
  await parts.own.confirm(password, context);
  const account = await parts.writer.state(accounts, oneself(context));
  if (account.secondFactor.on === undefined) throw noSecondFactor();
  const proof = await parts.factors.prove(account, code);
  if (proof === undefined) throw wrongCode();
  return proof;
}

@CommandHandler(PrepareSecondFactor)
export class PrepareSecondFactorHandler implements ICommandHandler<PrepareSecondFactor> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly own: OwnPassword,
    private readonly factors: SecondFactors,
    private readonly profiles: Profiles,
  ) {}

  async execute(command: PrepareSecondFactor): Promise<CommandAnswer> {
    const userId = oneself(command.context);
    await this.own.confirm(command.password, command.context);
    const { doc } = await this.profiles.current(userId);
    if (doc === null) throw notFound();
    const { version, secret, uri } = await this.factors.makeSecret(userId, doc.email);
    return orForget(
      () =>
        this.pipeline.change(accounts, command, userId, {
          decide: prepareSecondFactor(version),
          answer: () => ({ extra: { secret, uri } }),
        }),
      () => this.factors.forget(userId, version),
    );
  }
}

@CommandHandler(ConfirmSecondFactor)
export class ConfirmSecondFactorHandler implements ICommandHandler<ConfirmSecondFactor> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly writer: AccountWriter,
    private readonly factors: SecondFactors,
  ) {}

  async execute(command: ConfirmSecondFactor): Promise<CommandAnswer> {
    const userId = oneself(command.context);
    const account = await this.writer.state(accounts, userId);
    const secret = secretToConfirm(account.secondFactor, this.writer.now());
    const step = await this.factors.confirm(account, secret, command.code);
    if (step === undefined) throw wrongCode();
    const { version: recovery, codes } = await this.factors.makeRecoveryCodes(userId);
    return orForget(
      () =>
        this.pipeline.change(accounts, command, userId, {
          decide: enableSecondFactor({ secret, step, recovery }),
          answer: () => ({ extra: { recoveryCodes: codes } }),
        }),
      () => this.factors.forget(userId, recovery),
    );
  }
}

@CommandHandler(DisableSecondFactor)
export class DisableSecondFactorHandler implements ICommandHandler<DisableSecondFactor> {
  constructor(
    private readonly pipeline: CommandPipeline,
    readonly own: OwnPassword,
    readonly writer: AccountWriter,
    readonly factors: SecondFactors,
  ) {}

  async execute(command: DisableSecondFactor): Promise<CommandAnswer> {
    const proof = await bothFactors(command, this);
    return this.pipeline.change(accounts, command, oneself(command.context), { decide: disableSecondFactor(proof) });
  }
}

@CommandHandler(ReplaceRecoveryCodes)
export class ReplaceRecoveryCodesHandler implements ICommandHandler<ReplaceRecoveryCodes> {
  constructor(
    private readonly pipeline: CommandPipeline,
    readonly own: OwnPassword,
    readonly writer: AccountWriter,
    readonly factors: SecondFactors,
  ) {}

  async execute(command: ReplaceRecoveryCodes): Promise<CommandAnswer> {
    const userId = oneself(command.context);
    const proof = await bothFactors(command, this);
    const { version, codes } = await this.factors.makeRecoveryCodes(userId);
    return orForget(
      () =>
        this.pipeline.change(accounts, command, userId, {
          decide: replaceRecoveryCodes(version, proof),
          answer: () => ({ extra: { recoveryCodes: codes } }),
        }),
      () => this.factors.forget(userId, version),
    );
  }
}

@QueryHandler(GetSecondFactor)
export class GetSecondFactorHandler implements IQueryHandler<GetSecondFactor> {
  constructor(private readonly writer: AccountWriter) {}

  async execute({ context }: GetSecondFactor): Promise<QueryAnswer<SecondFactorAnswer>> {
    const userId = oneself(context);
    const { secondFactor } = await this.writer.state(accounts, userId);
    const { on } = secondFactor;
    const answer =
      on === undefined
        ? { enabled: false }
        : { enabled: true, since: on.since, recoveryCodesLeft: recoveryCodesLeft(on) };
    return current(answer, await this.writer.head(accounts, userId), context);
  }
}
