import { Inject, Injectable } from '@nestjs/common';
import type { Instant } from '../../kernel/event.js';
import { notFound } from '../../kernel/refusal.js';
import { type Evidence, EVIDENCE } from '../../platform/commands/evidence.port.js';
import { PastDocuments } from '../../platform/commands/past-documents.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { RECORD_ACCESS, type RecordAccess } from '../../platform/commands/record-access.port.js';
import type { RecordKind, Sees } from '../../platform/commands/record-kinds.js';
import { type Clock, CLOCK, EVENT_STORE } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { RecordsInSight } from '../trail/records.service.js';

/** A record as it stood at each of some instants, as its own GET answers it. */
export interface PastRecord {
  readonly kind: string;
  readonly states: readonly object[];
  /** The log up to here is reflected. Unsealed. */
  readonly position: string | undefined;
}

/** Kinds of which a look is recorded, by what the evidence calls it. */
const SENSITIVE: ReadonlyMap<string, string> = new Map([['bank-account', 'bank details']]);

/** Records of all kinds from the log: for those who may read them now, and might then. */
@Injectable()
export class PastRecords {
  constructor(
    @Inject(RECORD_ACCESS) private readonly access: RecordAccess,
    private readonly past: PastDocuments,
    private readonly records: RecordsInSight,
    @Inject(EVIDENCE) private readonly evidence: Pick<Evidence, 'read'>,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  get now(): Instant {
    return new Date(this.clock()).toISOString();
  }

  /**
   * @param at undefined for the present
   * @throws Refusal not-found; validation-failed for an instant that has not come yet
   */
  async read(context: RequestContext, id: string, at: readonly (Instant | undefined)[]): Promise<PastRecord> {
    const position = await this.store.head();
    const instants = at.filter((instant) => instant !== undefined);
    const { kind, authority } = await this.access.requireReadable(context, id, instants);
    const states = await Promise.all(at.map((instant) => this.stateAt(context, kind, id, instant)));
    const sensitive = SENSITIVE.get(kind.kind);
    if (sensitive !== undefined)
      await this.evidence.read({ ...context, permission: kind.readPermission, authority }, sensitive);
    return { kind: kind.kind, states, position };
  }

  private async stateAt(
    context: RequestContext,
    kind: RecordKind,
    id: string,
    at: Instant | undefined,
  ): Promise<object> {
    const sees: Sees = async (other, otherId) => {
      const ref = { kind: other, id: otherId };
      return (await this.records.seen(context, [ref]))(ref).readable;
    };
    const past = at === undefined ? this.past.present(this.now) : this.past.at(at);
    const state = await kind.asOf?.(past, context.organisation, id, sees);
    if (state === undefined) throw notFound();
    return state;
  }
}
