import { Inject, Injectable } from '@nestjs/common';
import type { PlainDate } from '../../kernel/event.js';
import { conflict } from '../../kernel/refusal.js';
import { PEOPLE, type PeopleDirectory } from '../../access/contract.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { lockOn, periods } from './period.js';

/** Whether the books still take postings on a day. */
@Injectable()
export class PeriodLocks {
  constructor(
    private readonly states: StateCache,
    @Inject(PEOPLE) private readonly people: PeopleDirectory,
  ) {}

  /**
   * Whoever posts asks this in `prepare`: a posting that begins after a lock was acknowledged is refused.
   *
   * @throws Refusal conflict `period-locked` where one of the days is locked: through which day, by whom, since when
   */
  async requireOpen(organisation: string, ...dates: readonly PlainDate[]): Promise<void> {
    const { state } = await this.states.load(periods, '', organisation);
    for (const date of dates) {
      const lock = lockOn(state, date);
      if (lock === undefined) continue;
      const name = (await this.people.namesOf(organisation, [lock.by])).get(lock.by);
      const who = name === undefined ? 'somebody' : `${name.firstName} ${name.lastName}`;
      throw conflict(
        'period-locked',
        `${date} is in a locked period: the books are locked through ${lock.through}, by ${who} on ${lock.at}`,
      );
    }
  }
}
