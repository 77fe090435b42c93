import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Decide } from '../../kernel/decider.js';
import type { Scope } from '../../kernel/event.js';
import { notFound } from '../../kernel/refusal.js';
import { DomainCommand, DomainQuery } from '../../platform/commands/command.js';
import { type Evidence, EVIDENCE } from '../../platform/commands/evidence.port.js';
import { FurtherPermission } from '../../platform/commands/further-permission.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { Seal } from '../../platform/http/seal.js';
import { reachesCommon } from '../../platform/http/within-reach.js';
import { about, current } from '../answers.js';
import { AREAS, BUILT_IN_ROLES, isReading, type Permission, type Role, roleOf } from '../contract.js';
import {
  CHANGES_HOLDERS,
  copyRole,
  defineRole,
  deleteRole,
  editRole,
  type RoleBody,
  scopedFrom,
} from '../organisations/custom-roles.decide.js';
import type { OwnRoles } from '../organisations/custom-roles.js';
import { organisations, type OrganisationEvent, type OrganisationState } from '../organisations/organisation.js';

/** As clients write it. */
export interface WrittenRole {
  readonly name: string;
  readonly description?: string;
  readonly permissions: readonly { readonly permission: Permission; readonly scope?: Scope }[];
}

export class DefineRole extends DomainCommand {
  readonly name = 'DefineRole';

  constructor(
    context: RequestContext,
    readonly body: WrittenRole,
  ) {
    super(context);
  }
}

export class EditRole extends DomainCommand {
  readonly name = 'EditRole';

  constructor(
    context: RequestContext,
    readonly role: string,
    readonly body: WrittenRole,
  ) {
    super(context);
  }
}

export class DeleteRole extends DomainCommand {
  readonly name = 'DeleteRole';

  constructor(
    context: RequestContext,
    readonly role: string,
  ) {
    super(context);
  }
}

export class CopyRole extends DomainCommand {
  readonly name = 'CopyRole';

  constructor(
    context: RequestContext,
    readonly role: string,
    readonly nameOfCopy: string | undefined,
  ) {
    super(context);
  }
}

export class ListPermissions extends DomainQuery {}

export class ListRoles extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly query: PageQuery,
  ) {
    super(context);
  }
}

export class GetRole extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly key: string,
  ) {
    super(context);
  }
}

type Decision = Decide<OrganisationState, OrganisationEvent>;

const bodyOf = ({ name, description = '', permissions }: WrittenRole): RoleBody => ({
  name: name.trim(),
  description: description.trim(),
  permissions: scopedFrom('permissions', permissions),
});

/** Roles are decided on in the stream of their organisation; the answer is about the role that was made. */
const make = (pipeline: CommandPipeline, command: DomainCommand, decide: Decision): Promise<CommandAnswer> =>
  pipeline.change(organisations, command, command.context.organisation, {
    makes: true,
    decide,
    answer: ([event]) => (event?.type === 'RoleDefined' ? { id: event.data.roleId } : {}),
  });

@CommandHandler(DefineRole)
export class DefineRoleHandler implements ICommandHandler<DefineRole> {
  constructor(private readonly pipeline: CommandPipeline) {}

  async execute(command: DefineRole): Promise<CommandAnswer> {
    return make(this.pipeline, command, defineRole(bodyOf(command.body)));
  }
}

@CommandHandler(CopyRole)
export class CopyRoleHandler implements ICommandHandler<CopyRole> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: CopyRole): Promise<CommandAnswer> {
    const { role, nameOfCopy: name } = command;
    return make(this.pipeline, command, copyRole({ role, name: name?.trim() }));
  }
}

@CommandHandler(EditRole)
export class EditRoleHandler implements ICommandHandler<EditRole> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly further: FurtherPermission,
  ) {}

  async execute(command: EditRole): Promise<CommandAnswer> {
    const { context, role: roleId, body } = command;
    // The decision asks again, of the state that it is made on; here the refusal gets its evidence.
    await this.further.require(context, CHANGES_HOLDERS, {});
    const decide = editRole({ roleId, ...bodyOf(body) });
    return about(roleId, await this.pipeline.change(organisations, command, context.organisation, { decide }));
  }
}

@CommandHandler(DeleteRole)
export class DeleteRoleHandler implements ICommandHandler<DeleteRole> {
  constructor(private readonly pipeline: CommandPipeline) {}

  async execute(command: DeleteRole): Promise<CommandAnswer> {
    const { context, role } = command;
    return about(
      role,
      await this.pipeline.change(organisations, command, context.organisation, { decide: deleteRole(role) }),
    );
  }
}

const CATALOGUE = AREAS.map(({ area, label, permissions }) => ({
  id: area,
  area,
  label,
  permissions: permissions.map((one) => ({ ...one, reads: isReading(one.permission) })),
}));

/** The same for everybody: what a role can be made of. */
@QueryHandler(ListPermissions)
export class ListPermissionsHandler implements IQueryHandler<ListPermissions> {
  execute({ context }: ListPermissions): Promise<QueryAnswer> {
    return Promise.resolve(new QueryAnswer({ items: CATALOGUE, next: null }, context.atLeast));
  }
}

const held = (permissions: ReadonlyMap<Permission, Scope>) =>
  [...permissions].map(([permission, scope]) => ({ permission, scope }));

export const answerOf = ({ key, name, description, permissions, switches, takesReadOnly, grantable }: Role) => ({
  id: key,
  name,
  description,
  builtIn: BUILT_IN_ROLES.has(key),
  grantable,
  takesReadOnly,
  permissions: held(permissions),
  switches: [...switches].map(([word, opens]) => ({ switch: word, permissions: held(opens) })),
});

const LIST = 'roles';
const NO_OWN: OwnRoles = new Map();

interface Placed {
  readonly role: Role;
  /** Whatever comes or goes, a role keeps its place between the others: it grows down the list. */
  readonly place: number;
}

/** To people with limits, the organisation's own roles are as little there as its people; the others are no records. */
const rolesFor = (context: RequestContext, { roles }: OrganisationState): OwnRoles =>
  reachesCommon(context) ? roles : NO_OWN;

/** The organisation's own, the newest first, then those that were always there. */
const placed = (own: OwnRoles): readonly Placed[] => [
  ...[...own.values()].reverse().map((role) => ({ role, place: -1 - role.definedRevision })),
  ...[...BUILT_IN_ROLES.values()].map((role, place) => ({ role, place })),
];

@QueryHandler(ListRoles)
export class ListRolesHandler implements IQueryHandler<ListRoles> {
  constructor(
    private readonly states: StateCache,
    private readonly seal: Seal,
  ) {}

  async execute({ context, query }: ListRoles): Promise<QueryAnswer> {
    const { organisation } = context;
    const cursor = this.seal.after(query.after, LIST, organisation);
    const loaded = await this.states.load(organisations, '', organisation);
    const all = placed(rolesFor(context, loaded.state)).filter(
      ({ place }) => cursor === undefined || place > Number(cursor),
    );
    const page = all.slice(0, query.limit);
    const last = page[page.length - 1];
    const next =
      last === undefined || page.length === all.length
        ? null
        : this.seal.cursor(String(last.place), LIST, organisation);
    const body = { items: page.map(({ role }) => answerOf(role)), next };
    return current(body, loaded, context);
  }
}

/** A revision is the organisation's, in whose stream its roles are. */
@QueryHandler(GetRole)
export class GetRoleHandler implements IQueryHandler<GetRole> {
  constructor(
    private readonly states: StateCache,
    @Inject(EVIDENCE) private readonly evidence: Evidence,
  ) {}

  async execute({ context, key }: GetRole): Promise<QueryAnswer> {
    const loaded = await this.states.load(organisations, '', context.organisation);
    const role = roleOf(key, rolesFor(context, loaded.state));
    if (role === undefined) {
      const isHidden = loaded.state.roles.has(key);
      if (isHidden) await this.evidence.refused(context, 'record', { kind: 'role', id: key });
      throw notFound();
    }
    const { revision } = loaded;
    return current({ revision, ...answerOf(role) }, loaded, context, revision);
  }
}
