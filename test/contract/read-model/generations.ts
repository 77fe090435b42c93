import type { ViewDefinition } from '../../../src/kernel/view.js';
import { InvalidCursor, ViewNotReady } from '../../../src/platform/read-model/read-model.port.js';
import {
  type Note,
  type ReadModelPair,
  counted,
  folded,
  freshName,
  keysOf,
  log,
  notesView,
  positionOf,
  put,
  recorded,
  checkpointOf,
} from './notes.js';

const shout = (name: string, version: number): ViewDefinition<Note> =>
  notesView(name, {
    version,
    fold: (_, event) => (event.type === 'NotePut' ? { ...event.data.note, title: event.data.key.toUpperCase() } : null),
  });

/** Building beside the live documents, swapping, dropping. */
export function generationsContract(pair: () => ReadModelPair): void {
  const history = ['a', 'b', 'c', 'd', 'e'].map((key, i) => put(key, { at: i }));
  const all = { where: [], sort: 'newest', limit: 2 };

  it('builds the first generation like any other: the view is not ready until it is swapped in', async () => {
    const { model, writer } = pair();
    const view = notesView(freshName());
    const [first, ...others] = await writer.prepare([view]);
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      view: view.name,
      version: 1,
      live: false,
      checkpoint: undefined,
      folded: 0,
      target: 0,
    });
    const filled = await writer.apply(first!, view, log(...history), positionOf(5));
    await expect(model.find(view, all)).rejects.toBeInstanceOf(ViewNotReady);
    expect(await checkpointOf(model, view)).toBeUndefined();
    expect(await writer.prepare([view])).toEqual([filled]);
    await writer.complete(filled);
    await writer.complete(filled);
    const more = await writer.apply(filled, view, [recorded(6, counted('a'))], positionOf(6));
    await writer.swap(more);
    await writer.swap(more);
    expect(await model.find(view, all)).toMatchObject({
      value: { items: [{ key: 'e' }, { key: 'd' }] },
      position: positionOf(6),
    });
    expect(await writer.prepare([view])).toEqual([{ ...more, live: true, target: 6 }]);
  });

  it('finds the live generation again', async () => {
    const { writer } = pair();
    const { view, generation } = await folded(pair(), history);
    expect(generation).toMatchObject({ live: true, checkpoint: positionOf(5), folded: 5 });
    expect(await writer.prepare([view])).toEqual([{ ...generation, target: 5 }]);
  });

  it('builds a generation beside the live one and swaps', async () => {
    const { model, writer } = pair();
    const { view, generation: live } = await folded(pair(), history);
    const next = await writer.begin(view);
    expect(next).toMatchObject({ live: false, checkpoint: undefined, folded: 0, target: 5 });
    expect(next.number).not.toBe(live.number);
    const half = await writer.apply(next, view, log(...history).slice(0, 2), positionOf(2));
    expect((await model.get(view, 'e')).value).not.toBeNull();
    expect(await checkpointOf(model, view)).toBe(positionOf(5));
    // The live one goes on meanwhile.
    await writer.apply(live, view, [recorded(6, counted('a'))], positionOf(6));
    expect((await model.get(view, 'a')).value?.counter).toBe(1);
    await writer.swap(half);
    expect(await model.find(view, { ...all, limit: 50 })).toMatchObject({
      value: { items: [{ key: 'b' }, { key: 'a' }] },
      position: positionOf(2),
    });
    await writer.dropOld();
    expect(await keysOf(model, view, all)).toEqual(['b', 'a']);
    expect(await writer.prepare([view])).toEqual([{ ...half, live: true, target: 2 }]);
  });

  it('goes on with a generation that was not finished', async () => {
    const { writer } = pair();
    const { view } = await folded(pair(), history);
    const next = await writer.begin(view);
    const half = await writer.apply(next, view, log(...history).slice(0, 2), positionOf(2));
    expect(await writer.begin(view)).toEqual(half);
    expect(await writer.prepare([view])).toEqual([expect.objectContaining({ live: true }), half]);
  });

  it('leads cursors on through the generation that they came from, until that is dropped', async () => {
    const { model, writer } = pair();
    const { view } = await folded(pair(), history);
    const first = (await model.find(view, all)).value;
    expect(first.items.map(({ key }) => key)).toEqual(['e', 'd']);
    const next = await writer.begin(view);
    await writer.swap(await writer.apply(next, view, log(put('z', { at: -1 })), positionOf(1)));

    const second = await model.find(view, { ...all, after: first.next! });
    expect(second).toMatchObject({ value: { items: [{ key: 'c' }, { key: 'b' }] }, position: positionOf(5) });
    expect((await model.find(view, all)).value.items).toMatchObject([{ key: 'z' }]);
    await writer.dropOld();
    await expect(model.find(view, { ...all, after: second.value.next! })).rejects.toBeInstanceOf(InvalidCursor);
  });

  it('does not show a generation that is being built, not even to a cursor made up for it', async () => {
    const { model, writer } = pair();
    const { view } = await folded(pair(), history);
    const { next } = (await model.find(view, all)).value;
    const building = await writer.apply(await writer.begin(view), view, log(...history), positionOf(5));
    const [digest, , sort, key] = JSON.parse(Buffer.from(next!, 'base64url').toString()) as unknown[];
    const forged = Buffer.from(JSON.stringify([digest, building.number, sort, key])).toString('base64url');
    await expect(model.find(view, { ...all, after: forged })).rejects.toBeInstanceOf(InvalidCursor);
  });

  it('builds a raised version beside the one that serves', async () => {
    const { model, writer } = pair();
    const { view } = await folded(pair(), history);
    const raised = shout(view.name, 2);
    const [next, ...others] = await writer.prepare([raised]);
    expect(others).toEqual([]);
    expect(next).toMatchObject({ version: 2, live: false, checkpoint: undefined, target: 5 });
    expect((await model.get(raised, 'a')).value?.title).toBe('a');
    const built = await writer.apply(next!, raised, log(...history), positionOf(5));
    await writer.swap(built);
    expect((await model.get(raised, 'a')).value?.title).toBe('A');
    expect(await writer.prepare([raised])).toEqual([{ ...built, live: true, target: 5 }]);
  });

  it('drops what was being built for another version', async () => {
    const { writer } = pair();
    const { view } = await folded(pair(), history);
    const [second] = await writer.prepare([shout(view.name, 2)]);
    const [third] = await writer.prepare([shout(view.name, 3)]);
    expect(third).toMatchObject({ version: 3, live: false });
    await expect(writer.apply(second!, shout(view.name, 2), log(...history), positionOf(5))).rejects.toThrow();
  });

  it('takes changed declarations for another version', async () => {
    const { writer } = pair();
    const { view } = await folded(pair(), history);
    const changed = notesView(view.name, { indexes: [['title'], []] });
    expect(await writer.prepare([changed])).toEqual([expect.objectContaining({ live: false, checkpoint: undefined })]);
  });

  it('says that a view is not ready where its old shape cannot answer, and answers what it can', async () => {
    const { model, writer } = pair();
    const name = freshName();
    const { organisation, at } = { organisation: 'text', at: 'number' } as const;
    const old = notesView(name, {
      fields: { organisation, at },
      sorts: { newest: { field: 'at', direction: 'desc' } },
      indexes: [['organisation'], []],
    });
    await folded(pair(), history, old);
    const raised = notesView(name, { version: 2 });
    const [next] = await writer.prepare([raised]);
    const where = [{ field: 'organisation', eq: 'acme' }];
    expect(await keysOf(model, raised, { where, sort: 'newest' })).toEqual(['e', 'd', 'c', 'b', 'a']);
    await expect(model.find(raised, { ...all, sort: 'title' })).rejects.toBeInstanceOf(ViewNotReady);
    const open = [...where, { field: 'status', eq: 'open' }];
    await expect(model.count(raised, open)).rejects.toBeInstanceOf(ViewNotReady);
    await writer.swap(await writer.apply(next!, raised, log(...history), positionOf(5)));
    expect((await model.count(raised, open)).value).toBe(5);
  });

  it('abandons what is being built, and only that', async () => {
    const { model, writer } = pair();
    const { view, generation } = await folded(pair(), history);
    const next = await writer.begin(view);
    await writer.abandon(next);
    await writer.abandon(generation);
    await expect(writer.apply(next, view, log(...history), positionOf(5))).rejects.toThrow();
    expect(await keysOf(model, view, all)).toHaveLength(5);
  });

  it.each<[string, Partial<ViewDefinition<Note>> & { readonly name?: string }]>([
    ['a name that is none', { name: 'Notes"; DROP TABLE generations; --' }],
    ['a version that is none', { version: 0 }],
    ['a field that is no plain name', { fields: { 'a"b': 'text' }, sorts: {}, indexes: [] }],
    ['fields that differ in case only', { fields: { at: 'text', aT: 'text' }, sorts: {}, indexes: [] }],
    ['a sort of an unknown field', { sorts: { newest: { field: 'nothing', direction: 'asc' } } }],
    ['a sort of a symbol', { sorts: { newest: { field: 'organisation', direction: 'asc' } } }],
    ['a sort of texts', { sorts: { newest: { field: 'tags', direction: 'asc' } } }],
    ['an index of an unknown field', { indexes: [['nothing']] }],
    ['an index of a field twice', { indexes: [['title', 'title']] }],
    ['an index of two texts', { fields: { tags: 'texts', more: 'texts' }, sorts: {}, indexes: [['tags', 'more']] }],
  ])('refuses a view that declares %s', async (_, wrong) => {
    const view = { ...notesView(freshName()), ...wrong };
    await expect(pair().writer.prepare([view])).rejects.toBeInstanceOf(RangeError);
  });

  it('refuses two views of one name', async () => {
    const name = freshName();
    await expect(pair().writer.prepare([notesView(name), notesView(name)])).rejects.toBeInstanceOf(RangeError);
  });
}
