import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Instant, Recorded } from '../../kernel/event.js';
import { type OrganisationDirectory, ORGANISATIONS, PEOPLE, type PeopleDirectory } from '../../access/contract.js';
import { ERASED } from '../../platform/codec/codec.port.js';
import { EVENT_STORE, MAILER } from '../../platform/commands/tokens.js';
import { SETTINGS, type Settings } from '../../platform/config/settings.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import type { Mailer } from '../../platform/mail/mailer.js';
import type { CheckpointSigned } from '../../platform/proofs/checkpoint.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';

const DAY_MS = 24 * 60 * 60 * 1000;
/** The first day of 1970 was a Thursday; weeks begin on Mondays, in UTC. */
const weekOf = (instant: Instant): number => Math.floor((Math.floor(Date.parse(instant) / DAY_MS) + 3) / 7);

/**
 * Mails the first checkpoint of each week to the Primary, whose mailbox is then a witness. The log says which one is the first, so
 * nothing else has to be remembered; an organisation where nothing happens gets no mail.
 */
@Injectable()
export class CheckpointMails implements Reactor, OnModuleInit {
  readonly name = 'checkpoint-mails';
  readonly types = ['CheckpointSigned'] as const;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(EVENT_STORE) private readonly store: Pick<EventStore, 'readStream'>,
    @Inject(ORGANISATIONS) private readonly organisations: Pick<OrganisationDirectory, 'primaryIn'>,
    @Inject(PEOPLE) private readonly people: PeopleDirectory,
    @Inject(MAILER) private readonly mailer: Mailer,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    if (this.settings.witnesses.mail) this.reactors.register(this);
  }

  async handle(event: Recorded): Promise<void> {
    const { data, id, stream, revision, recordedAt } = event as Recorded<CheckpointSigned>;
    if (weekOf(recordedAt) === (await this.weekBefore(stream, revision))) return;
    const organisation = recordIdOf(stream);
    const primary = await this.organisations.primaryIn(organisation);
    const person = (await this.people.namesOf(organisation, [primary])).get(primary);
    if (person === undefined || person.email === ERASED) return;
    await this.mailer.send({
      to: person.email,
      subject: `Checkpoint of your trail: ${data.size} events`,
      messageId: id,
      text: [
        'Keep this mail. It holds what Countersign has signed about the trail of your organisation so far; if events are ever',
        'changed or cut off later, even by whoever runs the server, this is what shows it:',
        '',
        data.note,
        '',
        'To compare, save the lines above, from countersign/ on, to a file and run, on an export of the trail:',
        '',
        'npx countersign verify <export>.jsonl --against <file>',
      ].join('\n'),
    });
  }

  private async weekBefore(stream: string, revision: number): Promise<number | undefined> {
    if (revision === 0) return undefined;
    const options = { direction: 'backwards', from: revision - 1, limit: 1 } as const;
    for await (const { recordedAt } of this.store.readStream(stream, options)) return weekOf(recordedAt);
    return undefined;
  }
}
