import { Injectable } from '@nestjs/common';
import type { ReadState } from '../../kernel/decider.js';
import type { ProjectInBrief, Projects } from '../../access/contract.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import type { Awaitable } from '../../platform/event-store/event-store.port.js';
import { type Project, projects } from './project.js';

/** `PROJECTS` for the rooms below. The authoriser asks it, so it asks nobody about permissions. */
@Injectable()
export class ProjectsDirectory implements Projects {
  constructor(private readonly states: StateCache) {}

  find(organisation: string, projectId: string, read?: ReadState): Awaitable<ProjectInBrief | undefined> {
    const loaded =
      read === undefined
        ? this.states.load(projects, organisation, projectId)
        : read(projects, organisation, projectId);
    return loaded instanceof Promise ? loaded.then(({ state }) => briefOf(state)) : briefOf(loaded.state);
  }
}

function briefOf(state: Project): ProjectInBrief | undefined {
  if (state.status === 'absent') return undefined;
  const { customerId } = state.fields;
  return {
    facts: projects.facts(state),
    archived: state.status === 'archived',
    ...(customerId === undefined ? {} : { customerId }),
  };
}
