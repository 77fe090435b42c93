import { Injectable, type OnModuleInit } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import { AccountWriter } from '../accounts/account.writer.js';
import { organisations } from '../organisations/organisation.js';
import { replacePerson } from './assigning.js';
import { assignments, type ProjectAssignmentsChanged } from './assignments.js';
import { departedIn, type DepartureEvent, DEPARTURES, type Departed } from './departures.js';

type Cause = Recorded<DepartureEvent | ProjectAssignmentsChanged>;

/**
 * Takes whoever is not in the organisation any more off its projects, so that joining again revives nothing. Somebody
 * who is assigned in the moment in which they go stands in the log either before they went, and is found from there, or
 * after it, and is then looked at itself.
 */
@Injectable()
export class AssignmentsUpkeep implements Reactor, OnModuleInit {
  readonly name = 'assignments-upkeep';
  readonly types = [...DEPARTURES, 'ProjectAssignmentsChanged'] as const;

  constructor(
    private readonly writer: AccountWriter,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this);
  }

  async handle(event: Recorded): Promise<void> {
    const cause = event as Cause;
    for (const departed of await this.departedBy(cause)) await this.takeOff(departed, cause);
  }

  private async departedBy(cause: Cause): Promise<readonly Departed[]> {
    if (cause.type !== 'ProjectAssignmentsChanged') return departedIn(cause);
    const { members } = await this.writer.state(organisations, recordIdOf(cause.stream));
    const { from, to } = cause.data;
    return to.filter((id) => !from.includes(id) && !members.has(id)).map((userId) => ({ userId }));
  }

  private async takeOff({ userId, successor }: Departed, cause: Cause): Promise<void> {
    const organisation = recordIdOf(cause.stream);
    const consequence = this.writer.consequence(cause, 'TakeOffProjects');
    const { projectsOf } = await this.writer.state(assignments, organisation);
    const count = projectsOf.get(userId)?.size ?? 0;
    await this.writer.write(assignments, organisation, {
      // Whoever has come back meanwhile keeps what they have been assigned to since.
      decide: replacePerson(userId, successor, cause.position),
      by: async (events) => ({ ...(await consequence(events)), organisation }),
      eventIds: Array.from({ length: count }, (_, index) => derivedId('TakenOff', cause.id, userId, String(index))),
    });
  }
}
