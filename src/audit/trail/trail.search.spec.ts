import { jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ANN, BOB, ORGANISATION, SUE, TrailWorld } from '../../../test/support/trail.js';
import { Refusal } from '../../kernel/refusal.js';
import { VaultUnavailable } from '../../platform/vault/vault.port.js';
import type { TrailItem } from './trail-item.js';

describe('searching the trail', () => {
  let world: TrailWorld;

  beforeEach(async () => {
    world = await TrailWorld.open();
    world.allow(ANN, 'counters:read');
    world.allow(ANN, 'organisation:read');
  });
  afterEach(() => world.close());

  const ids = (items: readonly TrailItem[]) => items.map(({ id }) => id);
  /** Without the evidence of the searches themselves. */
  const changes = async (search: Parameters<TrailWorld['search']>[0] = {}, context = world.context()) =>
    (await world.search({ outcome: 'accepted', ...search }, context)).items;

  it('says who did what to which record, by which permission, granted by whom, from where', async () => {
    world.describe('counter', 'c-1', 'Counter 7');
    const id = await world.open('c-1', BOB, 'apples', { actor: { kind: 'user', id: BOB, session: 's' } });
    const [item, ...others] = await changes();
    expect(others).toEqual([]);
    expect(item).toEqual({
      id,
      eventId: id,
      position: expect.stringMatching(/^[\w-]{20,}$/),
      at: '2026-03-01T09:00:00.000Z',
      type: 'CounterOpened',
      summary: 'Bob Hale opened the counter apples',
      actor: { id: BOB, kind: 'user', name: 'Bob Hale' },
      record: { kind: 'counter', id: 'c-1', label: 'Counter 7' },
      changes: [
        { field: 'owner', from: null, to: BOB },
        { field: 'label', from: null, to: 'apples' },
      ],
      authority: { permission: 'counters:raise', role: 'sales', grantEventId: 'grant-event', grantedBy: ANN },
      outcome: 'accepted',
      correlationId: 'c1',
      source: { ip: '192.0.2.9', userAgent: 'app' },
    });
  });

  it('names the person behind an API key and behind the system', async () => {
    await world.raise('c-1', 1, { actor: { kind: 'api-key', id: 'k', onBehalfOf: BOB } });
    await world.raise('c-1', 2, { actor: { kind: 'system', id: 'imports', onBehalfOf: BOB } });
    await world.raise('c-1', 3, { actor: { kind: 'system', id: 'upkeep' } });
    await world.raise('c-1', 4, { actor: { kind: 'user', id: SUE } });
    const items = await changes();
    expect(items.map(({ summary }) => summary)).toEqual([
      'Somebody raised the counter by 4',
      'Countersign raised the counter by 3',
      'Countersign, on behalf of Bob Hale, raised the counter by 2',
      'Bob Hale, by an API key, raised the counter by 1',
    ]);
    const bob = { id: BOB, kind: 'user', name: 'Bob Hale' };
    expect(items.map(({ onBehalfOf }) => onBehalfOf)).toEqual([undefined, undefined, bob, bob]);
    expect(items.map(({ source }) => source === null)).toEqual([false, true, false, false]);
    expect(ids(await changes({ actor: BOB }))).toEqual(ids(items.slice(2)));
  });

  describe('an event that cannot be read', () => {
    const CANNOT = 'recorded an event whose content cannot be read';
    /** No text can be made of it: what a summary trips over. */
    const BROKEN = { toString: null } as unknown as number;

    it('is shown with its envelope, and hides no other', async () => {
      world.describe('counter', 'c-1', 'Counter 7');
      const before = await world.raise('c-1', 1);
      const broken = await world.raise('c-1', BROKEN, { actor: { kind: 'user', id: BOB } });
      const after = await world.open('c-2', ANN, 'apples');
      const items = await changes();
      expect(ids(items)).toEqual([after, broken, before]);
      expect(items[1]).toMatchObject({
        type: 'CounterRaised',
        at: '2026-03-01T09:00:00.000Z',
        summary: `Bob Hale ${CANNOT}`,
        actor: { id: BOB },
        record: { kind: 'counter', id: 'c-1', label: 'Counter 7' },
        changes: [],
        authority: { permission: 'counters:raise' },
      });
      expect([items[0]!.summary, items[2]!.summary]).toEqual([
        'Ann Hale opened the counter apples',
        'Ann Hale raised the counter by 1',
      ]);
    });

    it('is logged once, by its id and nothing of its content', async () => {
      const id = await world.raise('c-1', BROKEN);
      await changes();
      await changes();
      expect(world.logged).toEqual([
        { level: 'error', what: { eventId: id, type: 'CounterRaised', reason: 'TypeError' } },
      ]);
    });

    it('stays as hidden as others from those who may not read the record', async () => {
      await world.raise('c-1', BROKEN);
      world.allow(SUE, 'audit:read');
      expect(await changes({}, world.context(SUE))).toMatchObject([{ summary: 'Ann Hale changed a counter' }]);
    });

    it('may have lost the key of its personal fields, or of where it came from', async () => {
      const lost = await world.open('c-1', BOB, 'apples');
      const other = await world.open('c-2', ANN, 'pears');
      await world.project();
      const keyOf = world.vault.subjectKey.bind(world.vault);
      jest
        .spyOn(world.vault, 'subjectKey')
        .mockImplementation(async (organisation, subject) =>
          subject === BOB || subject === `actor:${ANN}` ? undefined : keyOf(organisation, subject),
        );
      const { items } = await world.look({ outcome: 'accepted' });
      expect(items).toMatchObject([
        { id: other, summary: 'Ann Hale opened the counter pears', source: null },
        { id: lost, summary: `Ann Hale ${CANNOT}`, changes: [], source: null },
      ]);
      expect(world.logged.map(({ what }) => what)).toContainEqual({
        eventId: lost,
        type: 'CounterOpened',
        reason: 'PersonalKeyMissing',
      });
    });

    it('is not taken for broken while the vault is away', async () => {
      await world.open('c-1', BOB, 'apples');
      await world.project();
      jest.spyOn(world.vault, 'subjectKey').mockRejectedValue(new VaultUnavailable('away'));
      await expect(world.look({ outcome: 'accepted' })).rejects.toThrow(VaultUnavailable);
      expect(world.logged).toEqual([]);
    });
  });

  it('is filtered by each field, and by several', async () => {
    const first = await world.open('c-1', BOB, 'apples', { permission: 'counters:open' });
    world.now += 1000;
    const second = await world.raise('c-1', 1, { actor: { kind: 'user', id: BOB } });
    world.now += 1000;
    const third = await world.raise('c-2', 2);
    await world.raise('c-1', 9, { organisation: randomUUID() });
    expect(ids(await changes())).toEqual([third, second, first]);
    expect(ids(await changes({ type: 'CounterRaised' }))).toEqual([third, second]);
    expect(ids(await changes({ actor: BOB }))).toEqual([second]);
    expect(ids(await changes({ record: 'c-1' }))).toEqual([second, first]);
    expect(ids(await changes({ permission: 'counters:open' }))).toEqual([first]);
    expect(ids(await changes({ from: '2026-03-01T09:00:01.000Z' }))).toEqual([third, second]);
    expect(ids(await changes({ to: '2026-03-01T09:00:01.000Z' }))).toEqual([first]);
    expect(ids(await changes({ actor: ANN, record: 'c-1' }))).toEqual([first]);
    expect(ids(await changes({ type: 'NeverHeardOf' }))).toEqual([]);
  });

  it('holds refusals and reads, its own first of all', async () => {
    await world.evidence.refused(world.context(BOB, { permission: 'counters:raise' }), 'record', {
      kind: 'counter',
      id: 'c-1',
    });
    const refused = await world.search({ outcome: 'refused' });
    expect(refused.items).toMatchObject([
      {
        type: 'AccessRefused',
        summary: 'Bob Hale was refused: the permission counters:raise does not reach this record',
        actor: { id: BOB },
        record: { kind: 'counter', id: 'c-1' },
        authority: null,
        outcome: 'refused',
      },
    ]);
    expect((await world.search({ permission: 'counters:raise' })).items).toHaveLength(1);
    const read = await world.search({ outcome: 'read' });
    expect(read.items).toMatchObject([
      { type: 'SensitiveDataRead', summary: 'Ann Hale read the trail', actor: { id: ANN } },
    ]);
  });

  it('pages stay as they are while events arrive', async () => {
    const made: string[] = [];
    for (let by = 1; by <= 7; by++) made.unshift(await world.raise('c-1', by));
    const seen: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await world.search({ outcome: 'accepted', limit: 2, after });
      seen.push(...ids(page.items));
      if (page.next === null) break;
      after = page.next;
      await world.raise('c-1', 10);
    }
    expect(seen).toEqual(made);
  });

  it.each(['x', 'a~b', 'a~b~c'])('refuses the cursor %s', async (after) => {
    await expect(world.search({ after })).rejects.toBeInstanceOf(Refusal);
    await expect(world.search({ after, q: 'hale' })).rejects.toBeInstanceOf(Refusal);
  });

  describe('for somebody who may not read the records', () => {
    it('shows that it happened, by whom, when, and on what kind of record', async () => {
      world.describe('counter', 'c-1', 'Counter 7');
      const id = await world.open('c-1', BOB, 'apples');
      const [item] = await changes({}, world.context(SUE));
      expect(item).toMatchObject({
        id,
        type: 'CounterOpened',
        summary: 'Ann Hale changed a counter',
        actor: { id: ANN, name: 'Ann Hale' },
        record: { kind: 'counter', id: 'c-1', label: null },
        changes: [],
        outcome: 'accepted',
        source: { ip: '192.0.2.9' },
      });
      expect(JSON.stringify(item)).not.toMatch(/apples|Counter 7/);
    });

    it('shows the content of those records that they may read', async () => {
      world.allow(SUE, 'counters:read', [`by:${SUE}`]);
      world.describe('counter', 'mine', 'Counter 1', { createdBy: SUE });
      world.describe('counter', 'theirs', 'Counter 2', { createdBy: BOB });
      for (const counter of ['mine', 'theirs', 'gone']) await world.raise(counter, 1);
      const items = await changes({}, world.context(SUE));
      expect(items.map(({ record: { id, label }, summary }) => [id, label, summary])).toEqual([
        ['gone', null, 'Ann Hale changed a counter'],
        ['theirs', null, 'Ann Hale changed a counter'],
        ['mine', 'Counter 1', 'Ann Hale raised the counter by 1'],
      ]);
    });

    it('hides the records themselves where the right to read the trail has limits', async () => {
      world.describe('counter', 'ours', 'Counter 1', { brandId: 'b' });
      world.describe('counter', 'theirs', 'Counter 2', { brandId: 'c' });
      const made: string[] = [];
      for (let by = 1; by <= 9; by++) {
        const id = await world.raise(by % 3 === 0 ? 'ours' : 'theirs', by);
        if (by % 3 === 0) made.unshift(id);
      }
      const limited = world.context(SUE, { reach: { tokens: ['*|b|'] } });
      const first = await world.search({ outcome: 'accepted', limit: 2 }, limited);
      expect(ids(first.items)).toEqual(made.slice(0, 2));
      const second = await world.search({ outcome: 'accepted', limit: 2, after: first.next! }, limited);
      expect(ids(second.items)).toEqual(made.slice(2));
      expect(second.next).toBeNull();
    });
  });

  describe('by the name of a person', () => {
    beforeEach(async () => {
      world.people.set('counter hale', [BOB, SUE]);
      await world.raise('c-1', 1, { actor: { kind: 'user', id: BOB } });
      await world.raise('c-1', 2, { actor: { kind: 'user', id: SUE } });
      await world.raise('c-1', 3);
    });

    it('finds what the people did whom the words find', async () => {
      expect((await changes({ q: 'hale' })).map(({ actor }) => actor.id)).toEqual([SUE, BOB]);
      expect(await changes({ q: 'nobody' })).toEqual([]);
    });

    it('finds only people whom the reader may read', async () => {
      expect(await changes({ q: 'hale' }, world.context(SUE))).toEqual([]);
      world.allow(SUE, 'counters:read', [`by:${SUE}`]);
      world.describe('counter', SUE, 'Sue', { createdBy: SUE });
      world.describe('counter', BOB, 'Bob', { createdBy: BOB });
      expect((await changes({ q: 'hale' }, world.context(SUE))).map(({ actor }) => actor.id)).toEqual([SUE]);
    });

    it('goes on with the people that it began with', async () => {
      const first = await world.search({ q: 'hale', outcome: 'accepted', limit: 1 });
      world.people.set('counter hale', [ANN, BOB, SUE]);
      const second = await world.search({ q: 'hale', outcome: 'accepted', limit: 1, after: first.next! });
      expect([...first.items, ...second.items].map(({ actor }) => actor.id)).toEqual([SUE, BOB]);
      expect(second.next).toBeNull();
      await expect(world.search({ outcome: 'accepted', after: first.next! })).rejects.toBeInstanceOf(Refusal);
    });
  });

  it('reads an erased person as erased', async () => {
    await world.open('c-1', BOB, 'apples', { actor: { kind: 'user', id: BOB } });
    await world.vault.destroySubjectKey(ORGANISATION, BOB);
    await world.vault.destroySubjectKey(ORGANISATION, `actor:${BOB}`);
    const [item] = await changes();
    expect(item).toMatchObject({ summary: 'Bob Hale opened the counter erased', source: 'erased' });
  });

  it('keeps nothing personal in the view', async () => {
    await world.open('c-1', BOB, 'Applewood Orchards');
    await changes();
    const files = (await readdir(world.folder)).filter((name) => name.startsWith('views.db'));
    const bytes = await Promise.all(files.map((name) => readFile(join(world.folder, name))));
    const text = Buffer.concat(bytes).toString('latin1');
    expect(text.includes(`by:${ANN}`)).toBe(true);
    expect(/Applewood|192\.0\.2|Hale/.exec(text)).toBeNull();
  });
});
