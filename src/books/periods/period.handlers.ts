import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { PlainDate } from '../../kernel/event.js';
import { PEOPLE, type PeopleDirectory, type PersonName } from '../../access/contract.js';
import { CommandWith, DomainQuery } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer } from '../../platform/commands/principal.js';
import { reachesCommon } from '../../platform/http/within-reach.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { periods, type Through } from './period.js';
import { lockPeriod, unlockPeriod } from './period.decide.js';
import { type PeriodChange, type PeriodsDoc, periodsView } from './period.view.js';

export class LockPeriod extends CommandWith<{ readonly through: PlainDate; readonly reason?: string | undefined }> {
  readonly name = 'LockPeriod';
}

export class UnlockPeriod extends CommandWith<{ readonly through: Through; readonly reason: string }> {
  readonly name = 'UnlockPeriod';
}

export class GetPeriods extends DomainQuery {}

/** The books are one for all brands and people: only who reaches everything locks them. */
@CommandHandler(LockPeriod)
export class LockPeriodHandler implements ICommandHandler<LockPeriod> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: LockPeriod): Promise<CommandAnswer> {
    return this.pipeline.change(periods, command, command.context.organisation, { decide: lockPeriod(command.body) });
  }
}

@CommandHandler(UnlockPeriod)
export class UnlockPeriodHandler implements ICommandHandler<UnlockPeriod> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: UnlockPeriod): Promise<CommandAnswer> {
    return this.pipeline.change(periods, command, command.context.organisation, { decide: unlockPeriod(command.body) });
  }
}

const NOTHING: Pick<PeriodsDoc, 'revision' | 'lockedThrough' | 'changes'> = {
  revision: -1,
  lockedThrough: null,
  changes: [],
};

@QueryHandler(GetPeriods)
export class GetPeriodsHandler implements IQueryHandler<GetPeriods> {
  constructor(
    private readonly views: ViewReader,
    @Inject(PEOPLE) private readonly people: PeopleDirectory,
  ) {}

  async execute({ context }: GetPeriods): Promise<QueryAnswer> {
    const { organisation } = context;
    const { value, position } = await this.views.get(periodsView, context, organisation);
    const doc = (reachesCommon(context) ? value : null) ?? NOTHING;
    const names = await this.people.namesOf(organisation, [...new Set(doc.changes.map(({ by }) => by))]);
    return new QueryAnswer(answerOf(doc, names), position, doc.revision);
  }
}

export const answerOf = (
  { lockedThrough, changes }: Pick<PeriodsDoc, 'lockedThrough' | 'changes'>,
  names: ReadonlyMap<string, PersonName>,
) => ({ lockedThrough, items: changes.map((change) => changeOf(change, names)), next: null });

const changeOf = ({ by, ...change }: PeriodChange, names: ReadonlyMap<string, PersonName>) => {
  const name = names.get(by);
  return { ...change, by: { id: by, name: name === undefined ? null : `${name.firstName} ${name.lastName}` } };
};
