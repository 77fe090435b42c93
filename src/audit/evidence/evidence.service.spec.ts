import { ANN, authority, BOB, ORGANISATION, TrailWorld } from '../../../test/support/trail.js';
import { type EventStore, StoreUnavailable } from '../../platform/event-store/event-store.port.js';

describe('evidence', () => {
  let world: TrailWorld;

  beforeEach(async () => {
    world = await TrailWorld.open();
  });
  afterEach(() => world.close());

  const asked = (userId: string, permission: string) => world.context(userId, { permission });
  const types = async () => (await world.events()).map(({ type }) => type);

  describe('of refusals', () => {
    it('says who was refused what, from where, and claims no authority', async () => {
      const record = { kind: 'counter', id: 'c-1' };
      await world.evidence.refused(
        { ...asked(BOB, 'counters:raise'), authority: authority('counters:raise') },
        'record',
        record,
      );
      const [event] = await world.events();
      expect(event).toMatchObject({
        type: 'AccessRefused',
        stream: `evidence-${ORGANISATION}`,
        data: { permission: 'counters:raise', because: 'record', record },
        metadata: {
          organisation: ORGANISATION,
          actor: { kind: 'user', id: BOB },
          command: 'RecordRefusal',
          correlationId: 'c1',
        },
      });
      expect(event!.metadata.authority).toBeUndefined();
      expect(await world.codec.openSource(event!)).toEqual({ ip: '192.0.2.7', userAgent: 'spec' });
    });

    it('is one per person, permission and minute', async () => {
      for (const context of [asked(BOB, 'a:b'), asked(BOB, 'a:b'), asked(BOB, 'a:c'), asked(ANN, 'a:b')]) {
        await world.evidence.refused(context, 'area');
      }
      expect(await types()).toHaveLength(3);
      world.now += 59_999;
      await world.evidence.refused(asked(BOB, 'a:b'), 'area');
      expect(await types()).toHaveLength(3);
      world.now += 1;
      await world.evidence.refused(asked(BOB, 'a:b'), 'area');
      expect(await types()).toHaveLength(4);
    });

    it('tells what a person did from what their API key did', async () => {
      await world.evidence.refused(asked(BOB, 'a:b'), 'area');
      const byKey = { ...asked(BOB, 'a:b'), principal: { userId: BOB, apiKey: 'k1' } };
      await world.evidence.refused(byKey, 'area');
      expect((await world.events()).map(({ metadata }) => metadata.actor)).toEqual([
        { kind: 'user', id: BOB, session: 's1' },
        { kind: 'api-key', id: 'k1', onBehalfOf: BOB },
      ]);
    });

    it('is written once by several nodes, and by many requests at once', async () => {
      const nodes = [world.evidence, world.node(), world.node()];
      const storm = Array.from({ length: 60 }, (_, index) => nodes[index % 3]!.refused(asked(BOB, 'a:b'), 'area'));
      await Promise.all(storm);
      expect(await types()).toEqual(['AccessRefused']);
    });

    it('of people outside the organisation goes to the security log', async () => {
      await world.evidence.refused(asked(BOB, 'a:b'), 'stranger');
      await world.evidence.refused({ ...asked(BOB, 'a:b'), organisation: '' }, 'area');
      expect(await types()).toEqual([]);
      expect(world.logged).toMatchObject([
        { level: 'warn', what: { security: 'refused', because: 'stranger', userId: BOB } },
        { level: 'warn', what: { security: 'refused', because: 'area' } },
      ]);
      expect(JSON.stringify(world.logged)).not.toContain('192.0.2.7');
    });

    it('that cannot be written leaves the refusal standing, is logged, and is written by the next one', async () => {
      let away = true;
      const store: EventStore = Object.assign(Object.create(world.store) as EventStore, {
        append: (...args: Parameters<EventStore['append']>) =>
          away ? Promise.reject(new StoreUnavailable('away')) : world.store.append(...args),
      });
      const evidence = world.node(store);
      await expect(evidence.refused(asked(BOB, 'a:b'), 'area')).resolves.toBeUndefined();
      expect(world.logged).toMatchObject([{ level: 'error', what: { permission: 'a:b' } }]);
      away = false;
      await evidence.refused(asked(BOB, 'a:b'), 'area');
      expect(await types()).toEqual(['AccessRefused']);
    });
  });

  describe('of reads', () => {
    it('says what was read and by which grant, once per person, kind and minute', async () => {
      const context = { ...asked(ANN, 'audit:read'), authority: authority('audit:read') };
      await world.evidence.read(context, 'trail');
      await world.evidence.read(context, 'trail');
      await world.evidence.read({ ...context, permission: 'financial-reports:read' }, 'trial balance');
      expect(await world.events()).toMatchObject([
        {
          type: 'SensitiveDataRead',
          data: { kind: 'trail', permission: 'audit:read' },
          metadata: { command: 'RecordRead', authority: { permission: 'audit:read', role: 'sales' } },
        },
        { data: { kind: 'trial balance', permission: 'financial-reports:read' } },
      ]);
    });

    it('stands before the answer: a read that cannot be recorded is not answered', async () => {
      const store = Object.assign(Object.create(world.store) as EventStore, {
        append: () => Promise.reject(new StoreUnavailable('away')),
      });
      await expect(world.node(store).read(asked(ANN, 'audit:read'), 'trail')).rejects.toBeInstanceOf(StoreUnavailable);
    });
  });
});
