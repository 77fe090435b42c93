import { Inject, Injectable } from '@nestjs/common';
import type { RecordFacts } from '../../kernel/decider.js';
import { notFound } from '../../kernel/refusal.js';
import {
  assignments,
  assignPeople,
  type MembersAmong,
  ORGANISATIONS,
  type OrganisationDirectory,
  type Permission,
  requireMembers,
} from '../../access/contract.js';
import { DomainCommand } from '../../platform/commands/command.js';
import { FurtherPermission } from '../../platform/commands/further-permission.js';
import { requireRevision, unconditional } from '../../platform/commands/own-revision.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { CommandAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { projects } from './project.js';

export class AssignProject extends DomainCommand {
  readonly name = 'AssignProject';

  constructor(
    context: RequestContext,
    readonly id: string,
    readonly assigned: readonly string[],
  ) {
    super(context);
  }
}

const ASSIGN: Permission = 'projects:assign';
const NOBODY: ReadonlySet<string> = new Set();

/** Who is assigned to a project stands with the access of the organisation; it is authorised on the project. */
@Injectable()
export class Assigning {
  constructor(
    private readonly states: StateCache,
    private readonly pipeline: CommandPipeline,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
    private readonly further: FurtherPermission,
  ) {}

  /** @throws Refusal not-found, validation-failed, precondition-failed (on the project's revision) */
  assign({ context, id, assigned }: AssignProject): Promise<CommandAnswer> {
    return this.change(new AssignProject(unconditional(context), id, assigned), {
      factsOf: (facts) => facts,
      prepare: async () => {
        const { revision } = await this.states.load(projects, context.organisation, id);
        requireRevision(context.ifMatch, revision);
        return this.organisations.membersAmong(context.organisation, assigned);
      },
    });
  }

  /** Before a project with people is made: whether all are members, and the person may assign them. @throws Refusal */
  async requireForNew(context: RequestContext, facts: RecordFacts, assigned: readonly string[]): Promise<void> {
    if (assigned.length === 0) return;
    await this.further.require(context, ASSIGN, facts);
    requireMembers('assigned', assigned, NOBODY, await this.organisations.membersAmong(context.organisation, assigned));
  }

  /** Assigns people to a project that was just made: they were looked at before. */
  assignNew(context: RequestContext, id: string, assigned: readonly string[]): Promise<CommandAnswer> {
    return this.change(new AssignProject({ ...unconditional(context), permission: ASSIGN }, id, assigned), {
      factsOf: (facts) => ({ ...facts, assigned }),
      prepare: async () => new Set(assigned),
    });
  }

  /** The answer is the project's. */
  private async change(
    command: AssignProject,
    how: { factsOf: (facts: RecordFacts) => RecordFacts; prepare: () => Promise<MembersAmong> },
  ): Promise<CommandAnswer> {
    const { context, id, assigned } = command;
    const { organisation } = context;
    const { position } = await this.pipeline.change(assignments, command, organisation, {
      about: {
        record: { kind: 'project', id },
        factsOf: async () => {
          const { state } = await this.states.load(projects, organisation, id);
          if (!projects.exists(state)) throw notFound();
          return how.factsOf(projects.facts(state));
        },
      },
      prepare: how.prepare,
      decide: assignPeople(id, assigned),
    });
    const { revision, position: own } = await this.states.load(projects, organisation, id);
    return new CommandAnswer(id, revision, position ?? own, false);
  }
}
