import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ViewDefinition } from '../../src/kernel/view.js';
import { rebuildViews } from '../../src/platform/projector/rebuild-views.js';
import { FoldFailed, InvalidCursor } from '../../src/platform/read-model/read-model.port.js';
import { rebuildProgress, requestRebuild } from '../../src/platform/read-model/sqlite/rebuild-requests.js';
import {
  type Note,
  type NoteEvent,
  counted,
  freshName,
  keysOf,
  notesView,
  positionOf,
  put,
  removed,
} from '../contract/read-model/notes.js';
import { Place } from './running.js';

const some = (count: number): NoteEvent[] =>
  Array.from({ length: count }, (_, i) => (i % 3 === 0 ? put(`k${i % 7}`, { at: i }) : counted(`k${(i * 2) % 7}`)));

describe('rebuild', () => {
  let place: Place;
  beforeEach(async () => {
    place = await Place.make();
  });
  afterEach(async () => {
    await place.dispose();
  });
  const documents = async (view: ViewDefinition<Note>): Promise<unknown> =>
    (await place.model.find(view, { where: [], sort: 'oldest', limit: 100 })).value.items;
  const finished = async (id: number): Promise<boolean> =>
    ['done', 'failed'].includes((await rebuildProgress(place.folder, id))?.state ?? '');

  it('asked for by another process, builds the same documents beside the live ones and swaps', async () => {
    const [one, other] = [notesView(freshName()), notesView(freshName())];
    place.add(...some(50));
    const running = place.run([one, other]);
    await running.live(one, other);
    const before = await documents(one);
    const [first] = await place.writer.prepare([one]);
    const request = await requestRebuild(place.folder, one.name);
    expect(request).toEqual({ id: 1, view: one.name, state: 'requested', folded: 0, target: 0, message: undefined });
    await running.until(() => finished(request.id));
    expect(await rebuildProgress(place.folder, request.id)).toEqual({
      ...request,
      state: 'done',
      folded: 50,
      target: 50,
    });
    expect(await documents(one)).toEqual(before);
    const [second] = await place.writer.prepare([one]);
    expect(second).toMatchObject({ live: true, folded: 50 });
    expect(second!.number).toBeGreaterThan(first!.number);
    place.add(put('new'));
    await running.live(one, other);
    expect((await place.model.get(one, 'new')).value).not.toBeNull();
    const shown = running.reports.flatMap((report) =>
      report.kind === 'status' && report.view === one.name && report.status.state === 'rebuilding'
        ? [report.status.progress ?? 0]
        : [],
    );
    expect(shown.length).toBeGreaterThan(5);
    expect(shown).toEqual(shown.toSorted((a, b) => a - b));
    expect(shown.at(-1)).toBe(1);
  });

  it('lets the live documents go on meanwhile', async () => {
    const view = notesView(freshName());
    place.add(...some(30));
    const running = place.run([view]);
    await running.live(view);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    place.log.beforeRead = () => held;
    const request = await requestRebuild(place.folder);
    await running.until(() => running.status(view)?.state === 'rebuilding');
    place.add(put('meanwhile'));
    await running.until(() => running.status(view)?.checkpoint === positionOf(31));
    expect((await place.model.get(view, 'meanwhile')).value).not.toBeNull();
    expect(running.status(view)).toMatchObject({ state: 'rebuilding', checkpoint: positionOf(31) });
    release();
    await running.until(() => finished(request.id));
    await running.live(view);
    expect((await place.model.get(view, 'meanwhile')).value).not.toBeNull();
  });

  it('drops what was replaced some time later', async () => {
    const view = notesView(freshName());
    place.add(...some(20));
    const running = place.run([view], { keepOldMs: 300 });
    await running.live(view);
    const { next } = (await place.model.find(view, { where: [], sort: 'oldest', limit: 2 })).value;
    const on = { where: [], sort: 'oldest', limit: 2, after: next! };
    const { id } = await requestRebuild(place.folder, view.name);
    await running.until(() => finished(id));
    expect((await place.model.find(view, on)).value.items).toHaveLength(2);
    await sleep(500);
    await expect(place.model.find(view, on)).rejects.toBeInstanceOf(InvalidCursor);
  });

  it('goes on under its request when the process ended meanwhile', async () => {
    const view = notesView(freshName());
    place.add(...some(30));
    const first = place.run([view]);
    await first.live(view);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let batches = 0;
    place.log.beforeRead = async () => {
      if (++batches > 5) await held;
    };
    const { id } = await requestRebuild(place.folder);
    await first.until(() => batches > 5);
    // As after a kill, what it was doing is never finished.
    const stopped = first.stop();
    place.log.beforeRead = async () => undefined;
    place.log.calls.length = 0;
    const second = place.run([view]);
    await second.until(() => finished(id));
    expect(await rebuildProgress(place.folder, id)).toMatchObject({ state: 'done', folded: 30, target: 30 });
    expect(place.log.calls).toContainEqual({ method: 'readAll', after: positionOf(15) });
    expect((await place.writer.prepare([view]))[0]).toMatchObject({ live: true, folded: 30 });
    release();
    await stopped;
  });

  it('of views that are gone feeds each generation by one task only', async () => {
    const views = [notesView(freshName()), notesView(freshName())];
    place.add(...some(20));
    const { id } = await requestRebuild(place.folder);
    const fed = new Map<number, number>();
    let most = 0;
    const writer = Object.create(place.writer) as typeof place.writer;
    writer.applyAll = async (shares, position) => {
      const numbers = shares.map(({ generation }) => generation.number);
      for (const number of numbers) {
        fed.set(number, (fed.get(number) ?? 0) + 1);
        most = Math.max(most, fed.get(number)!);
      }
      await sleep(20);
      for (const number of numbers) fed.set(number, fed.get(number)! - 1);
      return place.writer.applyAll(shares, position);
    };
    const running = place.run(views, { writer });
    await running.until(() => finished(id));
    place.add(put('later'));
    await running.live(...views);
    expect(await rebuildProgress(place.folder, id)).toMatchObject({ state: 'done' });
    expect(fed.size).toBe(views.length);
    expect(most).toBe(1);
  });

  it('leaves the live documents alone when it fails, and says why', async () => {
    const name = freshName();
    let throws = false;
    const view = notesView(name, {
      fold: (note, event, key) => {
        if (throws && event.position === positionOf(7)) throw new Error('not today');
        return notesView(name).fold(note, event, key);
      },
    });
    place.add(...some(20));
    const running = place.run([view]);
    await running.live(view);
    const before = await documents(view);
    throws = true;
    const { id } = await requestRebuild(place.folder);
    await running.until(() => finished(id));
    expect(await rebuildProgress(place.folder, id)).toMatchObject({
      state: 'failed',
      message: expect.stringMatching(/not today/),
    });
    expect(running.status(view)).toMatchObject({ state: 'live', error: expect.stringMatching(/not today/) });
    expect(await documents(view)).toEqual(before);
    place.add(removed('k0'));
    await running.live(view);
    throws = false;
    const again = await requestRebuild(place.folder);
    await running.until(() => finished(again.id));
    expect(await rebuildProgress(place.folder, again.id)).toMatchObject({ state: 'done' });
  });

  it('refuses a view that there is not', async () => {
    const running = place.run([notesView(freshName())]);
    const { id } = await requestRebuild(place.folder, 'nothing');
    await running.until(() => finished(id));
    expect(await rebuildProgress(place.folder, id)).toMatchObject({
      state: 'failed',
      message: 'There is no view nothing',
    });
  });

  it('builds a view of a raised version while the old one serves', async () => {
    const name = freshName();
    const [old, steady] = [notesView(name), notesView(freshName())];
    place.add(...some(30));
    const first = place.run([old, steady]);
    await first.live(old, steady);
    await first.stop();
    const raised = notesView(name, {
      version: 2,
      fold: (_, event, key) => ({ organisation: 'acme', at: Number(event.position), title: key.toUpperCase() }),
    });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    place.log.beforeRead = () => held;
    const second = place.run([raised, steady]);
    await second.live(steady);
    expect(second.status(raised)).toMatchObject({ state: 'rebuilding' });
    expect((await place.model.get(raised, 'k0')).value?.title).toBe('k0');
    release();
    await second.live(raised, steady);
    expect((await place.model.get(raised, 'k0')).value?.title).toBe('K0');
  });

  it('builds all views of raised versions, when there is nothing to follow', async () => {
    const name = freshName();
    place.add(...some(10));
    const first = place.run([notesView(name)]);
    await first.live(notesView(name));
    await first.stop();
    const raised = notesView(name, { version: 2 });
    const second = place.run([raised]);
    await second.live(raised);
    expect(await place.writer.prepare([raised])).toEqual([expect.objectContaining({ version: 2, live: true })]);
  });

  it('gives what the live views have, whenever it happens while events arrive', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(6), { minLength: 5, maxLength: 25 }), async (steps) => {
        const own = await Place.make();
        try {
          const [rebuilt, steady] = [notesView(freshName()), notesView(freshName())];
          const running = own.run([rebuilt, steady], { pollMs: 1, keepOldMs: 5 });
          const ids: number[] = [];
          for (const step of steps) {
            if (step === 0) ids.push((await requestRebuild(own.folder, rebuilt.name)).id);
            own.add(...some(step * 3));
            if (step % 2 === 0) await sleep(step);
          }
          for (const id of ids) {
            await running.until(async () => (await rebuildProgress(own.folder, id))?.state === 'done');
          }
          await running.live(rebuilt, steady);
          const [one, other] = await Promise.all(
            [rebuilt, steady].map((view) => own.model.find(view, { where: [], sort: 'oldest', limit: 100 })),
          );
          expect(one).toEqual(other);
        } finally {
          await own.dispose();
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe('rebuild in a process that has the store to itself', () => {
  let place: Place;
  beforeEach(async () => {
    place = await Place.make();
    place.add(...some(40));
  });
  afterEach(async () => {
    await place.dispose();
  });
  const options = (views: readonly ViewDefinition[]) => ({
    reader: place.log,
    writer: place.writer,
    codec: place.codec,
    views,
    signal: new AbortController().signal,
  });

  it('rebuilds all views, from nothing too, and shows how far it is', async () => {
    const views = [notesView(freshName()), notesView(freshName())];
    await rebuildViews(options(views));
    const first = await place.writer.prepare(views);
    expect(first.map(({ folded, live }) => [folded, live])).toEqual([
      [40, true],
      [40, true],
    ]);
    const progress: { folded: number; target: number }[] = [];
    await rebuildViews({ ...options(views), progress: (now) => progress.push(now) });
    const second = await place.writer.prepare(views);
    expect(second.map(({ folded, live, checkpoint }) => [folded, live, checkpoint])).toEqual([
      [40, true, positionOf(40)],
      [40, true, positionOf(40)],
    ]);
    expect(second[0]!.number).toBeGreaterThan(first[1]!.number);
    expect(progress[0]).toEqual({ folded: 6, target: 80 });
    expect(progress.at(-1)).toEqual({ folded: 80, target: 80 });
  });

  it('rebuilds one view only', async () => {
    const views = [notesView(freshName()), notesView(freshName())];
    await rebuildViews(options(views));
    const before = await place.writer.prepare(views);
    await rebuildViews({ ...options(views), only: views[1]!.name });
    const after = await place.writer.prepare(views);
    expect(after[0]).toEqual(before[0]);
    expect(after[1]!.number).not.toBe(before[1]!.number);
    await expect(rebuildViews({ ...options(views), only: 'nothing' })).rejects.toBeInstanceOf(RangeError);
  });

  it('keeps a view as it was that fails, rebuilds the others, and throws', async () => {
    const name = freshName();
    const good = notesView(freshName());
    await rebuildViews(options([notesView(name), good]));
    const failing = notesView(name, {
      fold: () => {
        throw new Error('not today');
      },
    });
    const before = await place.writer.prepare([failing, good]);
    await expect(rebuildViews(options([failing, good]))).rejects.toBeInstanceOf(FoldFailed);
    const after = await place.writer.prepare([failing, good]);
    expect(after[0]).toEqual(before[0]);
    expect(after[1]!.number).not.toBe(before[1]!.number);
    expect(await keysOf(place.model, failing, { where: [], sort: 'oldest' })).toHaveLength(7);
  });
});
