import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Scope } from '../../kernel/event.js';
import { notFound } from '../../kernel/refusal.js';
import { DomainQuery } from '../../platform/commands/command.js';
import type { QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { current } from '../answers.js';
import { BUILT_IN_ROLES, type Permission, type Role } from '../contract.js';
import { organisations } from '../organisations/organisation.js';

export class ListRoles extends DomainQuery {}

export class GetRole extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly key: string,
  ) {
    super(context);
  }
}

const held = (permissions: ReadonlyMap<Permission, Scope>) =>
  [...permissions].map(([permission, scope]) => ({ permission, scope }));

const answerOf = ({ key, name, description, permissions, switches, takesReadOnly, grantable }: Role) => ({
  id: key,
  name,
  description,
  builtIn: true,
  grantable,
  takesReadOnly,
  permissions: held(permissions),
  switches: [...switches].map(([word, opens]) => ({ switch: word, permissions: held(opens) })),
});

/** The same in every organisation, until organisations make their own. */
@QueryHandler(ListRoles)
export class ListRolesHandler implements IQueryHandler<ListRoles> {
  constructor(private readonly states: StateCache) {}

  async execute({ context }: ListRoles): Promise<QueryAnswer> {
    const loaded = await this.states.load(organisations, '', context.organisation);
    return current({ items: [...BUILT_IN_ROLES.values()].map(answerOf), next: null }, loaded, context);
  }
}

@QueryHandler(GetRole)
export class GetRoleHandler implements IQueryHandler<GetRole> {
  constructor(private readonly states: StateCache) {}

  async execute({ context, key }: GetRole): Promise<QueryAnswer> {
    const role = BUILT_IN_ROLES.get(key);
    if (role === undefined) throw notFound();
    return current(answerOf(role), await this.states.load(organisations, '', context.organisation), context);
  }
}
