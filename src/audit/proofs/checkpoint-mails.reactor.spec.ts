import type { Settings } from '../../platform/config/settings.js';
import type { StoredEvent } from '../../platform/event-store/event-store.port.js';
import type { Mail } from '../../platform/mail/mailer.js';
import { notesIn, signerOf } from '../../platform/proofs/note.js';
import type { Reactors } from '../../platform/reactor/reactors.js';
import { CheckpointMails } from './checkpoint-mails.reactor.js';

const signer = signerOf('countersign/o-1', Buffer.alloc(32, 1));

describe('mails of checkpoints', () => {
  const mails: Mail[] = [];
  const registered: unknown[] = [];
  let email = 'ann@hale.example';
  let stream: StoredEvent[];

  const reactor = (mail: boolean): CheckpointMails =>
    new CheckpointMails(
      { witnesses: { mail } } as Settings,
      {
        async *readStream(_, { from = 0 } = {}) {
          yield stream[from]!;
        },
      },
      { primaryIn: () => Promise.resolve('ann') },
      { namesOf: () => Promise.resolve(new Map([['ann', { firstName: 'Ann', lastName: 'Hale', email }]])) },
      {
        send: async (mail) => void mails.push(mail),
        close: () => Promise.resolve(),
      },
      { register: (one: unknown) => void registered.push(one) } as unknown as Reactors,
    );

  /** Checkpoints at these instants; answers over how many events the mailed ones are. */
  async function mailed(...instants: string[]): Promise<number[]> {
    mails.length = 0;
    stream = instants.map(
      (recordedAt, revision) =>
        ({
          id: `c-${revision}`,
          stream: 'checkpoint-o-1',
          revision,
          recordedAt,
          data: {
            size: revision + 1,
            note: signer.sign({ origin: 'countersign/o-1', size: revision + 1, root: Buffer.alloc(32) }),
          },
        }) as unknown as StoredEvent,
    );
    for (const event of stream) await reactor(true).handle(event);
    return mails.map(({ messageId }) => Number(messageId.slice(2)) + 1);
  }

  it('are one for each week in which something was signed, its first', async () => {
    expect(
      await mailed(
        '2026-03-01T23:59:59.999Z', // Sunday
        '2026-03-02T00:00:00.000Z', // Monday
        '2026-03-04T12:00:00.000Z',
        '2026-03-08T23:59:59.999Z',
        '2026-03-09T00:00:00.000Z',
        '2026-04-01T00:00:00.000Z',
        '2026-04-01T00:00:01.000Z',
      ),
    ).toEqual([1, 2, 5, 6]);
  });

  it('hold the note as it can be saved and compared, and the same id when sent again', async () => {
    await mailed('2026-03-02T00:00:00.000Z');
    const [{ text, to, messageId }] = mails as [Mail];
    expect([to, messageId]).toEqual(['ann@hale.example', 'c-0']);
    const saved = text.slice(text.indexOf('countersign/'), text.indexOf('To compare'));
    expect(notesIn(saved)).toHaveLength(1);
  });

  it('go to nobody whose address is erased', async () => {
    email = 'erased';
    expect(await mailed('2026-03-02T00:00:00.000Z')).toEqual([]);
  });

  it('are off unless they are wanted', () => {
    reactor(false).onModuleInit();
    expect(registered).toEqual([]);
    reactor(true).onModuleInit();
    expect(registered).toHaveLength(1);
  });
});
