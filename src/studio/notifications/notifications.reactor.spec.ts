import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import type { RecordFacts } from '../../kernel/decider.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import { Appender } from '../../platform/commands/appender.js';
import type { Authoriser, Verdict } from '../../platform/commands/principal.js';
import { RecordKinds } from '../../platform/commands/record-kinds.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { EventCodec } from '../../platform/codec/event-codec.js';
import type { StoredEvent } from '../../platform/event-store/event-store.port.js';
import { newId } from '../../platform/random.js';
import type { Reactors } from '../../platform/reactor/reactors.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { studioEvents } from '../events.js';
import type { SettingChange } from './notification-settings.js';
import { type NotificationSettingsDoc, notificationSettingsView } from './notification-settings.view.js';
import { NotificationSight } from './notification-sight.service.js';
import { NotificationsReactor } from './notifications.reactor.js';

const ORGANISATION = '01999999-9999-7999-8999-000000000001';
const NOW = Date.parse('2026-03-01T09:30:00.000Z');
const OFF = { inApp: false, mail: false };
const IN_APP = { inApp: true, mail: false };
const noKeys = {
  subjectKey: () => Promise.resolve(undefined),
  subjectKeyForWriting: () => Promise.reject(new Error('nothing is personal here')),
};
const foreign = {
  InvoiceIssued: { schemaVersion: 1 },
  RoleChanged: { schemaVersion: 1 },
  ImportFinished: { schemaVersion: 1 },
};

describe('what makes notifications', () => {
  const codec = new EventCodec(noKeys, [studioEvents, foreign]);
  let store: MemoryEventStore;
  let docs: Map<string, NotificationSettingsDoc>;
  let facts: RecordFacts | undefined;
  /** Who may do what; asked each time. */
  let allows: (userId: string, permission: string, facts: RecordFacts | undefined) => boolean;
  let reactor: NotificationsReactor;

  beforeEach(() => {
    store = new MemoryEventStore();
    docs = new Map();
    facts = { createdBy: 'ann', brandId: 'b1' };
    allows = () => true;
    const authoriser: Authoriser = {
      authorise: async ({ userId }, _, permission, of) =>
        ({
          allowed: allows(userId, permission, of),
          because: 'record',
          authority: {},
          reach: {},
        }) as unknown as Verdict,
    };
    const kinds = new RecordKinds();
    for (const kind of ['invoice', 'import'])
      kinds.register({ kind, readPermission: '', describe: async () => new Map(), factsOf: async () => facts });
    const states = new StateCache(store, codec);
    const model = {
      find: async (_: unknown, { where }: { where: readonly { hasAny?: readonly string[] }[] }) => {
        const wanted = where[1]!.hasAny!;
        const items = [...docs].filter(([, { on }]) => on.some((one) => wanted.includes(one)));
        return { value: { items: items.map(([key, doc]) => ({ key, doc })), next: null }, position: undefined };
      },
    } as unknown as ReadModel;
    reactor = new NotificationsReactor(
      new NotificationSight(authoriser, kinds, states),
      states,
      new Appender(store, codec, () => NOW),
      model,
      () => NOW,
      { register: () => undefined } as unknown as Reactors,
    );
  });

  const append = async (stream: string, type: string, data: object, actor = 'ann'): Promise<StoredEvent> => {
    const metadata = {
      organisation: ORGANISATION,
      actor: { kind: 'user', id: actor } as const,
      command: 'Do',
      correlationId: 'c',
      requestId: 'r',
    };
    await store.append(stream, 'any', [{ id: newId(NOW), type, schemaVersion: 1, data, metadata }]);
    return store.events.at(-1)!;
  };
  const set = async (userId: string, ...changes: SettingChange[]): Promise<void> => {
    const stream = `notification-settings-${ORGANISATION}/${userId}`;
    const event = await append(stream, 'NotificationSettingsChanged', { userId, changes }, userId);
    const [opened] = await codec.open([event]);
    const [key] = notificationSettingsView.keys(opened as never);
    docs.set(key!, notificationSettingsView.fold(docs.get(key!) ?? null, opened as never, key!)!);
  };
  const watch = (userId: string, brandId?: string): Promise<void> =>
    set(userId, { kind: 'invoice-issued', ...(brandId === undefined ? {} : { brandId }), from: OFF, to: IN_APP });
  const issued = (): Promise<StoredEvent> => append(`invoice-${ORGANISATION}/i1`, 'InvoiceIssued', { number: 1 });
  const handle = async (event: StoredEvent): Promise<void> =>
    reactor.handle((await codec.open([event]))[0]!, new AbortController().signal);
  const told = (): readonly string[] =>
    store.events.flatMap(({ type, data }) => {
      const { kind, userId } = data as { kind: string; userId: string };
      return type === 'NotificationMade' ? [`${userId}: ${kind}`] : [];
    });

  it('tells whoever watches and may read the record', async () => {
    for (const userId of ['bob', 'cid']) await watch(userId, 'b1');
    await watch('dot', 'b2');
    await handle(await issued());
    expect(told()).toEqual(['bob: invoice-issued', 'cid: invoice-issued']);
    const made = store.events.at(-1)!;
    expect(made).toMatchObject({
      data: { record: { kind: 'invoice', id: 'i1' }, at: '2026-03-01T09:30:00.000Z', inApp: true, mail: false },
      metadata: { actor: { kind: 'system', id: 'notifications', onBehalfOf: 'ann' }, correlationId: 'c' },
    });
    expect(made.metadata).not.toHaveProperty('organisation');
  });

  it('asks for the permission of the kind on the facts of the record as they are now', async () => {
    await watch('bob', 'b1');
    await watch('bob', 'b2');
    const event = await issued();
    facts = { createdBy: 'ann', brandId: 'b2' };
    const asked: unknown[] = [];
    allows = (...question) => asked.push(question) > 0;
    await handle(event);
    expect(asked).toContainEqual(['bob', 'invoices:read', facts]);
    allows = (_, __, of) => of?.brandId !== 'b2';
    await handle(await issued());
    expect(told()).toEqual(['bob: invoice-issued']);
  });

  it('tells nobody of a record that is not there any more', async () => {
    await watch('bob', 'b1');
    facts = undefined;
    await handle(await issued());
    expect(told()).toEqual([]);
  });

  it('tells nobody of what they did themselves', async () => {
    await watch('ann', 'b1');
    await handle(await issued());
    expect(told()).toEqual([]);
  });

  it('tells once, however often it handles an event, read or not', async () => {
    await watch('bob', 'b1');
    const event = await issued();
    await handle(event);
    await handle(event);
    const { stream, revision } = store.events.at(-1)!;
    expect(stream).toBe(`notification-${ORGANISATION}/${derivedId('notification', event.id, 'invoice-issued', 'bob')}`);
    const read = { id: newId(NOW), type: 'NotificationRead', schemaVersion: 1, data: {}, metadata: event.metadata };
    await store.append(stream, revision, [read]);
    await handle(event);
    expect(told()).toEqual(['bob: invoice-issued']);
  });

  it('finishes what a failure left half done', async () => {
    for (const userId of ['bob', 'cid', 'dot']) await watch(userId, 'b1');
    const event = await issued();
    store.beforeAppend = (_, events) => {
      if ((events[0]!.data as { userId: string }).userId === 'cid') throw new Error('the disk is full');
    };
    await expect(handle(event)).rejects.toThrow('the disk is full');
    store.beforeAppend = () => undefined;
    await handle(event);
    expect(told().toSorted()).toEqual(['bob: invoice-issued', 'cid: invoice-issued', 'dot: invoice-issued']);
  });

  it('goes by what was said last, also where the view does not know it yet', async () => {
    await watch('bob', 'b1');
    const before = new Map(docs);
    await set('bob', { kind: 'invoice-issued', brandId: 'b1', from: IN_APP, to: OFF });
    docs = before;
    await handle(await issued());
    expect(told()).toEqual([]);
  });

  it('takes the setting without a brand for those who do not choose brands', async () => {
    await watch('bob');
    await handle(await issued());
    expect(told()).toEqual([]);
    // As for somebody who reads only what they are assigned to.
    allows = (_, __, of) => of?.createdBy === 'ann';
    await handle(await issued());
    expect(told()).toEqual(['bob: invoice-issued']);
  });

  it('tells people of what is about them, unless they said otherwise', async () => {
    const data = { userId: 'bob', from: [], to: [] };
    const change = () => append(`organisation-${ORGANISATION}`, 'RoleChanged', data);
    await handle(await change());
    expect(told()).toEqual(['bob: own-roles-changed']);
    await set('bob', { kind: 'own-roles-changed', from: IN_APP, to: OFF });
    await handle(await change());
    expect(told()).toEqual(['bob: own-roles-changed']);
    allows = () => false;
    await handle(await append(`organisation-${ORGANISATION}`, 'RoleChanged', { ...data, userId: 'cid' }));
    expect(told()).toEqual(['bob: own-roles-changed']);
  });

  it('tells whoever began an import how it ended', async () => {
    const counts = { invoices: 1, creditNotes: 0, rowsRejected: 0 };
    await handle(await append(`import-${ORGANISATION}/m1`, 'ImportFinished', { kind: 'invoices', counts, errors: [] }));
    expect(told()).toEqual(['ann: own-import-ended']);
  });

  it('skips the documents of imports, and what is older than a month', async () => {
    const event = await issued();
    expect(reactor.skips(event)).toBe(false);
    expect(reactor.skips({ ...event, metadata: { ...event.metadata, command: 'ImportDocument' } })).toBe(true);
    expect(reactor.skips({ ...event, recordedAt: '2026-01-29T09:30:00.000Z' })).toBe(true);
  });
});
