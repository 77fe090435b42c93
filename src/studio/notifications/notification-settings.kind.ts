import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { PEOPLE, type PeopleDirectory } from '../../access/contract.js';
import { type RecordDescription, type RecordKind, RecordKinds } from '../../platform/commands/record-kinds.js';

/** Notification settings in the trail: named by their person, for whoever may see the members. */
@Injectable()
export class NotificationSettingsKind implements RecordKind, OnModuleInit {
  readonly kind = 'notification-settings';
  readonly readPermission = 'members:read';

  constructor(
    private readonly kinds: RecordKinds,
    @Inject(PEOPLE) private readonly people: PeopleDirectory,
  ) {}

  onModuleInit(): void {
    this.kinds.register(this);
  }

  async describe(organisation: string, ids: readonly string[]): Promise<ReadonlyMap<string, RecordDescription>> {
    const names = await this.people.namesOf(organisation, ids);
    return new Map(
      [...names].map(([id, { firstName, lastName }]) => [
        id,
        { label: `Notification settings of ${firstName} ${lastName}`, facts: {} },
      ]),
    );
  }
}
