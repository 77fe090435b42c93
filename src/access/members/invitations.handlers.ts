import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { conflict, invalid, notFound, Refusal } from '../../kernel/refusal.js';
import { DomainCommand, DomainQuery } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { Limits } from '../../platform/http/limits.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { withinCommonReach } from '../../platform/http/within-reach.js';
import { AccountsService } from '../accounts/accounts.service.js';
import { EmailAddresses } from '../accounts/emails.service.js';
import { about } from '../answers.js';
import { grantsFrom } from '../contract.js';
import {
  acceptInvitation,
  cancelInvitation,
  inviteUser,
  requireAcceptable,
  resendInvitation,
} from '../organisations/invitations.decide.js';
import { type MemberDoc, membersView } from '../organisations/member.view.js';
import { expiryOf, organisations, type OrganisationState } from '../organisations/organisation.js';
import { InvitationLetters, type Letter } from './invitation.letters.js';
import { type InvitationMail, InvitationTokens } from './invitation.tokens.js';

export interface Invitee extends Letter {
  /** As the client wrote them; without any, `authorised`. */
  readonly roles?: readonly unknown[];
}

export class InviteUser extends DomainCommand {
  readonly name = 'InviteUser';

  constructor(
    context: RequestContext,
    readonly invitee: Invitee,
  ) {
    super(context);
  }
}

abstract class InvitationCommand extends DomainCommand {
  constructor(
    context: RequestContext,
    readonly invitationId: string,
  ) {
    super(context);
  }
}

export class ResendInvitation extends InvitationCommand {
  readonly name = 'ResendInvitation';
}

export class CancelInvitation extends InvitationCommand {
  readonly name = 'CancelInvitation';
}

export class AcceptInvitation extends DomainCommand {
  readonly name = 'AcceptInvitation';

  constructor(
    context: RequestContext,
    readonly body: { readonly token: string; readonly password?: string },
  ) {
    super(context);
  }
}

export class ListInvitations extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly query: PageQuery,
  ) {
    super(context);
  }
}

@CommandHandler(InviteUser)
export class InviteUserHandler implements ICommandHandler<InviteUser> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly states: StateCache,
    private readonly accounts: AccountsService,
    private readonly addresses: EmailAddresses,
  ) {}

  async execute(command: InviteUser): Promise<CommandAnswer> {
    const { context, invitee } = command;
    const { roles = ['authorised'], email, firstName, lastName } = invitee;
    const { state } = await this.states.load(organisations, '', context.organisation);
    const body = { email, firstName, lastName, grants: grantsFrom('roles', roles, state.roles) };
    return this.pipeline.change(organisations, command, context.organisation, {
      makes: true,
      prepare: async () => ({
        userId: await this.accounts.reserveUserId(email, context),
        address: await this.addresses.idOf(email),
      }),
      decide: inviteUser(body),
      answer: ([event]) =>
        event?.type === 'UserInvited' ? { id: event.data.invitationId, extra: { userId: event.data.userId } } : {},
    });
  }
}

@CommandHandler(ResendInvitation)
export class ResendInvitationHandler implements ICommandHandler<ResendInvitation> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly limits: Limits,
  ) {}

  /** Each of them sends a mail to somebody who never asked for any. */
  async execute(command: ResendInvitation): Promise<CommandAnswer> {
    const { context, invitationId } = command;
    await this.limits.account('invitation', `${context.organisation}/${invitationId}`);
    const decide = resendInvitation(invitationId);
    return about(invitationId, await this.pipeline.change(organisations, command, context.organisation, { decide }));
  }
}

@CommandHandler(CancelInvitation)
export class CancelInvitationHandler implements ICommandHandler<CancelInvitation> {
  constructor(private readonly pipeline: CommandPipeline) {}

  async execute(command: CancelInvitation): Promise<CommandAnswer> {
    const { context, invitationId } = command;
    const decide = cancelInvitation(invitationId);
    return about(invitationId, await this.pipeline.change(organisations, command, context.organisation, { decide }));
  }
}

@CommandHandler(AcceptInvitation)
export class AcceptInvitationHandler implements ICommandHandler<AcceptInvitation> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly states: StateCache,
    private readonly accounts: AccountsService,
    private readonly letters: InvitationLetters,
    private readonly tokens: InvitationTokens,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ context, body }: AcceptInvitation): Promise<CommandAnswer> {
    const mail = await this.tokens.read(body.token);
    const { organisation } = mail;
    const { state } = await this.states.load(organisations, '', organisation);
    // A repeat by its key is answered by the pipeline; whoever comes without one is told first what became of it.
    if (context.idempotencyKey === undefined) this.check(state, mail);
    const letter = await this.letterOf(state, mail);
    const { verified } = await this.accounts.identify(letter.email);
    const by = verified === undefined ? withoutPerson(context) : context;
    const userId = verified ?? (await this.makeAccount(state, mail, letter, { password: body.password, context: by }));
    if (verified !== undefined && context.principal?.userId !== verified) throw signInFirst();
    return this.pipeline.change(organisations, new AcceptInvitation(by, body), organisation, {
      decide: acceptInvitation({ link: mail, userId }),
      tokenHolder: userId,
      answer: () => ({ extra: { organisation, userId } }),
    });
  }

  private check(state: OrganisationState, mail: InvitationMail): void {
    requireAcceptable(state, mail, new Date(this.clock()).toISOString());
  }

  private async letterOf(
    { invitations }: OrganisationState,
    { organisation, invitationId }: InvitationMail,
  ): Promise<Letter> {
    const invitation = invitations.get(invitationId);
    if (invitation === undefined) throw notFound();
    const letter = await this.letters.of(organisation, invitation);
    if (letter === undefined) throw conflict('invitation-cancelled', 'This invitation is not valid any more');
    return letter;
  }

  /**
   * The token proves the mailbox, so its holder gets an account, or the one that somebody else made with the address and
   * whose password and sessions die. Nothing of that happens for an invitation that cannot be accepted.
   */
  private async makeAccount(
    state: OrganisationState,
    mail: InvitationMail,
    letter: Letter,
    { password, context }: { readonly password: string | undefined; readonly context: RequestContext },
  ): Promise<string> {
    this.check(state, mail);
    if (password === undefined) throw invalid('password', 'is required: there is no account with this address yet');
    const userId = await this.accounts.reserveUserId(letter.email, context);
    return this.accounts.takeOver({ userId, ...letter, password, context });
  }
}

/** Whoever happens to be signed in is not the holder of this mailbox, as far as anybody knows. */
function withoutPerson(context: RequestContext): RequestContext {
  const { principal: _person, idempotencyKey: _key, ...rest } = context;
  return rest;
}

const signInFirst = (): Refusal =>
  new Refusal('unauthenticated', 'This address has an account; sign in to it to accept the invitation');

/** Open invitations, the newest first; those whose link has expired can be sent again. */
@QueryHandler(ListInvitations)
export class ListInvitationsHandler implements IQueryHandler<ListInvitations> {
  constructor(
    private readonly views: ViewReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ context, query }: ListInvitations): Promise<QueryAnswer> {
    const { value, position } = await this.views.find(membersView, context, {
      where: [withinCommonReach(context), { field: 'status', eq: 'invited' }],
      sort: 'newest',
      limit: query.limit,
      after: query.after,
    });
    const items = value.items.flatMap(({ doc }) => invitationItem(doc, this.clock()));
    return new QueryAnswer({ items, next: value.next }, position);
  }
}

function invitationItem({ userId, roles, since, invitation }: MemberDoc, now: number) {
  if (invitation === undefined) return [];
  const { id, email, firstName, lastName, sentAt } = invitation;
  const expires = expiryOf(invitation);
  const status = expires <= now ? 'expired' : 'open';
  const expiresAt = new Date(expires).toISOString();
  return [{ id, userId, email, firstName, lastName, roles, status, invitedAt: since, sentAt, expiresAt }];
}
