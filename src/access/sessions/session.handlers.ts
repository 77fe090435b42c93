import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RequestContext } from '../../platform/commands/principal.js';
import { type Credentials, type SessionKeys, SessionsService } from './sessions.service.js';

/** What these answer is a secret, so they are no commands of the pipeline, which could repeat an answer. */
export class SignIn extends Command<SessionKeys> {
  constructor(
    readonly context: RequestContext,
    readonly credentials: Credentials,
  ) {
    super();
  }
}

export class RefreshSession extends Command<SessionKeys> {
  constructor(
    readonly context: RequestContext,
    readonly refreshToken: string,
  ) {
    super();
  }
}

/** Ends the session that asks. */
export class SignOut extends Command<void> {
  constructor(readonly context: RequestContext) {
    super();
  }
}

@CommandHandler(SignIn)
export class SignInHandler implements ICommandHandler<SignIn> {
  constructor(private readonly sessions: SessionsService) {}

  execute({ credentials, context }: SignIn): Promise<SessionKeys> {
    return this.sessions.signIn(credentials, context);
  }
}

@CommandHandler(RefreshSession)
export class RefreshSessionHandler implements ICommandHandler<RefreshSession> {
  constructor(private readonly sessions: SessionsService) {}

  execute({ refreshToken, context }: RefreshSession): Promise<SessionKeys> {
    return this.sessions.refresh(refreshToken, context);
  }
}

@CommandHandler(SignOut)
export class SignOutHandler implements ICommandHandler<SignOut> {
  constructor(private readonly sessions: SessionsService) {}

  async execute({ context }: SignOut): Promise<void> {
    const { principal } = context;
    // An API key has no session to end.
    if (principal?.session === undefined) return;
    await this.sessions.end({ userId: principal.userId, sessionId: principal.session }, 'signed-out', context);
  }
}
