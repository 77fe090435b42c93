import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { ReadState, RecordFacts } from '../../kernel/decider.js';
import { type RecordDescription, type RecordKind, RecordKinds } from '../../platform/commands/record-kinds.js';
import { organisations } from '../organisations/organisation.js';
import { memberAsOf } from '../organisations/member-as-of.js';
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

  /** Nobody is in a project or brand; whoever has left is no record of the organisation any more. */
  readonly factsOf = async (read: ReadState, organisation: string, id: string): Promise<RecordFacts | undefined> => {
    const { state } = await read(organisations, '', organisation);
    return state.members.has(id) ? {} : undefined;
  };

  readonly asOf: NonNullable<RecordKind['asOf']> = async ({ read }, organisation, id) => {
    const { state } = await read(organisations, '', organisation);
    const member = state.members.get(id);
    return member && memberAsOf(state, member, (await this.people.namesOf(organisation, [id])).get(id));
  };

  findPeople(organisation: string, words: string, limit: number): Promise<readonly string[]> {
    return this.people.find(organisation, words, limit);
  }
}
