import type { DomainEvent, Recorded } from '../../../src/kernel/event.js';
import type { ViewDefinition } from '../../../src/kernel/view.js';
import type {
  Generation,
  Page,
  ReadModel,
  Reflecting,
  ViewWriter,
} from '../../../src/platform/read-model/read-model.port.js';

/** A document with every kind of indexed field. */
export interface Note {
  readonly organisation: string;
  readonly status?: string;
  readonly at: number;
  readonly title: string;
  readonly total?: number;
  readonly tags?: readonly string[];
  readonly counter?: number;
}

export type NoteEvent =
  | DomainEvent<'NotePut', { readonly key: string; readonly note: Note }>
  | DomainEvent<'NoteCounted', { readonly key: string; readonly by: number }>
  | DomainEvent<'NoteRemoved', { readonly key: string }>
  | DomainEvent<'NoteBroken', { readonly key: string }>;

/** A view of notes under a name of its own, so that suites can share a store. `NoteBroken` makes its fold throw. */
export function notesView(name: string, changes: Partial<ViewDefinition<Note, NoteEvent>> = {}): ViewDefinition<Note> {
  const view: ViewDefinition<Note, NoteEvent> = {
    name,
    version: 1,
    events: ['NotePut', 'NoteCounted', 'NoteRemoved', 'NoteBroken'],
    fields: { organisation: 'symbol', status: 'text', at: 'number', title: 'text', total: 'number', tags: 'texts' },
    sorts: {
      newest: { field: 'at', direction: 'desc' },
      oldest: { field: 'at', direction: 'asc' },
      title: { field: 'title', direction: 'asc' },
      titleBackwards: { field: 'title', direction: 'desc' },
    },
    indexes: [['organisation', 'status'], ['organisation', 'tags'], ['organisation'], ['tags'], []],
    keys: (event) => [event.data.key],
    fold: (note, event) => {
      switch (event.type) {
        case 'NotePut':
          return event.data.note;
        case 'NoteCounted':
          return note === null ? null : { ...note, counter: (note.counter ?? 0) + event.data.by };
        case 'NoteRemoved':
          return null;
        case 'NoteBroken':
          throw new Error('a broken note');
      }
    },
    ...changes,
  };
  return view;
}

/** Positions sort as texts. */
export const positionOf = (n: number): string => String(n).padStart(10, '0');

/** The n-th event of a log, n from 1. */
export function recorded(n: number, event: NoteEvent, stream = `note-${event.data.key}`): Recorded<DomainEvent> {
  return {
    ...event,
    id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
    stream,
    revision: 0,
    position: positionOf(n),
    recordedAt: '2026-03-01T09:30:00.000Z',
    schemaVersion: 1,
    metadata: { actor: { kind: 'system', id: 'test' }, command: 'Test', correlationId: 'c', requestId: 'r' },
  };
}

export const log = (...events: readonly NoteEvent[]): readonly Recorded<DomainEvent>[] =>
  events.map((event, i) => recorded(i + 1, event));

export const put = (key: string, note: Partial<Note> = {}): NoteEvent => ({
  type: 'NotePut',
  data: { key, note: { organisation: 'acme', status: 'open', at: 1, title: key, ...note } },
});
export const counted = (key: string, by = 1): NoteEvent => ({ type: 'NoteCounted', data: { key, by } });
export const removed = (key: string): NoteEvent => ({ type: 'NoteRemoved', data: { key } });
export const broken = (key: string): NoteEvent => ({ type: 'NoteBroken', data: { key } });

/** Both halves of the port over one place. */
export interface ReadModelPair {
  readonly model: ReadModel;
  readonly writer: ViewWriter;
  /** Closes both and removes the place. */
  dispose(): Promise<void>;
}

let names = 0;
/** A name no other test has used, of letters and dashes only. */
export const freshName = (): string =>
  `notes-${String(++names).replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!)}`;

/** Prepares a view and makes its first generation, still empty, the live one. */
export async function begun({ writer }: ReadModelPair, view: ViewDefinition<Note>): Promise<Generation> {
  const [generation] = await writer.prepare([view]);
  await writer.swap(generation!);
  return { ...generation!, live: true };
}

/** Prepares a view of its own, live, and folds events into it. */
export async function folded(
  pair: ReadModelPair,
  events: readonly NoteEvent[],
  view: ViewDefinition<Note> = notesView(freshName()),
): Promise<{ readonly view: ViewDefinition<Note>; readonly generation: Generation }> {
  const generation = await begun(pair, view);
  const history = log(...events);
  return { view, generation: await pair.writer.apply(generation, view, history, positionOf(history.length)) };
}

/** The same, but the first `count` events are folded into a generation that is not live yet. */
export async function filled(
  { writer }: ReadModelPair,
  events: readonly NoteEvent[],
  count: number,
  view: ViewDefinition<Note> = notesView(freshName()),
): Promise<ViewDefinition<Note>> {
  const history = log(...events);
  const [begins] = await writer.prepare([view]);
  const first = await writer.apply(begins!, view, history.slice(0, count), positionOf(count));
  await writer.complete(first);
  await writer.swap(first);
  await writer.apply({ ...first, live: true }, view, history.slice(count), positionOf(history.length));
  return view;
}

/** All keys that a query finds, page by page. */
export async function keysOf(
  model: ReadModel,
  view: ViewDefinition<Note>,
  query: Omit<Parameters<ReadModel['find']>[1], 'limit' | 'after'> & { readonly limit?: number },
): Promise<string[]> {
  const keys: string[] = [];
  let after: string | null = null;
  do {
    const found: Reflecting<Page<Note>> = await model.find(view, {
      limit: 3,
      ...query,
      ...(after === null ? {} : { after }),
    });
    keys.push(...found.value.items.map(({ key }) => key));
    after = found.value.next;
  } while (after !== null);
  return keys;
}

/** The checkpoint of a view's live generation. */
export const checkpointOf = async (
  model: Pick<ReadModel, 'checkpoints'>,
  { name }: { readonly name: string },
): Promise<string | undefined> => (await model.checkpoints([name])).get(name);
