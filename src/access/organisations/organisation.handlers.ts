import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Patch } from '../../kernel/changes.js';
import { streamOf } from '../../kernel/decider.js';
import { notFound } from '../../kernel/refusal.js';
import { Appender } from '../../platform/commands/appender.js';
import { DomainCommand, DomainQuery } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { earliest, ViewReader } from '../../platform/http/view-reader.js';
import { reachesCommon } from '../../platform/http/within-reach.js';
import { current } from '../answers.js';
import type { Grant } from '../contract.js';
import { membersView } from './member.view.js';
import { changeAccountBilling, editOrganisation, foundOrganisation } from './organisation.decide.js';
import { type AccountBilling, type AccountBillingChanged, organisations } from './organisation.js';
import { accountBillingView, organisationsView } from './organisation.view.js';

export class FoundOrganisation extends DomainCommand {
  readonly name = 'FoundOrganisation';

  constructor(
    context: RequestContext,
    readonly body: { readonly name: string; readonly currency: string },
  ) {
    super(context);
  }
}

export class EditOrganisation extends DomainCommand {
  readonly name = 'EditOrganisation';

  constructor(
    context: RequestContext,
    readonly body: Patch<{ name: string; currency: string }>,
  ) {
    super(context);
  }
}

export class ChangeAccountBilling extends DomainCommand {
  readonly name = 'ChangeAccountBilling';

  constructor(
    context: RequestContext,
    readonly body: AccountBilling,
  ) {
    super(context);
  }
}

export class GetOrganisation extends DomainQuery {}
export class GetAccountBilling extends DomainQuery {}

export class ListMyOrganisations extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly query: PageQuery,
  ) {
    super(context);
  }
}

@CommandHandler(FoundOrganisation)
export class FoundOrganisationHandler implements ICommandHandler<FoundOrganisation> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: FoundOrganisation): Promise<CommandAnswer> {
    return this.pipeline.create(organisations, command, { decide: foundOrganisation(command.body) });
  }
}

@CommandHandler(EditOrganisation)
export class EditOrganisationHandler implements ICommandHandler<EditOrganisation> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: EditOrganisation): Promise<CommandAnswer> {
    const { organisation } = command.context;
    return this.pipeline.change(organisations, command, organisation, {
      decide: editOrganisation(command.body),
    });
  }
}

@CommandHandler(ChangeAccountBilling)
export class ChangeAccountBillingHandler implements ICommandHandler<ChangeAccountBilling> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly log: Appender,
  ) {}

  execute(command: ChangeAccountBilling): Promise<CommandAnswer> {
    const { organisation } = command.context;
    return this.pipeline.change(organisations, command, organisation, {
      prepare: ({ billingRevision }) => this.billingAt(organisation, billingRevision),
      decide: changeAccountBilling(command.body),
    });
  }

  private async billingAt(organisation: string, revision: number | undefined): Promise<AccountBilling | undefined> {
    if (revision === undefined) return undefined;
    const stream = streamOf(organisations, '', organisation);
    const [event] = await this.log.recorded<AccountBillingChanged>(stream, revision, revision);
    return event?.data;
  }
}

@QueryHandler(GetOrganisation)
export class GetOrganisationHandler implements IQueryHandler<GetOrganisation> {
  constructor(private readonly states: StateCache) {}

  async execute({ context }: GetOrganisation): Promise<QueryAnswer> {
    const id = context.organisation;
    const loaded = await this.states.load(organisations, '', id);
    const { name, currency, foundedAt, primary } = loaded.state;
    const { revision } = loaded;
    return current({ id, revision, name, currency, foundedAt, primary }, loaded, context, revision);
  }
}

@QueryHandler(GetAccountBilling)
export class GetAccountBillingHandler implements IQueryHandler<GetAccountBilling> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context }: GetAccountBilling): Promise<QueryAnswer> {
    if (!reachesCommon(context)) throw notFound();
    const { value, position } = await this.views.get(accountBillingView, context, context.organisation);
    return new QueryAnswer(value ?? { plan: null, billingEmail: null }, position);
  }
}

/** Where a person is a member, or was until they were disabled. An invitation is its mail's to tell. */
@QueryHandler(ListMyOrganisations)
export class ListMyOrganisationsHandler implements IQueryHandler<ListMyOrganisations> {
  constructor(
    private readonly views: ViewReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ context, query }: ListMyOrganisations): Promise<QueryAnswer> {
    const members = await this.views.find(membersView, context, {
      where: [
        { field: 'userId', eq: context.principal?.userId ?? '' },
        { field: 'status', in: ['active', 'disabled'] },
      ],
      sort: 'newest',
      limit: query.limit,
      after: query.after,
    });
    const docs = members.value.items.map(({ doc }) => doc);
    const ids = docs.map(({ organisation }) => organisation);
    const named = await this.views.getMany(organisationsView, context, ids);
    const items = docs.map(({ organisation: id, roles, status }, index) => {
      const { name = '', currency = '' } = named.value[index] ?? {};
      const held = status === 'active' ? roles.filter((grant) => this.holds(grant)) : [];
      return { id, name, currency, roles: held, status: held.length === 0 ? 'disabled' : status };
    });
    return new QueryAnswer({ items, next: members.value.next }, earliest(members.position, named.position));
  }

  private holds({ until }: Grant): boolean {
    return until === undefined || this.clock() < Date.parse(until);
  }
}
