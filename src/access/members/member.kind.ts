import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type RecordDescription, type RecordKind, RecordKinds } from '../../platform/commands/record-kinds.js';
import { People } from './people.service.js';

/** Members and invited people, for those who show records of all kinds and look for people. */
@Injectable()
export class MemberKind implements RecordKind, OnModuleInit {
  readonly kind = 'member';
  readonly readPermission = 'members:read';

  constructor(
    private readonly kinds: RecordKinds,
    private readonly people: People,
  ) {}

  onModuleInit(): void {
    this.kinds.register(this);
  }

  async describe(organisation: string, ids: readonly string[]): Promise<ReadonlyMap<string, RecordDescription>> {
    const names = await this.people.namesOf(organisation, ids);
    return new Map(
      [...names].map(([id, { firstName, lastName }]) => [id, { label: `${firstName} ${lastName}`, facts: {} }]),
    );
  }

  findPeople(organisation: string, words: string, limit: number): Promise<readonly string[]> {
    return this.people.find(organisation, words, limit);
  }
}
