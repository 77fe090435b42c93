import { Inject, Injectable } from '@nestjs/common';
import type { RecordFacts } from '../../kernel/decider.js';
import type { Authority, Instant } from '../../kernel/event.js';
import { notFound, type Refusal } from '../../kernel/refusal.js';
import { type Evidence, EVIDENCE } from '../../platform/commands/evidence.port.js';
import { AUTHORISER, type Authoriser, type Principal, type RequestContext } from '../../platform/commands/principal.js';
import type { RecordAccess } from '../../platform/commands/record-access.port.js';
import { type RecordKind, RecordKinds } from '../../platform/commands/record-kinds.js';
import { AssignmentsService } from '../assignments/assignments.service.js';
import { type Access, accessOf, type Holding } from '../contract.js';
import { accessOfKey } from '../organisations/api-keys.js';
import type { OrganisationState } from '../organisations/organisation.js';
import { meets, opens, reasons } from './authorise.js';
import { type Moment, Moments } from './moments.service.js';
import { withPerson } from './reach.js';

/** What a question about access is asked of. */
export interface Asked {
  readonly record?: string | undefined;
  readonly at?: Instant | undefined;
}

/** What answers about an organisation are made from: at one moment, about one record or about all of them. */
export interface Question {
  readonly organisation: string;
  readonly moment: Moment;
  readonly state: OrganisationState;
  /** Of the organisation's newest change, which the answer reflects. */
  readonly position: string | undefined;
  /** Of the record as it stood at that moment; undefined where no record was named. */
  readonly facts: RecordFacts | undefined;
}

/** Whose grants are looked at. */
export interface Holder {
  readonly userId: string;
  readonly access: Access | undefined;
}

/** A record that is there now. */
interface Found {
  readonly kind: RecordKind;
  readonly id: string;
  readonly facts: RecordFacts;
}

interface Readable extends Found {
  readonly authority: Authority;
}

/** Looks up what questions about access need: in the present as the authoriser decides, or as it was at an instant. */
@Injectable()
export class Questions implements RecordAccess {
  constructor(
    private readonly moments: Moments,
    private readonly kinds: RecordKinds,
    private readonly assignments: AssignmentsService,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    @Inject(EVIDENCE) private readonly evidence: Evidence,
  ) {}

  /**
   * @throws Refusal validation-failed for an instant that has not come yet; not-found for a record that the asker may not
   * read, now and as it stood then, as for one that is not there.
   */
  async ask(context: RequestContext, { record, at }: Asked): Promise<Question> {
    const { organisation } = context;
    const moment = this.moments.of(at);
    const found = record === undefined ? undefined : await this.readable(context, record);
    // A loaded state moves on, so it is the last thing to be loaded before it is looked at.
    const { state, position } = await moment.organisation(organisation);
    const question = { organisation, moment, state, position, facts: found?.facts };
    return found !== undefined && moment.isPast ? this.asOfThen(context, question, found) : question;
  }

  /** By which grants people may do something, the strongest first; nobody whose account is closed or erased may anything. */
  async reasonsOf(
    question: Question,
    userIds: readonly string[],
    permission: string,
  ): Promise<ReadonlyMap<string, readonly Holding[]>> {
    const { state, moment } = question;
    const holders = userIds
      .map((userId) => ({ userId, access: accessOf(state.members.get(userId), state.roles) }))
      .filter(({ access }) => reasons(access, permission, moment.at).length > 0);
    const [open, found] = await Promise.all([
      moment.withOpenAccounts(
        state,
        holders.map(({ userId }) => userId),
      ),
      Promise.all(holders.map((holder) => this.reasonsFor(question, holder, permission))),
    ]);
    return new Map(
      holders.flatMap(({ userId }, index) =>
        open.has(userId) && found[index]!.length > 0 ? [[userId, found[index]!]] : [],
      ),
    );
  }

  /** The same for one holder, whatever became of their account. */
  async reasonsFor(
    { organisation, moment, facts }: Question,
    { userId, access }: Holder,
    permission: string,
  ): Promise<readonly Holding[]> {
    const held = reasons(access, permission, moment.at);
    if (facts === undefined) return held;
    if (!meets(access, userId, facts, moment.at)) return [];
    if (!held.some(({ scope }) => scope === 'assigned')) return held.filter((one) => opens(one, userId, facts));
    const assigned = await this.assignments.of(organisation, userId, permission, moment.read);
    const known = withPerson(facts, userId, assigned);
    return held.filter((one) => opens(one, userId, known));
  }

  async requireReadable(context: RequestContext, id: string, at: readonly Instant[]): Promise<Readable> {
    const moments = at.map((instant) => this.moments.of(instant));
    const found = await this.readable(context, id);
    for (const moment of moments) {
      const { organisation } = context;
      const { state, position } = await moment.organisation(organisation);
      await this.asOfThen(context, { organisation, moment, state, position, facts: found.facts }, found);
    }
    return found;
  }

  private async readable(context: RequestContext, record: string): Promise<Readable> {
    const { principal, organisation } = context;
    const found = await this.find(organisation, record);
    if (found === undefined || principal === undefined) throw notFound();
    const { kind, facts } = found;
    const verdict = await this.authoriser.authorise(principal, organisation, kind.readPermission, facts);
    if (!verdict.allowed) throw await this.refusal(context, found, verdict.because);
    return { ...found, authority: verdict.authority };
  }

  /** Whoever asks by an API key might read it then where the key's powers and its maker's rights at the time both say so. */
  private async asOfThen(context: RequestContext, question: Question, found: Found): Promise<Question> {
    const { kind, id } = found;
    const facts = await kind.factsOf!(question.moment.read, context.organisation, id);
    if (facts === undefined) throw notFound();
    const then = { ...question, facts };
    const { userId } = context.principal!;
    const open = await then.moment.withOpenAccounts(then.state, [userId]);
    const holder = { userId, access: await this.accessThen(context.principal!, then) };
    const held = open.has(userId) ? await this.reasonsFor(then, holder, kind.readPermission) : [];
    if (held.length === 0) throw await this.refusal(context, found, 'record');
    return then;
  }

  /** A key's powers are what they were made, so they count for times before it was, too. */
  private async accessThen(
    { userId, apiKey }: Principal,
    { organisation, state: { members, roles } }: Question,
  ): Promise<Access | undefined> {
    if (apiKey === undefined) return accessOf(members.get(userId), roles);
    const now = await this.moments.now().organisation(organisation);
    const key = now.state.apiKeys.get(apiKey);
    return key && accessOfKey(key, members.get(userId), roles);
  }

  private async refusal(
    context: RequestContext,
    { kind: { kind, readPermission }, id }: Found,
    because: 'stranger' | 'area' | 'record',
  ): Promise<Refusal> {
    await this.evidence.refused({ ...context, permission: readPermission }, because, { kind, id });
    return notFound();
  }

  /** No id is of two kinds. Whatever is found is there now: what is gone cannot be read any more. */
  private async find(organisation: string, id: string): Promise<Found | undefined> {
    const { read } = this.moments.now();
    const found = await Promise.all(
      [...this.kinds.all()].map(async (kind) => {
        const facts = await kind.factsOf?.(read, organisation, id);
        return facts && { kind, id, facts };
      }),
    );
    return found.find((one) => one !== undefined);
  }
}
