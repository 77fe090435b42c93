import { Inject, Injectable } from '@nestjs/common';
import { wordsOf } from '../../kernel/words.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { READ_MODEL } from '../../platform/commands/tokens.js';
import { allPages } from '../../platform/read-model/all-pages.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { profilesView } from '../accounts/profile.view.js';
import { type MemberDoc, memberKey, membersView } from '../organisations/member.view.js';
import { organisations, type OrganisationState } from '../organisations/organisation.js';
import type { PeopleDirectory, PersonName } from './people.js';

/**
 * Names of an organisation's people. Whoever has accepted is known by their own profile; of whoever is only invited, the
 * organisation knows what its inviter wrote, and nothing of an account that may be somebody else's.
 */
@Injectable()
export class People implements PeopleDirectory {
  constructor(
    private readonly states: StateCache,
    @Inject(READ_MODEL) private readonly model: ReadModel,
  ) {}

  async namesOf(organisation: string, userIds: readonly string[]): Promise<ReadonlyMap<string, PersonName>> {
    const { state } = await this.states.load(organisations, '', organisation);
    const invited = userIds.filter((id) => state.members.get(id)?.status === 'invited');
    const joined = joinedOf(state, userIds);
    const [docs, profiles] = await Promise.all([
      this.model.getMany(
        membersView,
        invited.map((id) => memberKey(organisation, id)),
      ),
      this.model.getMany(profilesView, joined),
    ]);
    return new Map([
      ...invited.flatMap((id, index) => named(id, docs.value[index]?.invitation)),
      ...joined.flatMap((id, index) => named(id, profiles.value[index])),
    ]);
  }

  /** Members and invited people of whom every word begins a part of their name or address; at most `limit`. */
  async find(organisation: string, words: string, limit: number): Promise<readonly string[]> {
    const wanted = wordsOf(words);
    const found: string[] = [];
    if (wanted.length === 0) return found;
    for await (const userIds of this.everybody(organisation)) {
      for (const [id, { firstName, lastName, email }] of await this.namesOf(organisation, userIds)) {
        const own = wordsOf(`${firstName} ${lastName} ${email}`);
        if (wanted.every((word) => own.some((part) => part.startsWith(word)))) found.push(id);
        if (found.length === limit) return found;
      }
    }
    return found;
  }

  private async *everybody(organisation: string): AsyncGenerator<readonly string[]> {
    const where = [{ field: 'organisation', eq: organisation }];
    for await (const page of allPages<MemberDoc>(this.model, membersView, { where, sort: 'newest' })) {
      yield page.map(({ doc }) => doc.userId);
    }
  }
}

/** Those who are members or were: they accepted once, or they founded it. */
function joinedOf({ members, invitations }: OrganisationState, userIds: readonly string[]): readonly string[] {
  const missing = new Set<string>();
  const here = userIds.filter((id) => {
    const member = members.get(id);
    if (member === undefined) missing.add(id);
    return member !== undefined && member.status !== 'invited';
  });
  if (missing.size === 0) return here;
  const gone = [...invitations.values()].filter(({ status, userId }) => status === 'accepted' && missing.has(userId));
  return [...here, ...new Set(gone.map(({ userId }) => userId))];
}

const named = (id: string, name: PersonName | null | undefined): readonly (readonly [string, PersonName])[] =>
  name === null || name === undefined
    ? []
    : [[id, { firstName: name.firstName, lastName: name.lastName, email: name.email }]];
