import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Metadata, PlainDate } from '../../kernel/event.js';
import { conflict, Refusal } from '../../kernel/refusal.js';
import { wordsOf } from '../../kernel/words.js';
import { ERASED } from '../../platform/codec/codec.port.js';
import { Consequences } from '../../platform/commands/consequences.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import {
  type HeldPerson,
  type Kept,
  type PeoplePage,
  type PeopleQuery,
  type PersonFile,
  type PersonKeys,
  type PersonKind,
  PersonKinds,
} from '../../platform/privacy/person-kinds.js';
import { accounts } from '../accounts/account.js';
import { Profiles } from '../accounts/profiles.service.js';
import { grantsText } from '../contract.js';
import { cancelInvitation } from '../organisations/invitations.decide.js';
import { type Invitation, organisations, type OrganisationState } from '../organisations/organisation.js';
import { InvitationLetters, type Letter } from './invitation.letters.js';
import type { PersonName } from './people.js';
import { People } from './people.service.js';

const label = ({ firstName, lastName }: Pick<PersonName, 'firstName' | 'lastName'>): string =>
  firstName === ERASED && lastName === ERASED ? ERASED : `${firstName} ${lastName}`.trim();

/** The newest invitation of a person that has this status. */
const invitationOf = (state: OrganisationState, userId: string, status: Invitation['status']): Invitation | undefined =>
  [...state.invitations.values()].filter((one) => one.userId === userId && one.status === status).at(-1);

/** Names that are read together. */
const AT_ONCE = 200;

/** A page of some people, by their ids: the newest first, and in the same place whatever happens in between. */
async function pageOf(
  people: People,
  organisation: string,
  { ids, words, limit, after }: PeopleQuery & { readonly ids: readonly string[] },
  inBriefOf: (id: string, name: string) => HeldPerson,
): Promise<PeoplePage> {
  const found: HeldPerson[] = [];
  const rest = ids.filter((id) => after === undefined || id < after).sort((a, b) => (a < b ? 1 : -1));
  for (let from = 0; from < rest.length; from += AT_ONCE) {
    const some = rest.slice(from, from + AT_ONCE);
    const names = await people.namesOf(organisation, some);
    for (const id of some) {
      const name = names.get(id);
      if (name === undefined || !isNamed(name, words)) continue;
      if (found.length === limit) return { people: found, next: found.at(-1)!.id };
      found.push(inBriefOf(id, label(name)));
    }
  }
  return { people: found, next: null };
}

/** Members, and people who were. What stands in their account is theirs; the organisation holds what it wrote of them. */
@Injectable()
export class MemberPersons implements PersonKind, OnModuleInit {
  readonly kind = 'member';

  constructor(
    private readonly persons: PersonKinds,
    private readonly states: StateCache,
    private readonly people: People,
    private readonly profiles: Profiles,
    private readonly letters: InvitationLetters,
  ) {}

  onModuleInit(): void {
    this.persons.register(this);
  }

  async find(organisation: string, query: PeopleQuery): Promise<PeoplePage> {
    const { state } = await this.states.load(organisations, '', organisation);
    const ids = [...new Set([...state.members.keys(), ...acceptedOf(state)])].filter((id) => statusOf(state, id));
    return pageOf(this.people, organisation, { ...query, ids }, (id, name) => inBrief(id, name, statusOf(state, id)!));
  }

  async get(organisation: string, id: string): Promise<HeldPerson | undefined> {
    const { state } = await this.states.load(organisations, '', organisation);
    const status = statusOf(state, id);
    if (status === undefined) return undefined;
    const { doc } = await this.profiles.current(id);
    return inBrief(id, doc === null ? ERASED : label(doc), status);
  }

  async file(organisation: string, id: string): Promise<PersonFile> {
    const { state } = await this.states.load(organisations, '', organisation);
    const { doc } = await this.profiles.current(id);
    const { firstName, lastName, email, phone } = doc ?? { firstName: ERASED, lastName: ERASED, email: ERASED };
    const given = { firstName, lastName, email, ...(phone === undefined ? {} : { phone }) };
    const member = state.members.get(id);
    const invitation = invitationOf(state, id, 'accepted');
    return {
      record: {
        ...given,
        status: statusOf(state, id) ?? 'former',
        isPrimary: state.primary === id,
        roles: member === undefined ? null : grantsText(member.grants),
        invitedAt: invitation?.sentAt ?? null,
        invitedAs: invitation === undefined ? null : ((await this.letters.of(organisation, invitation)) ?? ERASED),
      },
      given,
      documents: {},
    };
  }

  /** What the organisation wrote of them; their account's own mails are theirs. */
  async texts(organisation: string, id: string): Promise<readonly string[]> {
    const { state } = await this.states.load(organisations, '', organisation);
    const invitation = invitationOf(state, id, 'accepted');
    return invitation === undefined ? [] : textsOf(await this.letters.of(organisation, invitation));
  }

  async documents(): Promise<readonly []> {
    return [];
  }

  assertErasable({ status }: HeldPerson): void {
    if (status === 'former') return;
    throw conflict(
      'still-a-member',
      'This person is a member: remove them first. Their account is their own, and erased by nobody else (DELETE /v1/me)',
    );
  }

  keptBeside({ id }: HeldPerson, until: PlainDate): readonly Kept[] {
    return [
      {
        record: { kind: this.kind, id, label: null },
        basis: 'Who did what in the trail, and from where: legal claims (GDPR Art. 17(3)(e))',
        until,
      },
      {
        record: { kind: accounts.name, id, label: null },
        basis: 'The account is the person’s own, in no organisation; they erase it themselves (DELETE /v1/me)',
        until: null,
      },
    ];
  }

  async erase(): Promise<void> {
    // The log says already that they are gone; what was written of them goes with the key.
  }

  keys(id: string): PersonKeys {
    return { atOnce: id, records: `actor:${id}` };
  }
}

function statusOf(state: OrganisationState, id: string): 'active' | 'disabled' | 'former' | undefined {
  const status = state.members.get(id)?.status;
  if (status === 'invited') return undefined;
  return status ?? (invitationOf(state, id, 'accepted') === undefined ? undefined : 'former');
}

/** People who accepted an invitation once; no list of members has those who are not here any more. */
const acceptedOf = (state: OrganisationState): readonly string[] =>
  [...state.invitations.values()].flatMap(({ userId, status }) => (status === 'accepted' ? [userId] : []));

/** Whether every word begins a part of the name or address. */
function isNamed({ firstName, lastName, email }: PersonName, words: string): boolean {
  const wanted = wordsOf(words);
  if (wanted.length === 0) return words.trim() === '';
  const own = wordsOf(`${firstName} ${lastName} ${email}`);
  return wanted.every((word) => own.some((part) => part.startsWith(word)));
}

const inBrief = (id: string, name: string, status: string): HeldPerson => ({
  id,
  kind: 'member',
  label: name,
  status,
  facts: {},
});

/** People who were invited and have not accepted, or whose invitation was cancelled. */
@Injectable()
export class InvitedPersons implements PersonKind, OnModuleInit {
  readonly kind = 'invited';

  constructor(
    private readonly persons: PersonKinds,
    private readonly states: StateCache,
    private readonly people: People,
    private readonly letters: InvitationLetters,
    private readonly consequences: Consequences,
  ) {}

  onModuleInit(): void {
    this.persons.register(this);
  }

  async find(organisation: string, query: PeopleQuery): Promise<PeoplePage> {
    const { state } = await this.states.load(organisations, '', organisation);
    const ids = [...state.members].flatMap(([id, { status }]) => (status === 'invited' ? [id] : []));
    return pageOf(this.people, organisation, { ...query, ids }, (id, name) => this.inBrief(id, name, 'invited'));
  }

  async get(organisation: string, id: string): Promise<HeldPerson | undefined> {
    const { state } = await this.states.load(organisations, '', organisation);
    const invitation = currentOf(state, id);
    if (invitation === undefined) return undefined;
    const letter = await this.letters.of(organisation, invitation);
    if (letter === undefined) return this.inBrief(id, ERASED, 'erased');
    return this.inBrief(id, label(letter), invitation.status === 'open' ? 'invited' : 'cancelled');
  }

  async file(organisation: string, id: string): Promise<PersonFile> {
    const { state } = await this.states.load(organisations, '', organisation);
    const invitation = currentOf(state, id);
    if (invitation === undefined) throw new Error(`Nobody was invited as ${id}`);
    const letter = (await this.letters.of(organisation, invitation)) ?? {
      firstName: ERASED,
      lastName: ERASED,
      email: ERASED,
    };
    const member = state.members.get(id);
    return {
      record: {
        ...letter,
        status: invitation.status,
        invitedAt: invitation.sentAt,
        roles: member === undefined ? null : grantsText(member.grants),
      },
      // Their inviter wrote it; they gave nothing themselves.
      given: {},
      documents: {},
    };
  }

  async texts(organisation: string, id: string): Promise<readonly string[]> {
    const { state } = await this.states.load(organisations, '', organisation);
    const texts = new Set<string>();
    for (const invitation of state.invitations.values()) {
      if (invitation.userId !== id) continue;
      for (const text of textsOf(await this.letters.of(organisation, invitation))) texts.add(text);
    }
    return [...texts];
  }

  async documents(): Promise<readonly []> {
    return [];
  }

  assertErasable(): void {
    // Nothing stands against it.
  }

  keptBeside(): readonly Kept[] {
    return [];
  }

  /** An invitation that is open is cancelled: its link leads nowhere from then on. */
  async erase(organisation: string, id: string, metadata: Metadata): Promise<void> {
    const { state } = await this.states.load(organisations, '', organisation);
    const open = invitationOf(state, id, 'open');
    if (open === undefined) return;
    try {
      await this.consequences.write(organisations, organisation, organisation, cancelInvitation(open.id), metadata);
    } catch (error) {
      // Accepted in that very moment: then they are a member, and their inviter's words about them go all the same.
      if (!(error instanceof Refusal)) throw error;
    }
  }

  keys(id: string): PersonKeys {
    return { atOnce: id };
  }

  private inBrief(id: string, name: string, status: string): HeldPerson {
    return { id, kind: this.kind, label: name, status, facts: {} };
  }
}

/** The invitation by which somebody is known who is no member and never was. */
function currentOf(state: OrganisationState, id: string): Invitation | undefined {
  if (statusOf(state, id) !== undefined) return undefined;
  return invitationOf(state, id, 'open') ?? invitationOf(state, id, 'cancelled');
}

const textsOf = (letter: Letter | undefined): readonly string[] =>
  letter === undefined ? [] : [letter.email, `${letter.firstName} ${letter.lastName}`];
