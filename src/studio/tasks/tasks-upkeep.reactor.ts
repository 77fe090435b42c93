import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { recordIdOf, streamOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import {
  type Departed,
  departedIn,
  type DepartureEvent,
  DEPARTURES,
  ORGANISATIONS,
  type OrganisationDirectory,
} from '../../access/contract.js';
import { Appender } from '../../platform/commands/appender.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import { systemMetadata } from '../../platform/commands/metadata.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { READ_MODEL } from '../../platform/commands/tokens.js';
import { VIEW_GAUGE, type ViewGauge } from '../../platform/http/view-gauge.port.js';
import { TargetUnavailable } from '../../platform/reactor/failures.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import { allPages } from '../../platform/read-model/all-pages.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { type TaskCreated, type TaskEdited, tasks } from './task.js';
import { replaceAssignee } from './task.decide.js';
import { tasksView } from './task.view.js';

type Cause = Recorded<DepartureEvent | TaskCreated | TaskEdited>;

const PATIENCE_MS = 2000;

/**
 * Takes whoever is not in the organisation any more off its tasks, so that joining again revives nothing. Somebody who is
 * assigned in the moment in which they go stands in the log either before they went, and is found from there, or after it,
 * and is then looked at itself.
 */
@Injectable()
export class TasksUpkeep implements Reactor, OnModuleInit {
  readonly name = 'tasks-upkeep';
  readonly types = [...DEPARTURES, 'TaskCreated', 'TaskEdited'] as const;

  constructor(
    private readonly states: StateCache,
    private readonly appender: Appender,
    @Inject(READ_MODEL) private readonly model: ReadModel,
    @Inject(VIEW_GAUGE) private readonly gauge: ViewGauge,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this);
  }

  async handle(event: Recorded): Promise<void> {
    const cause = event as Cause;
    if (cause.type === 'TaskCreated' || cause.type === 'TaskEdited') {
      const organisation = cause.metadata.organisation ?? '';
      for (const departed of await this.strangersIn(organisation, cause))
        await this.takeOff(organisation, recordIdOf(cause.stream), departed, cause);
      return;
    }
    const organisation = recordIdOf(cause.stream);
    for (const departed of departedIn(cause)) {
      for (const id of await this.tasksOf(organisation, departed.userId, cause.position))
        await this.takeOff(organisation, id, departed, cause);
    }
  }

  /** Those whom the event assigned and who are not in the organisation. */
  private async strangersIn(
    organisation: string,
    { type, data }: Recorded<TaskCreated | TaskEdited>,
  ): Promise<readonly Departed[]> {
    const assigned = type === 'TaskCreated' ? data.assignees : added(data.changes.assignees);
    if (assigned.length === 0) return [];
    const here = await this.organisations.everybodyAmong(organisation, assigned);
    return assigned.filter((userId) => !here.has(userId)).map((userId) => ({ userId }));
  }

  /** Upkeep is never given up: as long as the view is behind, it is asked again. */
  private async tasksOf(organisation: string, userId: string, position: string): Promise<readonly string[]> {
    if (!(await this.gauge.waitFor(tasksView.name, position, PATIENCE_MS)))
      throw new TargetUnavailable('the tasks of a person cannot be looked up now');
    const where = [
      { field: 'organisation', eq: organisation },
      { field: 'assignees', has: userId },
    ];
    const ids: string[] = [];
    for await (const page of allPages(this.model, tasksView, { where, sort: 'newest' }))
      ids.push(...page.map(({ key }) => key));
    return ids;
  }

  private async takeOff(
    organisation: string,
    id: string,
    { userId, successor }: Departed,
    cause: Cause,
  ): Promise<void> {
    const { state, revision } = await this.states.load(tasks, organisation, id);
    // Whoever has come back meanwhile keeps what they have been assigned to since.
    const events = replaceAssignee(userId, successor, cause.position)(state, NOBODY_DECIDES, undefined);
    if (events.length === 0) return;
    const draft = { eventIds: [derivedId('TakenOff', cause.id, id, userId)], keyed: undefined };
    const metadata = { ...systemMetadata(cause, 'tasks', 'TakeOffTask'), organisation };
    await this.appender.append(draft, {
      stream: streamOf(tasks, organisation, id),
      expected: revision,
      events,
      metadata,
    });
  }
}

const NOBODY_DECIDES = { now: '', userId: '', organisation: '', newId: '' };

const added = (change: { readonly from: readonly string[]; readonly to: readonly string[] } | undefined) =>
  change === undefined ? [] : change.to.filter((id) => !change.from.includes(id));
