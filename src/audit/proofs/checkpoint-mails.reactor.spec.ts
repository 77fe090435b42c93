import type { Decide } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { notFound } from '../../kernel/refusal.js';
import type { Consequences } from '../../platform/commands/consequences.js';
import type { StateCache } from '../../platform/commands/state-cache.js';
import { type Mail, MailRefused, MailUnavailable } from '../../platform/mail/mailer.js';
import type { Checkpoints } from '../../platform/proofs/checkpoints.service.js';
import { notesIn, signerOf } from '../../platform/proofs/note.js';
import { ViewsUnavailable } from '../../platform/read-model/read-model.port.js';
import type { Reactors } from '../../platform/reactor/reactors.js';
import type { Logger } from '../../platform/telemetry/logger.js';
import { recorded } from '../../../test/support/specification.js';
import { type CheckpointMailed, checkpointMails, type CheckpointMailState } from './checkpoint-mail.js';
import { CheckpointMails, weekOf } from './checkpoint-mails.reactor.js';

const noteOf = (organisation: string, size: number): string =>
  signerOf(`countersign/${organisation}`, Buffer.alloc(32, 1)).sign({
    origin: `countersign/${organisation}`,
    size,
    root: Buffer.alloc(32),
  });

/** What outlives a node: the log, and the mails that were taken over. */
class World {
  readonly mails: Mail[] = [];
  readonly mailed = new Map<string, CheckpointMailState>();
  readonly sizes = new Map([['o-1', 7]]);
  readonly registered: string[] = [];
  readonly warnings: string[] = [];
  email: string | undefined = 'ann@hale.example';
  now = Date.parse('2026-03-04T12:00:00.000Z');
  /** What the mail server says to a mail, before it takes it. */
  beforeSend: (mail: Mail) => void = () => undefined;
  closed = new Set<string>();

  node(mail = true): CheckpointMails {
    const newest = async (organisation: string) => {
      const size = this.sizes.get(organisation);
      return size === undefined ? undefined : { size, note: noteOf(organisation, size) };
    };
    const stateOf = (organisation: string): CheckpointMailState =>
      this.mailed.get(organisation) ?? checkpointMails.initial();
    const write = async (
      _: unknown,
      __: string,
      organisation: string,
      decide: Decide<CheckpointMailState, CheckpointMailed>,
    ) => {
      const context = { now: '', userId: '', organisation: '', newId: '' };
      for (const event of decide(stateOf(organisation), context, undefined))
        this.mailed.set(organisation, checkpointMails.evolve(stateOf(organisation), recorded('s', 0, event)));
    };
    return new CheckpointMails(
      { witnesses: { mail } },
      { organisations: () => [...this.sizes.keys()] },
      { newest } as unknown as Checkpoints,
      { load: (_: unknown, __: string, id: string) => ({ state: stateOf(id) }) } as unknown as StateCache,
      { write } as unknown as Consequences,
      {
        primaryIn: async (organisation) => {
          if (this.closed.has(organisation)) throw notFound();
          return 'ann';
        },
      },
      {
        namesOf: async () =>
          new Map(this.email === undefined ? [] : [['ann', { firstName: 'Ann', lastName: 'Hale', email: this.email }]]),
      },
      {
        send: async (one) => {
          this.beforeSend(one);
          this.mails.push(one);
        },
      },
      {
        register: () => this.registered.push('reactor'),
        registerRoutine: () => this.registered.push('routine'),
      } as unknown as Reactors,
      () => this.now,
      { warn: (_: unknown, message: string) => void this.warnings.push(message) } as unknown as Logger,
    );
  }
}

const signed = (organisation: string): Recorded => ({ stream: `checkpoint-${organisation}` }) as Recorded;
const { signal } = new AbortController();

describe('mails of checkpoints', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });

  it('are one for each week, with the first checkpoint that is signed in it', async () => {
    const node = world.node();
    const seen: number[] = [];
    for (const instant of [
      '2026-03-01T23:59:59.999Z', // Sunday
      '2026-03-02T00:00:00.000Z', // Monday
      '2026-03-04T12:00:00.000Z',
      '2026-03-08T23:59:59.999Z',
      '2026-03-09T00:00:00.000Z',
      '2026-03-03T00:00:00.000Z', // The clock was set back.
      '2026-04-01T00:00:00.000Z',
    ]) {
      world.now = Date.parse(instant);
      world.sizes.set('o-1', (world.sizes.get('o-1') ?? 0) + 1);
      await node.handle(signed('o-1'));
      seen.push(world.mails.length);
    }
    expect(seen).toEqual([1, 2, 2, 2, 3, 3, 4]);
    expect(world.mails.map(({ subject }) => subject)).toEqual(
      [8, 9, 12, 14].map((size) => `Checkpoint of your trail: ${size} events`),
    );
  });

  it('come by the hour where nothing happens, the newest that there is, once a week whoever looks', async () => {
    world.sizes.set('o-2', 3);
    await world.node().handle(signed('o-1'));
    await world.node().run(signal);
    expect(world.mails.map(({ messageId }) => messageId)).toEqual([
      'checkpoint-o-1-2026-03-02',
      'checkpoint-o-2-2026-03-02',
    ]);
    // After a restart, and on another node.
    for (let hour = 0; hour < 3; hour++) await world.node().run(signal);
    expect(world.mails).toHaveLength(2);
    world.now += 7 * 24 * 60 * 60 * 1000;
    await world.node().run(signal);
    expect(world.mails.slice(2).map(({ messageId }) => messageId)).toEqual([
      'checkpoint-o-1-2026-03-09',
      'checkpoint-o-2-2026-03-09',
    ]);
  });

  it('are one where the hour strikes while a checkpoint is signed', async () => {
    const node = world.node();
    await Promise.all([node.run(signal), node.handle(signed('o-1')), node.run(signal)]);
    expect(world.mails).toHaveLength(1);
  });

  it('are sent again, as the same mail, where the mail server was away', async () => {
    world.beforeSend = () => {
      throw new MailUnavailable('away');
    };
    await expect(world.node().run(signal)).rejects.toThrow('away');
    world.beforeSend = () => undefined;
    await world.node().run(signal);
    expect(world.mails).toHaveLength(1);
  });

  it('go to all others where one is refused, which is not asked again in that week', async () => {
    world.sizes.set('o-2', 3);
    let asked = 0;
    world.beforeSend = ({ messageId }) => {
      if (!messageId.includes('o-1')) return;
      asked += 1;
      throw new MailRefused('no such mailbox');
    };
    const node = world.node();
    await node.run(signal);
    await node.run(signal);
    expect(world.mails.map(({ messageId }) => messageId)).toEqual(['checkpoint-o-2-2026-03-02']);
    expect(asked).toBe(1);
    expect(world.warnings).toEqual(['a checkpoint was not taken by the mail server']);
  });

  it('hold the note as it can be saved and compared', async () => {
    await world.node().handle(signed('o-1'));
    const [{ text, to }] = world.mails as [Mail];
    expect(to).toBe('ann@hale.example');
    const saved = text.slice(text.indexOf('countersign/'), text.indexOf('To compare'));
    expect(notesIn(saved)).toEqual(notesIn(noteOf('o-1', 7)));
  });

  it('go to nobody whose address is erased, and of no organisation that is closed', async () => {
    world.sizes.set('o-2', 3);
    world.closed.add('o-2');
    world.email = 'erased';
    await world.node().run(signal);
    expect([world.mails, world.mailed.size]).toEqual([[], 0]);
    world.email = 'ann@hale.example';
    await world.node().run(signal);
    expect(world.mails.map(({ messageId }) => messageId)).toEqual(['checkpoint-o-1-2026-03-02']);
  });

  it('wait for the address of a Primary whom the view has yet to hear of', async () => {
    world.email = undefined;
    await expect(world.node().handle(signed('o-1'))).rejects.toBeInstanceOf(ViewsUnavailable);
    world.email = 'ann@hale.example';
    await world.node().handle(signed('o-1'));
    expect(world.mails.map(({ to }) => to)).toEqual(['ann@hale.example']);
  });

  it('are off unless they are wanted', () => {
    world.node(false).onModuleInit();
    expect(world.registered).toEqual([]);
    world.node(true).onModuleInit();
    expect(world.registered).toEqual(['reactor', 'routine']);
  });
});

describe('a week', () => {
  it.each([
    ['1970-01-01T00:00:00Z', '1969-12-29'],
    ['2026-03-01T23:59:59.999Z', '2026-02-23'],
    ['2026-03-02T00:00:00Z', '2026-03-02'],
    ['2027-01-03T12:00:00Z', '2026-12-28'],
  ])('that holds %s begins on %s', (instant, monday) => expect(weekOf(Date.parse(instant))).toBe(monday));
});
