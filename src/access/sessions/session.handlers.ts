import { Command, CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { notFound } from '../../kernel/refusal.js';
import { DomainQuery } from '../../platform/commands/command.js';
import type { QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { current } from '../answers.js';
import { oneself } from '../oneself.js';
import { type OwnSession, OwnSessions } from './own-sessions.service.js';
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

/** Ends one session of the person who asks. */
export class EndOwnSession extends Command<void> {
  constructor(
    readonly context: RequestContext,
    readonly sessionId: string,
  ) {
    super();
  }
}

/** Ends all of them, the one that asks included. */
export class SignOutEverywhere extends Command<void> {
  constructor(readonly context: RequestContext) {
    super();
  }
}

export class ListOwnSessions extends DomainQuery<{ readonly items: readonly OwnSession[]; readonly next: null }> {}

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

@CommandHandler(EndOwnSession)
export class EndOwnSessionHandler implements ICommandHandler<EndOwnSession> {
  constructor(
    private readonly own: OwnSessions,
    private readonly sessions: SessionsService,
  ) {}

  /** Somebody else's session, and one that is over, is as little there as one that never was. */
  async execute({ context, sessionId }: EndOwnSession): Promise<void> {
    const userId = oneself(context);
    if (!(await this.own.has(userId, sessionId))) throw notFound();
    await this.sessions.end({ userId, sessionId }, 'ended', context);
  }
}

@CommandHandler(SignOutEverywhere)
export class SignOutEverywhereHandler implements ICommandHandler<SignOutEverywhere> {
  constructor(private readonly sessions: SessionsService) {}

  execute({ context }: SignOutEverywhere): Promise<void> {
    return this.sessions.endAll(oneself(context), context);
  }
}

@QueryHandler(ListOwnSessions)
export class ListOwnSessionsHandler implements IQueryHandler<ListOwnSessions> {
  constructor(private readonly own: OwnSessions) {}

  /** At most as many as an account may have, so they are one page. */
  async execute({ context }: ListOwnSessions): Promise<QueryAnswer<{ items: readonly OwnSession[]; next: null }>> {
    const { items, position } = await this.own.list(oneself(context), context.principal?.session);
    return current({ items, next: null }, { position }, context);
  }
}
