import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { dateAt } from '../../kernel/dates.js';
import { recordIdOf } from '../../kernel/decider.js';
import type { Metadata, PlainDate, Recorded } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { type OrganisationDirectory, ORGANISATIONS, PEOPLE, type PeopleDirectory } from '../../access/contract.js';
import { ERASED } from '../../platform/codec/codec.port.js';
import { Consequences } from '../../platform/commands/consequences.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK, MAILER } from '../../platform/commands/tokens.js';
import { SETTINGS, type Settings } from '../../platform/config/settings.js';
import { type Mailer, MailRefused } from '../../platform/mail/mailer.js';
import { Checkpoints } from '../../platform/proofs/checkpoints.service.js';
import { TREES } from '../../platform/proofs/proofs.module.js';
import type { TreeReader } from '../../platform/proofs/trees.port.js';
import { newId } from '../../platform/random.js';
import { ViewsUnavailable } from '../../platform/read-model/read-model.port.js';
import { isOutage } from '../../platform/reactor/outage.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import type { Routine } from '../../platform/reactor/routine.js';
import { type Logger, LOGGER } from '../../platform/telemetry/logger.js';
import { checkpointMails, isDue, recordMail } from './checkpoint-mail.js';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** The Monday of a week, in UTC; the first day of 1970 was a Thursday. */
export function weekOf(now: number): PlainDate {
  const day = Math.floor(now / DAY_MS);
  return dateAt((day - ((day + 3) % 7)) * DAY_MS);
}

/**
 * Mails the newest checkpoint to the Primary once in each week, whose mailbox is then a witness: with the first one that is
 * signed in it, and where nothing happens by the hour. That nothing was added, and nothing is missing, is worth knowing too.
 */
@Injectable()
export class CheckpointMails implements Reactor, Routine, OnModuleInit {
  readonly name = 'checkpoint-mails';
  readonly types = ['CheckpointSigned'] as const;
  readonly everyMs = HOUR_MS;
  /** One after the other, since the hour may strike while a checkpoint is signed. */
  private mailing: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'witnesses'>,
    @Inject(TREES) private readonly trees: Pick<TreeReader, 'organisations'>,
    private readonly checkpoints: Checkpoints,
    private readonly states: StateCache,
    private readonly consequences: Consequences,
    @Inject(ORGANISATIONS) private readonly organisations: Pick<OrganisationDirectory, 'primaryIn'>,
    @Inject(PEOPLE) private readonly people: PeopleDirectory,
    @Inject(MAILER) private readonly mailer: Pick<Mailer, 'send'>,
    private readonly reactors: Reactors,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onModuleInit(): void {
    if (!this.settings.witnesses.mail) return;
    this.reactors.register(this);
    this.reactors.registerRoutine(this);
  }

  handle({ stream }: Recorded): Promise<void> {
    return this.mail(recordIdOf(stream));
  }

  async run(signal: AbortSignal): Promise<void> {
    for (const organisation of this.trees.organisations()) {
      if (signal.aborted) return;
      try {
        await this.mail(organisation);
      } catch (error) {
        // Whatever is wrong with one organisation keeps nothing from the others.
        if (isOutage(error)) throw error;
        this.log.warn({ err: error, organisation }, 'a checkpoint was not mailed');
      }
    }
  }

  private mail(organisation: string): Promise<void> {
    const mailed = this.mailing.then(() => this.mailOnce(organisation));
    this.mailing = mailed.catch(() => undefined);
    return mailed;
  }

  /** Sent, then written down: after a crash in between it comes again, under the same Message-ID. */
  private async mailOnce(organisation: string): Promise<void> {
    const week = weekOf(this.clock());
    const { state } = await this.states.load(checkpointMails, '', organisation);
    if (!isDue(state, week)) return;
    const newest = await this.checkpoints.newest(organisation);
    const to = newest && (await this.addressOfPrimary(organisation));
    if (newest === undefined || to === undefined) return;
    try {
      await this.mailer.send({ to, messageId: `checkpoint-${organisation}-${week}`, ...letterOf(newest) });
    } catch (error) {
      if (!(error instanceof MailRefused)) throw error;
      // An address that takes no mail is asked again next week.
      this.log.warn({ err: error, organisation }, 'a checkpoint was not taken by the mail server');
    }
    await this.consequences.write(
      checkpointMails,
      '',
      organisation,
      recordMail({ week, size: newest.size }),
      this.metadata(),
    );
  }

  /** Undefined where the address is erased, or the organisation closed. @throws ViewsUnavailable where it is not known yet */
  private async addressOfPrimary(organisation: string): Promise<string | undefined> {
    try {
      const primary = await this.organisations.primaryIn(organisation);
      const known = (await this.people.namesOf(organisation, [primary])).get(primary);
      // Whoever is erased has a profile that says so. Without any, the view has yet to hear of them.
      if (known === undefined) throw new ViewsUnavailable('The profile of the Primary is not in the view yet');
      return known.email === ERASED ? undefined : known.email;
    } catch (error) {
      if (error instanceof Refusal && error.code === 'not-found') return undefined;
      throw error;
    }
  }

  private metadata(): Metadata {
    const id = newId(this.clock());
    return { actor: { kind: 'system', id: this.name }, command: 'MailCheckpoint', correlationId: id, requestId: id };
  }
}

const letterOf = ({ size, note }: { readonly size: number; readonly note: string }) => ({
  subject: `Checkpoint of your trail: ${size} events`,
  text: [
    'Keep this mail. It holds what Countersign has signed about the trail of your organisation so far; if events are ever',
    'changed or cut off later, even by whoever runs the server, this is what shows it:',
    '',
    note,
    '',
    'To compare, save the lines above, from countersign/ on, to a file and run, on an export of the trail:',
    '',
    'npx countersign verify <export>.jsonl --against <file>',
  ].join('\n'),
});
