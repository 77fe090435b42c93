import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Metadata, PlainDate } from '../../kernel/event.js';
import { conflict, Refusal } from '../../kernel/refusal.js';
import { ERASED } from '../../platform/codec/codec.port.js';
import { Consequences } from '../../platform/commands/consequences.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { READ_MODEL } from '../../platform/commands/tokens.js';
import {
  type HeldPerson,
  type Kept,
  type PersonFile,
  type PersonKeys,
  type PersonKind,
  PersonKinds,
} from '../../platform/privacy/person-kinds.js';
import { allPages } from '../../platform/read-model/all-pages.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { accounts } from '../accounts/account.js';
import { Profiles } from '../accounts/profiles.service.js';
import { grantsText } from '../contract.js';
import { cancelInvitation } from '../organisations/invitations.decide.js';
import { membersView } from '../organisations/member.view.js';
import { type Invitation, organisations, type OrganisationState } from '../organisations/organisation.js';
import { InvitationLetters, type Letter } from './invitation.letters.js';
import type { PersonName } from './people.js';
import { People } from './people.service.js';

const label = ({ firstName, lastName }: Pick<PersonName, 'firstName' | 'lastName'>): string =>
  firstName === ERASED && lastName === ERASED ? ERASED : `${firstName} ${lastName}`.trim();

/** The newest invitation of a person that has this status. */
const invitationOf = (state: OrganisationState, userId: string, status: Invitation['status']): Invitation | undefined =>
  [...state.invitations.values()].filter((one) => one.userId === userId && one.status === status).at(-1);

/** Ids of the people of an organisation: whom the words find, all where there are none. */
async function idsOf(
  people: People,
  model: ReadModel,
  organisation: string,
  words: string,
  limit: number,
): Promise<readonly string[]> {
  if (words.trim() !== '') return people.find(organisation, words, limit);
  const ids: string[] = [];
  for await (const page of allPages(model, membersView, {
    where: [{ field: 'organisation', eq: organisation }],
    sort: 'newest',
  })) {
    ids.push(...page.map(({ doc }) => doc.userId));
    if (ids.length >= limit) break;
  }
  return ids;
}

/** As many people of an organisation as are looked through for those of one status. */
const LOOKED_THROUGH = 2000;

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
    @Inject(READ_MODEL) private readonly model: ReadModel,
  ) {}

  onModuleInit(): void {
    this.persons.register(this);
  }

  async find(organisation: string, words: string, limit: number): Promise<readonly HeldPerson[]> {
    const ids = await idsOf(this.people, this.model, organisation, words, LOOKED_THROUGH);
    const { state } = await this.states.load(organisations, '', organisation);
    // The view may be behind: who has just left stands in both.
    const members = ids.filter((id) => ['active', 'disabled'].includes(statusOf(state, id) ?? ''));
    const former = formerOf(state);
    const names = await this.people.namesOf(organisation, [...members, ...former]);
    const found = [...members, ...former.filter((id) => isNamed(names.get(id), words))];
    return found.slice(0, limit).flatMap((id) => {
      const name = names.get(id);
      return name === undefined ? [] : [inBrief(id, label(name), statusOf(state, id)!)];
    });
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

/** People who accepted once and are not here any more: no list of members has them. */
const formerOf = (state: OrganisationState): readonly string[] =>
  [...new Set([...state.invitations.values()].flatMap(({ userId, status }) => (status === 'accepted' ? [userId] : [])))]
    .filter((id) => statusOf(state, id) === 'former')
    .slice(-LOOKED_THROUGH);

/** Whether every word begins a part of the name or address. */
function isNamed(name: PersonName | undefined, words: string): boolean {
  const own = partsOf(name === undefined ? '' : `${name.firstName} ${name.lastName} ${name.email}`);
  return partsOf(words).every((word) => own.some((part) => part.startsWith(word)));
}

const partsOf = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

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
    @Inject(READ_MODEL) private readonly model: ReadModel,
  ) {}

  onModuleInit(): void {
    this.persons.register(this);
  }

  async find(organisation: string, words: string, limit: number): Promise<readonly HeldPerson[]> {
    const ids = await idsOf(this.people, this.model, organisation, words, LOOKED_THROUGH);
    const { state } = await this.states.load(organisations, '', organisation);
    const invited = ids.filter((id) => state.members.get(id)?.status === 'invited').slice(0, limit);
    const names = await this.people.namesOf(organisation, invited);
    return invited.flatMap((id) => {
      const name = names.get(id);
      return name === undefined ? [] : [this.inBrief(id, label(name), 'invited')];
    });
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
