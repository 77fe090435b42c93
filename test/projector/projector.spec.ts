import type { DomainEvent, Recorded } from '../../src/kernel/event.js';
import type { ViewDefinition } from '../../src/kernel/view.js';
import { StoreUnavailable } from '../../src/platform/event-store/event-store.port.js';
import {
  type Note,
  broken,
  counted,
  freshName,
  keysOf,
  notesView,
  positionOf,
  put,
  recorded,
  checkpointOf,
} from '../contract/read-model/notes.js';
import { Rest } from '../../src/platform/projector/rest.js';
import { FedLog } from '../support/fed-log.js';
import { Place } from './running.js';

/** Counts the events that it saw, each once. */
const countingView = (): ViewDefinition<Note> =>
  notesView(freshName(), {
    events: 'all',
    keys: () => ['all'],
    fold: (note) => ({ organisation: 'acme', at: 0, title: '', counter: (note?.counter ?? 0) + 1 }),
  });

describe('projector', () => {
  let place: Place;
  beforeEach(async () => {
    place = await Place.make();
  });
  afterEach(async () => {
    await place.dispose();
  });
  const counter = async (view: ViewDefinition<Note>, key = 'all'): Promise<number | undefined> =>
    (await place.model.get(view, key)).value?.counter;

  it('catches up with the log, then follows it', async () => {
    const views = [notesView(freshName()), countingView()] as const;
    place.add(...Array.from({ length: 10 }, (_, i) => put(`k${i}`, { at: i })));
    const running = place.run(views);
    await running.live(...views);
    expect(running.reports.slice(0, 3)).toEqual([
      ...views.map(({ name }) => ({
        kind: 'status',
        view: name,
        status: { state: 'catching-up', checkpoint: undefined },
      })),
      { kind: 'prepared' },
    ]);
    expect(await keysOf(place.model, views[0], { where: [], sort: 'oldest' })).toHaveLength(10);
    place.add(counted('k1'));
    await running.live(...views);
    expect(await counter(views[0], 'k1')).toBe(1);
    expect(await counter(views[1])).toBe(11);
    await running.stop();
  });

  it('has views of an empty log ready when they are prepared, and takes the first event', async () => {
    const view = countingView();
    const running = place.run([view]);
    await running.until(() => running.reports.some(({ kind }) => kind === 'prepared'));
    expect((await place.model.get(view, 'all')).value).toBeNull();
    await running.live(view);
    expect(running.status(view)).toEqual({ state: 'live', checkpoint: undefined });
    place.add(put('a'));
    await running.live(view);
    expect(await counter(view)).toBe(1);
  });

  it('moves checkpoints on events that no view wants, and folds nothing of system streams', async () => {
    const views = [countingView(), notesView(freshName(), { events: ['NoteRemoved'] })] as const;
    place.add(put('a'));
    const running = place.run(views);
    await running.live(...views);
    place.log.add(recorded(2, put('lease'), 'system-projector'));
    await running.live(...views);
    expect(await checkpointOf(place.model, views[0])).toBe(positionOf(2));
    expect(await checkpointOf(place.model, views[1])).toBe(positionOf(2));
    expect(await counter(views[0])).toBe(1);
  });

  it('opens each event once for all views, and none that no view wants', async () => {
    const views = [1, 2, 3].map(() => notesView(freshName(), { events: ['NotePut'] }));
    place.add(put('a'), counted('a'), put('b'), counted('a'), put('c'));
    const running = place.run(views);
    await running.live(...views);
    expect(place.codec.opened).toEqual([1, 3, 5].map(positionOf));
  });

  it('goes on from the checkpoints, and folds nothing twice', async () => {
    const views = [countingView(), countingView()] as const;
    place.add(put('a'), put('b'), put('c'), put('d'));
    const first = place.run(views);
    await first.live(...views);
    await first.stop();
    place.add(put('e'));
    place.codec.opened = [];
    const second = place.run(views);
    await second.live(...views);
    expect(place.log.calls.at(-1)).toEqual({ method: 'subscribeToAll', after: positionOf(4) });
    expect(place.codec.opened).toEqual([positionOf(5)]);
    expect(await Promise.all(views.map((view) => counter(view)))).toEqual([5, 5]);
  });

  it('stops a view that throws, says which event it was, and goes on with the others', async () => {
    const [bad, good] = [notesView(freshName()), countingView()];
    place.add(put('a'), counted('a'), put('b'));
    const running = place.run([bad, good]);
    await running.live(bad, good);
    place.add(broken('a'), counted('a'));
    await running.live(good);
    place.add(put('c'));
    await running.live(good);
    expect(running.status(bad)).toEqual({
      state: 'stopped',
      checkpoint: positionOf(3),
      error: `View ${bad.name} cannot fold NoteBroken ${recorded(4, broken('a')).id}: Error: a broken note`,
      event: { id: recorded(4, broken('a')).id, type: 'NoteBroken', position: positionOf(4) },
    });
    expect(await checkpointOf(place.model, bad)).toBe(positionOf(3));
    expect(await counter(good)).toBe(6);
    expect(
      running.reports.filter((report) => report.kind === 'status' && report.status.state === 'stopped'),
    ).toHaveLength(1);
  });

  it('stops a new view that throws before it could be read, and tries it again at the next start', async () => {
    const name = freshName();
    const bad = notesView(name);
    place.add(put('a'), counted('a'), put('b'), broken('a'), counted('a'));
    const first = place.run([bad]);
    await first.until(() => first.status(bad)?.state === 'stopped');
    expect(first.status(bad)).toMatchObject({ checkpoint: undefined, event: { position: positionOf(4) } });
    await first.stop();
    const second = place.run([bad]);
    await second.until(() => second.status(bad)?.state === 'stopped');
    await second.stop();
    const mended = notesView(name, {
      fold: (note, event, key) => (event.type === 'NoteBroken' ? note : bad.fold(note, event, key)),
    });
    await place.run([mended]).live(mended);
    expect(await counter(mended, 'a')).toBe(2);
  });

  it('tries a stopped view again at the next start, from where it stopped', async () => {
    const name = freshName();
    const [bad, good] = [notesView(name), countingView()];
    place.add(put('a'), counted('a'), put('b'), broken('a'), counted('a'));
    const first = place.run([bad, good]);
    await first.live(good);
    await first.stop();
    const mended = notesView(name, {
      fold: (note, event, key) => (event.type === 'NoteBroken' ? note : bad.fold(note, event, key)),
    });
    const second = place.run([mended, good]);
    await second.live(mended, good);
    expect(await counter(mended, 'a')).toBe(2);
    expect(place.log.calls).toContainEqual({ method: 'readAll', after: positionOf(3) });
    expect(await counter(good)).toBe(5);
  });

  it('stops only the views that want an event which cannot be opened', async () => {
    const [wants, wantsNot] = [countingView(), notesView(freshName(), { events: ['NotePut'] })];
    place.add(put('a'), counted('a'), put('b'));
    const codec = {
      open: async (events: readonly Recorded<DomainEvent>[]) => {
        if (events.some(({ type }) => type === 'NoteCounted')) throw new Error('no key for this');
        return events;
      },
    };
    const running = place.run([wants, wantsNot], { codec });
    await running.live(wantsNot);
    expect(running.status(wants)).toMatchObject({ state: 'stopped', event: { position: positionOf(2) } });
    expect(running.status(wants)?.error).toMatch(/no key for this$/);
    expect(await keysOf(place.model, wantsNot, { where: [], sort: 'oldest' })).toEqual(['a', 'b']);
  });

  it('ends when the codec cannot reach its vault: no view is to blame', async () => {
    const view = countingView();
    place.add(put('a'));
    const codec = {
      open: async () => {
        throw new StoreUnavailable('the vault is away');
      },
    };
    await expect(place.run([view], { codec }).ended).rejects.toThrow('the vault is away');
    await place.run([view]).live(view);
    expect(await counter(view)).toBe(1);
  });

  it('ends when views cannot be written, and goes on from there at the next start', async () => {
    const view = countingView();
    place.add(put('a'), put('b'), put('c'));
    const first = place.run([view]);
    await first.live(view);
    await first.stop();
    place.add(put('d'), put('e'), put('f'), put('g'));
    let left = 1;
    const writer = new Proxy(place.writer, {
      get: (target, name) => {
        if (name === 'applyAll' && left-- === 0) throw new Error('disk full');
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    await expect(place.run([view], { writer }).ended).rejects.toThrow('disk full');
    expect(await checkpointOf(place.model, view)).toBe(positionOf(6));
    await place.run([view]).live(view);
    expect(await counter(view)).toBe(7);
  });

  it('loses and repeats nothing when it is killed between writing and telling', async () => {
    const view = countingView();
    for (let n = 1; n <= 20; n++) {
      place.add(...Array.from({ length: n % 5 }, () => counted('a')));
      let left = n % 7;
      const report = (): void => {
        if (left-- === 0) throw new Error('killed');
      };
      const running = place.run([view], { report });
      await running.live(view).catch(() => undefined);
      await running.stop().catch(() => undefined);
    }
    await place.run([view]).live(view);
    expect(await counter(view)).toBe(place.log.events.length);
  });

  it('does not let the others wait for a view that has far to go', async () => {
    const old = countingView();
    place.add(...Array.from({ length: 20 }, () => put('a')));
    const first = place.run([old]);
    await first.live(old);
    await first.stop();
    const added = countingView();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    place.log.beforeRead = () => held;
    const second = place.run([old, added]);
    place.add(put('b'));
    await second.live(old);
    expect(second.status(added)).toEqual({ state: 'catching-up', checkpoint: undefined });
    release();
    await second.live(old, added);
    place.add(put('c'));
    await second.live(old, added);
    expect([await counter(old), await counter(added)]).toEqual([22, 22]);
  });

  it('rests behind a large batch at the end of the log, until somebody waits for more', async () => {
    const rests: [milliseconds: number, reached: string][] = [];
    /** Rests that end by nothing but being told. */
    const rest = new (class extends Rest {
      override async take(milliseconds: number, reached: string, signal: AbortSignal): Promise<void> {
        rests.push([milliseconds, reached]);
        await super.take(60_000, reached, signal);
      }
    })();
    await place.dispose();
    place = await Place.make(new FedLog(150));
    const view = countingView();
    const running = place.run([view], { rest });
    await running.live(view);
    place.add(put('a'));
    await running.live(view);
    expect(rests).toEqual([]);
    place.add(...Array.from({ length: 190 }, () => put('a')));
    await running.live(view);
    await running.until(() => rests.length > 0);
    expect(rests).toEqual([[40, positionOf(191)]]);
    place.add(...Array.from({ length: 120 }, () => put('a')));
    expect(await counter(view)).toBe(191);
    rest.want(positionOf(311));
    await running.live(view);
    await running.until(() => rests.length > 1);
    expect(rests.at(-1)).toEqual([100, positionOf(311)]);
    expect(await counter(view)).toBe(311);
    await running.stop();
  });

  it('refuses views that reflect more than there is in the log', async () => {
    const view = countingView();
    place.add(put('a'), put('b'));
    const first = place.run([view]);
    await first.live(view);
    await first.stop();
    await expect(place.run([view], { reader: new FedLog() }).ended).rejects.toThrow(
      /not in the log: rebuild the views/,
    );
  });

  it('returns when it is aborted, also before it has begun', async () => {
    const running = place.run([countingView()]);
    await running.stop();
    expect(running.status(countingView())).toBeUndefined();
    const abort = AbortSignal.abort();
    await place.run([countingView()], { signal: abort }).ended;
  });
});
