import type { ReadState, RecordFacts } from '../../kernel/decider.js';

/** What rooms below those who keep projects need of one. */
export interface ProjectInBrief {
  readonly facts: RecordFacts;
  readonly customerId?: string;
  readonly archived: boolean;
}

/**
 * Asked of whoever keeps the projects; answered with every change that was acknowledged before the question, or from the
 * states that `read` gives.
 */
export interface Projects {
  find(
    organisation: string,
    projectId: string,
    read?: ReadState,
  ): ProjectInBrief | undefined | Promise<ProjectInBrief | undefined>;
}

/** Injection token of the `Projects`. */
export const PROJECTS = Symbol('Projects');
