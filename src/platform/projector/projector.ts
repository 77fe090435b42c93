import { setTimeout as sleep } from 'node:timers/promises';
import type { ViewDefinition } from '../../kernel/view.js';
import type { Batch, EventStore } from '../event-store/event-store.port.js';
import type { RebuildRequest, RebuildRequests } from '../read-model/read-model.port.js';
import { type Failure, Member, feed } from './feed.js';
import { Mutex } from './mutex.js';
import { type Feeding, progressOf, readUp } from './read-up.js';
import { Rest } from './rest.js';
import { type ProjectorReport, StatusBoard, describeFailure } from './status.js';

/** What comes within this time is folded and committed together; readers of their own writes wait as long. */
const PACE_MS = 10;
/**
 * Under load batches are larger still, because a commit costs as much as the folds of many events: behind a batch follows a
 * rest of a millisecond for each of its events. Below 1000 events a second that shrinks to nothing, above it grows to this.
 */
const LONGEST_REST_MS = 100;

export interface ProjectorOptions extends Feeding {
  readonly reader: Pick<EventStore, 'subscribeToAll' | 'readAll' | 'head'>;
  readonly views: readonly ViewDefinition[];
  /** Rebuilds asked for from elsewhere; none without it. */
  readonly requests?: RebuildRequests;
  readonly report: (report: ProjectorReport) => void;
  /** Told what readers wait for, it ends rests early. */
  readonly rest?: Rest;
  /** Milliseconds between looks at `requests`; 1000 by default. */
  readonly pollMs?: number;
  /** Milliseconds that a generation stays readable after another one took its place; 10 minutes by default. */
  readonly keepOldMs?: number;
}

/** The views reflect events that the log does not have: the log was restored or replaced, the views were not. */
export class ViewsAheadOfLog extends Error {
  override readonly name = 'ViewsAheadOfLog';
}

/**
 * Keeps the views up with the log until aborted, then returns. A view that throws is stopped and reported, the others go
 * on; it is tried again at the next start. Everything else that goes wrong (the database of views, a store that is away)
 * ends the projector: it can be started again at any time and goes on from the checkpoints.
 *
 * @throws ViewsAheadOfLog, RangeError for views that are declared wrongly, and what store, codec and writer throw.
 */
export async function runProjector(options: ProjectorOptions): Promise<void> {
  const ended = new AbortController();
  const projector = new Projector({ ...options, signal: AbortSignal.any([options.signal, ended.signal]) });
  try {
    await projector.prepare();
    const tasks = [projector.follow(), projector.build()];
    try {
      await Promise.all(tasks);
    } finally {
      ended.abort();
      await Promise.allSettled(tasks);
    }
  } catch (error) {
    if (!options.signal.aborted) throw error;
  }
}

/**
 * Two tasks. One follows the log by a subscription and feeds the followers, all of which are at `front` or beyond. The
 * other one reads the log up for members that are behind (new views, views that had stopped, rebuilds) and lets them join.
 */
class Projector {
  private readonly board: StatusBoard;
  /** Held while the followers are fed or change. */
  private readonly lock = new Mutex();
  private readonly followers = new Set<Member>();
  private readonly behind = new Set<Member>();
  private front: string | undefined;
  private caughtUp = false;
  /** When the generations that were replaced are to be dropped. */
  private dropAt = Infinity;

  constructor(private readonly options: ProjectorOptions) {
    this.board = new StatusBoard(options.report);
  }

  /** Finds out who can follow at once, and who is behind: nobody waits for a view that has far to go. */
  async prepare(): Promise<void> {
    const { writer, reader, views, report } = this.options;
    const byName = new Map(views.map((view) => [view.name, view]));
    const head = await reader.head();
    let generations = await writer.prepare(views);
    if (head === undefined) {
      // Of an empty log every view is complete: it can be read as soon as this is done.
      for (const generation of generations) await writer.swap(generation);
      generations = await writer.prepare(views);
    }
    await writer.dropOld();
    const members = generations.map((generation) => new Member(byName.get(generation.view)!, generation));
    const ahead = members.find(
      ({ generation: { checkpoint } }) => checkpoint !== undefined && checkpoint > (head ?? ''),
    );
    if (ahead !== undefined) {
      throw new ViewsAheadOfLog(`View ${ahead.view.name} reflects events that are not in the log: rebuild the views`);
    }
    const live = members.filter(({ generation }) => generation.live);
    this.front = highest(live.length > 0 ? live : members);
    for (const member of members) {
      const { checkpoint, live: readable } = member.generation;
      const follows = checkpoint === this.front && (readable || live.length === 0);
      (follows ? this.followers : this.behind).add(member);
    }
    for (const { name } of views) {
      const own = members.filter(({ view }) => view.name === name);
      const readable = own.find(({ generation }) => generation.live);
      const building = own.some(({ generation }) => !generation.live && generation.target > 0);
      this.board.set(name, {
        state: building ? 'rebuilding' : 'catching-up',
        checkpoint: readable?.generation.checkpoint,
      });
    }
    report({ kind: 'prepared' });
  }

  async follow(): Promise<void> {
    const { reader, signal, rest = new Rest() } = this.options;
    for await (const batch of reader.subscribeToAll({ after: this.front, signal, paceMs: PACE_MS })) {
      await this.lock.run(() => this.handle(batch));
      const { length } = batch.events;
      if (batch.caughtUp && length > PACE_MS) {
        await rest.take(Math.min(length, LONGEST_REST_MS), batch.position, signal);
      }
    }
    signal.throwIfAborted();
    throw new Error('The subscription to the log ended by itself');
  }

  async build(): Promise<void> {
    const { requests, signal, writer, pollMs = 1000 } = this.options;
    let pending = (await requests?.pending()) ?? [];
    // What a request had begun when the process ended is finished under that request.
    const requested = (member: Member): boolean =>
      !member.generation.live && pending.some(({ view }) => view === undefined || view === member.view.name);
    await this.catchUp(new Set([...this.behind].filter((member) => !requested(member))));
    for (;;) {
      for (const request of pending) await this.serve(request);
      if (Date.now() >= this.dropAt) {
        this.dropAt = Infinity;
        await writer.dropOld();
      }
      await sleep(pollMs, undefined, { signal });
      pending = (await requests?.pending()) ?? [];
    }
  }

  private async handle(batch: Batch): Promise<void> {
    const failures = await feed(this.options, [...this.followers], batch);
    await this.stop(failures);
    if (batch.position !== '') this.front = batch.position;
    if (batch.caughtUp) {
      for (const member of this.followers) {
        if (member.generation.live) continue;
        await this.options.writer.complete(member.generation);
        await this.join(member);
      }
    }
    this.tellMoved(this.followers);
    this.tellProgress(this.followers);
    if (batch.caughtUp && !this.caughtUp) {
      this.caughtUp = true;
      for (const { view } of this.followers) {
        if (this.board.get(view.name).state === 'catching-up') this.board.enter(view.name, 'live');
      }
    }
  }

  /** Reads the log up for the members until they are where the followers are, and lets them join. */
  private async catchUp(members: Set<Member>, tell: () => Promise<void> = async () => undefined): Promise<void> {
    const read = (): Promise<number> =>
      readUp(this.options, members, async (failures) => {
        await this.stop(failures);
        this.tellMoved(members);
        this.tellProgress(members);
        await tell();
      });
    const { writer } = this.options;
    let completed = false;
    while (members.size > 0) {
      const batches = await read();
      // As long as it takes many batches, the followers must not wait for it.
      if (batches > 1 || members.size === 0) continue;
      if (!completed) {
        for (const { generation } of members) if (!generation.live) await writer.complete(generation);
        completed = true;
        continue;
      }
      await this.lock.run(async () => {
        await read();
        for (const member of liveFirst(members)) {
          // A store of several nodes may have shown an older head than the one that the followers have seen.
          if (this.front !== undefined && (member.generation.checkpoint ?? '') < this.front) continue;
          await this.join(member);
          members.delete(member);
        }
      });
      if (members.size > 0) await sleep(100, undefined, { signal: this.options.signal });
    }
  }

  /** The member follows from now on, in place of its view's former generation. Its checkpoint is at the front or beyond. */
  private async join(member: Member): Promise<void> {
    const { view, generation } = member;
    if (!generation.live) {
      await this.options.writer.swap(generation);
      member.generation = { ...generation, live: true };
      this.dropAt = Date.now() + (this.options.keepOldMs ?? 600_000);
    }
    for (const other of this.followers) if (other.view.name === view.name) this.followers.delete(other);
    this.followers.add(member);
    this.behind.delete(member);
    this.board.set(view.name, { state: this.caughtUp ? 'live' : 'catching-up', checkpoint: generation.checkpoint });
  }

  private async stop(failures: readonly Failure[]): Promise<void> {
    for (const { member, failed } of failures) {
      const { view, generation } = member;
      this.followers.delete(member);
      this.behind.delete(member);
      const error = { error: describeFailure(failed), event: failed.event };
      const served = [...this.followers, ...this.behind].some(
        (other) => other.view.name === view.name && other.generation.live,
      );
      if (generation.live || !served) {
        this.board.enter(view.name, 'stopped', error);
      } else {
        await this.options.writer.abandon(generation);
        this.board.enter(view.name, this.caughtUp ? 'live' : 'catching-up', error);
      }
    }
  }

  private async serve(request: RebuildRequest): Promise<void> {
    const { requests, views, report, signal } = this.options;
    const chosen = views.filter(({ name }) => request.view === undefined || request.view === name);
    const update = async (change: Partial<RebuildRequest>): Promise<void> => {
      const now = { ...request, ...change };
      await requests?.update(now);
      report({ kind: 'rebuild', request: now });
    };
    if (chosen.length === 0) {
      await update({ state: 'failed', message: `There is no view ${String(request.view)}` });
      return;
    }
    const all: Member[] = [];
    for (const view of chosen) all.push(await this.lock.run(() => this.building(view)));
    for (const { view } of all) this.board.enter(view.name, 'rebuilding');
    let told = 0;
    await this.catchUp(new Set(all), async () => {
      if (Date.now() - told < 200) return;
      told = Date.now();
      await update({ state: 'running', ...progressOf(all) });
    });
    signal.throwIfAborted();
    const errors = all.flatMap((member) =>
      member.generation.live ? [] : [this.board.get(member.view.name).error ?? ''],
    );
    if (errors.length > 0) await update({ state: 'failed', ...progressOf(all), message: errors.join('; ') });
    else await update({ state: 'done', ...progressOf(all) });
  }

  /** What builds the view anew. Where that is a follower already it stops following until it has joined: one task feeds it. */
  private async building(view: ViewDefinition): Promise<Member> {
    const generation = await this.options.writer.begin(view);
    const known = [...this.followers, ...this.behind].find((member) => member.generation.number === generation.number);
    if (known !== undefined) this.followers.delete(known);
    return known ?? new Member(view, generation);
  }

  /** Views whose readers see more now. All that moved is at one position. */
  private tellMoved(members: Iterable<Member>): void {
    const moved = [...members].filter(
      ({ view, generation }) => generation.live && generation.checkpoint !== this.board.get(view.name).checkpoint,
    );
    const position = moved[0]?.generation.checkpoint;
    if (position === undefined) return;
    this.board.moved(
      moved.map(({ view }) => view.name),
      position,
    );
  }

  private tellProgress(members: Iterable<Member>): void {
    for (const member of members) {
      if (member.generation.live || member.generation.target === 0) continue;
      const { folded, target } = progressOf([member]);
      this.board.enter(member.view.name, 'rebuilding', { progress: folded / target });
    }
  }
}

/** A generation that was built takes the place of the live one, so that one has to be there first. */
const liveFirst = (members: Iterable<Member>): readonly Member[] =>
  [...members].sort((a, b) => Number(b.generation.live) - Number(a.generation.live));

function highest(members: readonly Member[]): string | undefined {
  const checkpoints = members.flatMap(({ generation }) => generation.checkpoint ?? []);
  return checkpoints.reduce<string | undefined>(
    (high, next) => (high === undefined || next > high ? next : high),
    undefined,
  );
}
