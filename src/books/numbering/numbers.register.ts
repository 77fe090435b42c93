import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import type { Metadata } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { type Clock, CLOCK, EVENT_STORE } from '../../platform/commands/tokens.js';
import {
  type EventStore,
  type NewEvent,
  OutcomeUnknown,
  WrongExpectedRevision,
} from '../../platform/event-store/event-store.port.js';
import { newId } from '../../platform/random.js';
import { NUMBERED_DOCUMENTS, type NumberedDocuments } from './numbered-documents.port.js';
import {
  copyOf,
  type DocumentAt,
  evolveNumbers,
  numbers,
  type Numbers,
  type NumberSeries,
  type NumbersEvent,
  sizeOf,
  written,
} from './numbers.js';
import { releaseNumbers, reserveNumbers } from './numbers.decide.js';
import { NumbersLoader } from './numbers.loader.js';

interface Request {
  readonly does: 'reserve' | 'release';
  readonly series: NumberSeries;
  readonly documents: readonly DocumentAt[];
  readonly metadata: Metadata;
}

interface Waiting extends Request {
  readonly resolve: (numbers: ReadonlyMap<string, number>) => void;
  readonly reject: (reason: unknown) => void;
}

/** So many documents at most in one append of several requests: far below the store's limit in bytes. */
const MAX_DOCUMENTS = 2000;
/** Events from one that holds the register to the next, and how many entries such a register has at most. */
const WRITTEN_EVERY = 250;
const MAX_WRITTEN = 1000;
const MAX_ATTEMPTS = 20;
const UNKNOWN_PAUSE_MS = 100;

/**
 * The register of numbers of each organisation, one stream each. A document gets a number before it is issued, and is then
 * issued with it; a number that its document cannot bear any more goes to another one. So there are no gaps and no doubles.
 *
 * Requests that arrive while the register is being written are gathered into one append, decided in their order.
 */
@Injectable()
export class NumberRegister {
  private readonly queues = new Map<string, Waiting[]>();
  /** Documents whose number is known to be used, by organisation: their reservations need no looking up. */
  private readonly used = new Map<string, Map<string, number>>();

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly loader: NumbersLoader,
    @Inject(NUMBERED_DOCUMENTS) private readonly documents: NumberedDocuments,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Numbers by document, in the order of the documents; the same ones again for documents that have some reserved. Resolves
   * when the reservation is durable. A document that has moved beyond the given revision gets none, and is left out.
   *
   * @param metadata whose doing it is: a reservation that a crash leaves open is completed in that person's name
   * @throws Refusal unavailable when too many nodes write the register at once; StoreUnavailable
   */
  reserve(
    organisation: string,
    series: NumberSeries,
    documents: readonly DocumentAt[],
    metadata: Metadata,
  ): Promise<ReadonlyMap<string, number>> {
    return this.request(organisation, { does: 'reserve', series, documents, metadata });
  }

  /** Says that these documents have been issued with these numbers, which spares the register looking them up. */
  settle(organisation: string, issued: ReadonlyMap<string, number>): void {
    const used = this.used.get(organisation) ?? new Map<string, number>();
    for (const [id, number] of issued) used.set(id, number);
    this.used.set(organisation, used);
  }

  /**
   * Gives back the numbers that are still reserved for documents at just those revisions and that these cannot bear any more.
   * Does nothing for a document that stands there yet, or that bears its number.
   *
   * @throws as `reserve`
   */
  async release(
    organisation: string,
    series: NumberSeries,
    documents: readonly DocumentAt[],
    metadata: Metadata,
  ): Promise<void> {
    await this.request(organisation, { does: 'release', series, documents, metadata });
  }

  private request(organisation: string, request: Request): Promise<ReadonlyMap<string, number>> {
    return new Promise((resolve, reject) => {
      const waiting = { ...request, resolve, reject };
      const queue = this.queues.get(organisation);
      if (queue !== undefined) {
        queue.push(waiting);
        return;
      }
      this.queues.set(organisation, [waiting]);
      void this.drain(organisation); // Settles the requests, and never rejects itself.
    });
  }

  private async drain(organisation: string): Promise<void> {
    for (let queue = this.queues.get(organisation)!; queue.length > 0;) {
      const batch = takeBatch(queue);
      try {
        const answers = await this.retrying(() => this.decideAll(organisation, batch));
        for (const [index, { resolve }] of batch.entries()) resolve(answers[index]!);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.queues.delete(organisation);
  }

  private async decideAll(
    organisation: string,
    batch: readonly Request[],
  ): Promise<readonly ReadonlyMap<string, number>[]> {
    const { state, revision, unwritten } = await this.loader.load(organisation);
    let register = copyOf(state);
    let writes = unwritten >= WRITTEN_EVERY;
    // Only now, beyond what the register says: a document may have been issued, and settled, since it was asked for.
    const wanted = await Promise.all(
      batch.map((request) =>
        request.does === 'reserve'
          ? this.stillWanted(organisation, request, register)
          : this.movedOn(organisation, request, register),
      ),
    );
    const settled = await this.settled(organisation, register);

    const events: NewEvent[] = [];
    for (const [index, { does, series, metadata }] of batch.entries()) {
      const decided =
        does === 'reserve'
          ? reserveNumbers(register, series, wanted[index]!, settled)
          : releaseNumbers(register, series, wanted[index]!);
      for (const plain of decided) {
        const event = writes ? withRegister(plain, register) : plain;
        if (event !== plain) writes = false;
        events.push(this.newEvent(event, metadata));
        register = evolveNumbers(register, event);
      }
    }
    const answers = batch.map(({ series }, index) => numbersFor(register, series, wanted[index]!));
    await this.append(organisation, revision, events);
    for (const id of settled) this.used.get(organisation)?.delete(id);
    return answers;
  }

  /** Documents that have a number reserved or stand where they stood when it was asked for. */
  private async stillWanted(
    organisation: string,
    { series, documents }: Request,
    register: Numbers,
  ): Promise<readonly DocumentAt[]> {
    const { open } = register[series];
    const wanted = await Promise.all(
      documents.map(async (document) => {
        if (open.has(document.id)) return true;
        return (await this.documents.look(organisation, series, document.id)).revision === document.revision;
      }),
    );
    return documents.filter((_, index) => wanted[index]);
  }

  /** Documents that do not stand any more where a number was reserved for them, and do not bear it either. */
  private async movedOn(
    organisation: string,
    { series, documents }: Request,
    register: Numbers,
  ): Promise<readonly DocumentAt[]> {
    const { open } = register[series];
    const moved = await Promise.all(
      documents.map(async ({ id, revision }) => {
        const now = await this.documents.look(organisation, series, id);
        return now.revision !== revision && now.number !== open.get(id)?.number;
      }),
    );
    return documents.filter((_, index) => moved[index]);
  }

  /** Documents with an open reservation that bear its number. */
  private async settled(organisation: string, register: Numbers): Promise<ReadonlySet<string>> {
    const used = this.used.get(organisation);
    const open = (['invoice', 'credit-note'] as const).flatMap((series) =>
      [...register[series].open].map(([id, { number }]) => ({ series, id, number })),
    );
    const bear = await Promise.all(
      open.map(
        async ({ series, id, number }) =>
          used?.get(id) === number || (await this.documents.look(organisation, series, id)).number === number,
      ),
    );
    return new Set(open.flatMap(({ id }, index) => (bear[index] ? [id] : [])));
  }

  private newEvent({ type, data }: NumbersEvent, metadata: Metadata): NewEvent {
    return { id: newId(this.clock()), type, schemaVersion: numbers.events[type].schemaVersion, data, metadata };
  }

  private async append(organisation: string, revision: number, events: readonly NewEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.store.append(
      streamOf(numbers, organisation, organisation),
      revision === -1 ? 'no-stream' : revision,
      events,
    );
  }

  /** Decides afresh when another node was faster, and when nobody knows whether it was written: it then shows. */
  private async retrying<T>(attempt: () => Promise<T>): Promise<T> {
    for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
      try {
        return await attempt();
      } catch (error) {
        if (error instanceof OutcomeUnknown) await sleep(UNKNOWN_PAUSE_MS);
        else if (!(error instanceof WrongExpectedRevision)) throw error;
      }
    }
    throw new Refusal('unavailable', 'Too many documents are being numbered at once; try again', { retryAfter: 1 });
  }
}

/** With the register as it stands before the event, where the event can hold it. */
const withRegister = (event: NumbersEvent, register: Numbers): NumbersEvent =>
  event.type !== 'NumbersReserved' || sizeOf(register) > MAX_WRITTEN
    ? event
    : { ...event, data: { ...event.data, before: written(register) } };

/** The requests at the head of the queue that fit into one append; always at least one. */
function takeBatch(queue: Waiting[]): readonly Waiting[] {
  let count = 0;
  const fits = ({ documents }: Waiting, index: number) => (count += documents.length) <= MAX_DOCUMENTS || index === 0;
  const end = queue.findIndex((request, index) => !fits(request, index));
  return queue.splice(0, end === -1 ? queue.length : end);
}

const numbersFor = (
  register: Numbers,
  series: NumberSeries,
  documents: readonly DocumentAt[],
): ReadonlyMap<string, number> =>
  new Map(
    documents.flatMap(({ id }) => {
      const reservation = register[series].open.get(id);
      return reservation === undefined ? [] : [[id, reservation.number] as const];
    }),
  );
