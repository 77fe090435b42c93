import fc from 'fast-check';
import { FoldFailed, ViewNotReady } from '../../../src/platform/read-model/read-model.port.js';
import {
  type NoteEvent,
  type ReadModelPair,
  begun,
  broken,
  counted,
  folded,
  freshName,
  keysOf,
  log,
  notesView,
  positionOf,
  put,
  recorded,
  removed,
  checkpointOf,
} from './notes.js';

/** Documents and checkpoint move together, once. */
export function documentsContract(pair: () => ReadModelPair): void {
  it('reads documents by key, and what they reflect', async () => {
    const { model } = pair();
    const { view } = await folded(pair(), [put('a', { total: 5 }), put('b'), counted('a', 2)]);
    expect(await model.get(view, 'a')).toEqual({
      value: { organisation: 'acme', status: 'open', at: 1, title: 'a', total: 5, counter: 2 },
      position: positionOf(3),
    });
    expect((await model.get(view, 'nobody')).value).toBeNull();
    const { value, position } = await model.getMany(view, ['b', 'nobody', 'a', 'b']);
    expect(value.map((note) => note?.title ?? null)).toEqual(['b', null, 'a', 'b']);
    expect(position).toBe(positionOf(3));
    expect(await checkpointOf(model, view)).toBe(positionOf(3));
  });

  it('says of a view that was never projected that it is not ready', async () => {
    const { model } = pair();
    const view = notesView(freshName());
    await expect(model.get(view, 'a')).rejects.toBeInstanceOf(ViewNotReady);
    await expect(model.find(view, { where: [], sort: 'newest', limit: 5 })).rejects.toBeInstanceOf(ViewNotReady);
    await expect(model.count(view, [])).rejects.toBeInstanceOf(ViewNotReady);
    expect(await checkpointOf(model, view)).toBeUndefined();
  });

  it('reads a view of an empty log as empty, reflecting nothing', async () => {
    const { model } = pair();
    const view = notesView(freshName());
    await begun(pair(), view);
    expect(await model.get(view, 'a')).toEqual({ value: null, position: undefined });
    expect(await model.find(view, { where: [], sort: 'newest', limit: 5 })).toEqual({
      value: { items: [], next: null },
      position: undefined,
    });
    expect(await model.count(view, [])).toEqual({ value: 0, position: undefined });
    expect(await checkpointOf(model, view)).toBeUndefined();
  });

  it('moves the checkpoint without events', async () => {
    const { model, writer } = pair();
    const { view, generation } = await folded(pair(), [put('a')]);
    expect((await writer.apply(generation, view, [], positionOf(9))).checkpoint).toBe(positionOf(9));
    expect((await model.get(view, 'a')).position).toBe(positionOf(9));
  });

  it('never moves the checkpoint back', async () => {
    const { model, writer } = pair();
    const { view, generation } = await folded(pair(), [put('a'), put('b')]);
    expect((await writer.apply(generation, view, [], positionOf(1))).checkpoint).toBe(positionOf(2));
    expect(await checkpointOf(model, view)).toBe(positionOf(2));
  });

  it('skips events at or before the checkpoint: the same batch twice changes nothing', async () => {
    const { model, writer } = pair();
    const view = notesView(freshName());
    const start = await begun(pair(), view);
    const history = log(put('a'), counted('a'), counted('a'));
    const first = await writer.apply(start, view, history, positionOf(3));
    await writer.apply(start, view, history, positionOf(3));
    await writer.apply(start, view, [...history, recorded(4, counted('a'))], positionOf(4));
    const last = await writer.apply(first, view, history, positionOf(4));
    expect((await model.get(view, 'a')).value?.counter).toBe(3);
    expect(last.checkpoint).toBe(positionOf(4));
  });

  it('deletes documents, also such that were never there, and takes them up again', async () => {
    const { model, writer } = pair();
    const { view, generation } = await folded(pair(), [
      put('a', { tags: ['x'] }),
      put('b', { tags: ['x'] }),
      removed('a'),
    ]);
    expect((await model.get(view, 'a')).value).toBeNull();
    expect(await keysOf(model, view, { where: [{ field: 'tags', has: 'x' }], sort: 'newest' })).toEqual(['b']);
    const more = [removed('b'), removed('nobody'), put('a', { tags: ['y'] })].map((event, i) => recorded(4 + i, event));
    await writer.apply(generation, view, more, positionOf(6));
    expect(await keysOf(model, view, { where: [], sort: 'newest' })).toEqual(['a']);
    expect((await model.count(view, [{ field: 'tags', has: 'x' }])).value).toBe(0);
  });

  it('folds an event into each document that it touches, once', async () => {
    const { model } = pair();
    const view = notesView(freshName(), {
      keys: (event) => [event.data.key, 'total', 'total'],
      fold: (note, _event, key) => ({ organisation: 'acme', at: 0, title: key, counter: (note?.counter ?? 0) + 1 }),
    });
    await folded(pair(), [put('a'), put('b')], view);
    expect((await model.getMany(view, ['a', 'b', 'total'])).value.map((note) => note?.counter)).toEqual([1, 1, 2]);
  });

  it('keeps nothing of a batch in which a fold throws', async () => {
    const { model, writer } = pair();
    const { view, generation } = await folded(pair(), [put('a')]);
    const batch = [recorded(2, counted('a')), recorded(3, put('b')), recorded(4, broken('a'))];
    await expect(writer.apply(generation, view, batch, positionOf(4))).rejects.toMatchObject({
      constructor: FoldFailed,
      view: view.name,
      event: { id: batch[2]!.id, type: 'NoteBroken', position: positionOf(4) },
      cause: expect.objectContaining({ message: 'a broken note' }),
    });
    expect(await checkpointOf(model, view)).toBe(positionOf(1));
    expect((await model.getMany(view, ['a', 'b'])).value).toEqual([expect.not.objectContaining({ counter: 1 }), null]);
    await writer.apply(generation, view, batch.slice(0, 2), positionOf(3));
    expect((await model.get(view, 'a')).value?.counter).toBe(1);
  });

  it('applies to several views at once, and one that throws spoils no other', async () => {
    const { model, writer } = pair();
    const views = [notesView(freshName()), notesView(freshName(), { events: 'all' }), notesView(freshName())];
    const generations = await Promise.all(views.map((view) => begun(pair(), view)));
    const good = log(put('a'));
    const shares = views.map((view, i) => ({
      view,
      generation: generations[i]!,
      events: i === 1 ? [...good, recorded(2, broken('a'))] : good,
    }));
    const [first, second, third] = await writer.applyAll(shares, positionOf(2));
    expect(first).toMatchObject({ checkpoint: positionOf(2), folded: 1 });
    expect(second).toBeInstanceOf(FoldFailed);
    expect(third).toMatchObject({ checkpoint: positionOf(2), folded: 1 });
    expect(await Promise.all(views.map((view) => checkpointOf(model, view)))).toEqual([
      positionOf(2),
      undefined,
      positionOf(2),
    ]);
    expect((await model.get(views[1]!, 'a')).value).toBeNull();
    expect((await model.get(views[2]!, 'a')).value).not.toBeNull();
  });

  it.each([
    ['a number in a field of text', { title: 5 }],
    ['a text in a field of numbers', { total: '5' }],
    ['no value in a field that a sort needs', { at: null }],
    ['a text in a field of texts', { tags: 'x' }],
    ['a number among texts', { tags: ['x', 5] }],
  ])('counts a document with %s as a fold that fails', async (_, wrong) => {
    const { writer } = pair();
    const view = notesView(freshName());
    const [generation] = await writer.prepare([view]);
    const events = log(put('a', wrong as object));
    await expect(writer.apply(generation!, view, events, positionOf(1))).rejects.toBeInstanceOf(FoldFailed);
  });

  it('gives the same documents however a history is cut into batches', async () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const event: fc.Arbitrary<NoteEvent> = fc.oneof(
      fc
        .record({ key, title: fc.string(), tags: fc.array(fc.constantFrom('x', 'y', 'z')) })
        .map(({ key: of, ...note }) => put(of, note)),
      key.map((of) => counted(of)),
      key.map((of) => removed(of)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 30 }), fc.infiniteStream(fc.nat(7)), async (events, sizes) => {
        const { model, writer } = pair();
        const { view: whole } = await folded(pair(), events);
        const cut = notesView(freshName());
        let generation = await begun(pair(), cut);
        const history = log(...events);
        for (let from = 0; from < history.length;) {
          const to = Math.min(history.length, from + (sizes.next().value as number));
          // Every batch begins with events that were folded before.
          const batch = history.slice(Math.max(0, from - 2), to);
          generation = await writer.apply(generation, cut, batch, positionOf(to));
          from = to;
        }
        const [one, other] = [whole, cut].map((view) => model.getMany(view, ['a', 'b', 'c']));
        expect((await other!).value).toEqual((await one!).value);
        for (const tag of ['x', 'y', 'z']) {
          const query = { where: [{ field: 'tags', has: tag }], sort: 'title' };
          expect(await keysOf(model, cut, query)).toEqual(await keysOf(model, whole, query));
        }
      }),
      { numRuns: 60 },
    );
  });
}
