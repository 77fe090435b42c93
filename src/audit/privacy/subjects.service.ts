import { Injectable } from '@nestjs/common';
import { invalid } from '../../kernel/refusal.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { type HeldPerson, PersonKinds } from '../../platform/privacy/person-kinds.js';
import { reaches } from '../trail/redaction.js';

/** The people of whom an organisation holds data, as far as the request's permission reaches. */
@Injectable()
export class Subjects {
  constructor(private readonly persons: PersonKinds) {}

  /** @throws Refusal validation-failed: nobody of that id, or nobody whom the permission reaches */
  async require(context: RequestContext, id: string): Promise<HeldPerson> {
    const person = await this.persons.find(context.organisation, id);
    if (person === undefined || !reaches(context.reach, person.facts))
      throw invalid('subject', 'is nobody of whom this organisation holds data');
    return person;
  }

  async find(context: RequestContext, words: string, limit: number): Promise<readonly HeldPerson[]> {
    const found = await Promise.all(this.persons.all().map((kind) => kind.find(context.organisation, words, limit)));
    // The first of each kind before the second of any.
    return found
      .flatMap((people) => people.map((person, rank) => ({ person, rank })))
      .filter(({ person }) => reaches(context.reach, person.facts))
      .sort((a, b) => a.rank - b.rank)
      .map(({ person }) => person)
      .slice(0, limit);
  }
}
