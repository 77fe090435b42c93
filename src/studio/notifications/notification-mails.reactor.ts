import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { PEOPLE, type PeopleDirectory } from '../../access/contract.js';
import type { Recorded } from '../../kernel/event.js';
import { ERASED } from '../../platform/codec/codec.port.js';
import { MAILER } from '../../platform/commands/tokens.js';
import { PublicUrl } from '../../platform/config/public-url.js';
import type { StoredEvent } from '../../platform/event-store/event-store.port.js';
import type { Mailer } from '../../platform/mail/mailer.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import { NOTIFICATION_KINDS } from './notification-kinds.js';
import { NotificationSight } from './notification-sight.service.js';
import type { NotificationMade } from './notification.js';
import { organisationOf } from './notification.view.js';

/** Mails notifications to those who want them by mail. Hours may pass until a mail server is back, so it asks again who may. */
@Injectable()
export class NotificationMails implements Reactor, OnModuleInit {
  readonly name = 'notification-mails';
  readonly types = ['NotificationMade'] as const;

  constructor(
    @Inject(MAILER) private readonly mailer: Mailer,
    @Inject(PEOPLE) private readonly people: PeopleDirectory,
    private readonly publicUrl: PublicUrl,
    private readonly sight: NotificationSight,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this);
  }

  skips({ data }: StoredEvent): boolean {
    return !(data as NotificationMade['data']).mail;
  }

  async handle({ id: messageId, stream, data }: Recorded, signal: AbortSignal): Promise<void> {
    const { userId, kind: key, record, detail } = data as NotificationMade['data'];
    const organisation = organisationOf(stream);
    const kind = NOTIFICATION_KINDS.get(key);
    const [visible] = await this.sight.visible({ userId }, organisation, [{ kind: key, record }]);
    const person = (await this.people.namesOf(organisation, [userId])).get(userId);
    if (kind === undefined || visible === undefined || person === undefined || person.email === ERASED) return;
    const here = { kind: 'organisation', id: organisation };
    const labelOf = await this.sight.labels(organisation, [record, here]);
    const publicUrl = await this.publicUrl.known(signal);
    await this.mailer.send({
      to: { name: `${person.firstName} ${person.lastName}`, address: person.email },
      subject: `News from ${labelOf(here) ?? 'your organisation'}`,
      messageId,
      text: [
        `${kind.sentence(labelOf(record), detail)}.`,
        '',
        publicUrl,
        '',
        'You get this mail because you asked for it in your notification settings.',
      ].join('\n'),
    });
  }
}
