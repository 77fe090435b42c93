import { Injectable } from '@nestjs/common';
import { invalid } from '../../kernel/refusal.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { Seal } from '../../platform/http/seal.js';
import { type HeldPerson, type PersonKind, PersonKinds } from '../../platform/privacy/person-kinds.js';
import { reaches } from '../trail/redaction.js';

const LIST = 'privacy-subjects';
/** A reader with limits may have to look far for a page; they are then given what was found, and a cursor. */
const MAX_ROUNDS = 20;

/** Where a page begins: within one kind of people, at its beginning where nothing more is said. */
interface Place {
  readonly kind: string;
  readonly after?: string;
}

/** The people of whom an organisation holds data, as far as the request's permission reaches. */
@Injectable()
export class Subjects {
  constructor(
    private readonly persons: PersonKinds,
    private readonly seal: Seal,
  ) {}

  /** @throws Refusal validation-failed: nobody of that id, or nobody whom the permission reaches */
  async require(context: RequestContext, id: string): Promise<HeldPerson> {
    const person = await this.persons.find(context.organisation, id);
    if (person === undefined || !reaches(context.reach, person.facts))
      throw invalid('subject', 'is nobody of whom this organisation holds data');
    return person;
  }

  /**
   * A page of them, one kind after the other in the order of their names, the newest of each first. A page may hold fewer than
   * asked for, and its `next` lead to none.
   *
   * @throws Refusal validation-failed for a cursor of another list
   */
  async find(
    context: RequestContext,
    words: string,
    { limit, after }: PageQuery,
  ): Promise<{ readonly people: readonly HeldPerson[]; readonly next: string | null }> {
    const { organisation, reach } = context;
    const kinds = [...this.persons.all()].sort((a, b) => (a.kind < b.kind ? -1 : 1));
    const found: HeldPerson[] = [];
    let place = begin(this.seal.after(after, LIST, organisation), kinds);
    for (let round = 0; place !== undefined && found.length < limit && round < MAX_ROUNDS; round++) {
      const at: Place = place;
      const query = { words, limit: limit - found.length, after: at.after };
      const { people, next } = await this.persons.of(at.kind).find(organisation, query);
      found.push(...people.filter(({ facts }) => reaches(reach, facts)));
      const following = kinds[kinds.findIndex(({ kind }) => kind === at.kind) + 1];
      place = next !== null ? { kind: at.kind, after: next } : following && { kind: following.kind };
    }
    return { people: found, next: place ? this.seal.cursor(JSON.stringify(place), LIST, organisation) : null };
  }
}

function begin(cursor: string | undefined, kinds: readonly PersonKind[]): Place | undefined {
  if (cursor === undefined) return kinds[0] && { kind: kinds[0].kind };
  const place = JSON.parse(cursor) as Place;
  // Sealed by a server that knew a kind of people which this one does not.
  if (!kinds.some(({ kind }) => kind === place.kind)) throw invalid('after', 'is not a cursor of this list');
  return place;
}
