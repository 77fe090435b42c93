import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { StoreUnavailable, type StoredEvent } from '../../platform/event-store/event-store.port.js';
import { PermanentFailure } from '../../platform/reactor/failures.js';
import { noLeaves } from '../../../test/support/no-leaves.js';
import { WebhookFeed } from './webhook.feed.js';
import type { WebhookJournal } from './webhook.journal.service.js';
import type { Outcome } from './webhook.post.service.js';
import { WebhookPass } from './webhook.run.js';

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

describe('a pass of a webhook', () => {
  let store: MemoryEventStore;
  let stop: AbortController;
  let feed: WebhookFeed;
  let running: Promise<void>;
  let tried: number[];
  let journal: string[];
  let logged: object[];
  /** What comes of an attempt; `hang` is one that nobody answers. */
  let outcome: (n: number, attempt: number) => Outcome | Error | 'hang';
  const passes: WebhookPass[] = [];

  beforeEach(async () => {
    store = new MemoryEventStore();
    stop = new AbortController();
    tried = [];
    journal = [];
    logged = [];
    outcome = () => ({ kind: 'delivered' });
    await write();
    feed = new WebhookFeed(store, noLeaves, undefined);
    running = feed.run(['WebhookCreated'], () => undefined, stop.signal);
  });
  afterEach(async () => {
    await Promise.all(passes.splice(0).map((pass) => pass.stop()));
    stop.abort();
    await running;
  });

  /** Number 0 is the event behind which the pass begins. */
  const write = async (many = 1): Promise<void> => {
    for (let i = 0; i < many; i++) {
      const id = uuid(store.of('s').length);
      const metadata = {
        organisation: 'o',
        actor: { kind: 'system', id: 'spec' },
        command: 'C',
        correlationId: 'c',
        requestId: 'r',
      } as const;
      await store.append('s', 'any', [{ id, type: 'Done', schemaVersion: 1, data: {}, metadata }]);
    }
  };
  const begin = ({ revision = 0, included = false, pauses = [1, 1] } = {}): WebhookPass => {
    const pass = new WebhookPass(
      {
        feed,
        store,
        post: {
          attempt: async (_o, _id, event, signal) => {
            tried.push(event.revision);
            const came = outcome(event.revision, tried.filter((n) => n === event.revision).length);
            if (came instanceof Error) throw came;
            if (came === 'hang') await sleep(60_000, undefined, { signal });
            return came as Outcome;
          },
        },
        journal: {
          pause: async (_o, _id, reason) => void journal.push(`paused ${reason}`),
          gaveUp: async (_o, _id, { event, attempts, error }) =>
            void journal.push(`gave up ${event.revision} after ${attempts}: ${error}`),
          delivered: async (_o, _id, _host, { id }) => void journal.push(`delivered ${Number(id.slice(-12))}`),
        } as Partial<WebhookJournal> as WebhookJournal,
        log: { warn: (what) => void logged.push(what), error: (what) => void logged.push(what) },
        now: Date.now,
        pauses,
      },
      { organisation: 'o', id: 'w1', host: 'h', run: { revision, start: { stream: 's', revision: 0, included } } },
    );
    passes.push(pass);
    return pass;
  };
  const until = async (holds: () => boolean): Promise<void> => {
    for (let waited = 0; !holds(); waited += 2) {
      if (waited > 5000) throw new Error(`it did not come to that: ${tried.join()} ${journal.join()}`);
      await sleep(2);
    }
  };
  const checkpoints = (run = 0): readonly StoredEvent[] => store.of(`system-reactor-webhook-w1-${run}`);

  it('sends what comes behind its start, in order, and begins there again without what is done', async () => {
    await write(3);
    const first = begin();
    await until(() => tried.length === 3);
    await first.stop();
    expect(tried).toEqual([1, 2, 3]);
    expect(checkpoints().at(-1)!.data).toMatchObject({ stream: 's', revision: 3 });
    // Its checkpoints are no part of the organisation's trail.
    expect(checkpoints().every(({ metadata }) => metadata.organisation === undefined)).toBe(true);
    await write();
    begin();
    await until(() => tried.length === 4);
    expect(tried).toEqual([1, 2, 3, 4]);
  });

  it('may begin with its start, and has a checkpoint apart from other passes', async () => {
    await write(2);
    const first = begin();
    await until(() => tried.length === 2);
    await first.stop();
    tried.length = 0;
    const replay = begin({ revision: 5, included: true });
    await until(() => tried.length === 3);
    await replay.stop();
    expect(tried).toEqual([0, 1, 2]);
    expect([checkpoints(0).length > 0, checkpoints(5).length > 0]).toEqual([true, true]);
  });

  it('comes again to what was under way when it was cut off', async () => {
    await write(2);
    outcome = (n) => (n === 2 ? 'hang' : { kind: 'delivered' });
    begin();
    await until(() => tried.includes(2));
    await until(() => checkpoints().length === 1);
    // As a crash leaves the log: the pass does not get to write down anything more.
    const left = new MemoryEventStore();
    left.events.push(...store.events);
    store = left;
    feed = new WebhookFeed(store, noLeaves, undefined);
    const again = feed.run(['WebhookCreated'], () => undefined, stop.signal);
    running = Promise.all([running, again]).then(() => undefined);
    tried.length = 0;
    outcome = () => ({ kind: 'delivered' });
    begin();
    await until(() => tried.length === 1);
    expect(tried).toEqual([2]);
  });

  it('tries again in order, then gives up and goes on', async () => {
    await write(3);
    outcome = (n, attempt) => {
      if (n === 1 && attempt < 3) return { kind: 'failed', error: 'answered 500' };
      return n === 2 ? { kind: 'failed', error: 'answered 503' } : { kind: 'delivered' };
    };
    begin();
    await until(() => journal.length === 3);
    expect(tried).toEqual([1, 1, 1, 2, 2, 2, 3]);
    expect(journal).toEqual(['delivered 1', 'gave up 2 after 3: answered 503', 'delivered 3']);
  });

  it('stops for good after ten in a row that nobody took', async () => {
    await write(15);
    outcome = (n) => (n <= 2 ? { kind: 'delivered' } : { kind: 'failed', error: 'answered 500' });
    const pass = begin({ pauses: [] });
    await pass.done;
    expect(tried.at(-1)).toBe(12);
    expect(journal.at(-1)).toBe('paused failing');
    // The ones behind wait for whoever resumes it.
    outcome = () => ({ kind: 'delivered' });
    tried.length = 0;
    begin();
    await until(() => tried.length >= 3);
    expect(tried.slice(-3)).toEqual([13, 14, 15]);
  });

  it('ends when nothing may be sent any more, and does not count that as dealt with', async () => {
    await write(2);
    outcome = (n) => (n === 1 ? { kind: 'delivered' } : { kind: 'ended', reason: 'maker-gone' });
    await begin().done;
    expect(journal).toEqual(['delivered 1', 'paused maker-gone']);
    expect(checkpoints().at(-1)!.data).toMatchObject({ revision: 1 });
    outcome = () => ({ kind: 'ended', reason: undefined });
    await begin().done;
    expect(journal).toHaveLength(2);
  });

  it('passes over what is not for it', async () => {
    await write(2);
    outcome = () => ({ kind: 'passed-over' });
    const pass = begin();
    await until(() => tried.length === 2);
    await pass.stop();
    expect(journal).toEqual([]);
    expect(checkpoints().at(-1)!.data).toMatchObject({ revision: 2 });
  });

  it('waits for what is away without counting, and lets no mistake of ours stand in its way for ever', async () => {
    await write(3);
    outcome = (n, attempt) => {
      if (n === 1) return attempt === 1 ? new StoreUnavailable('away') : { kind: 'delivered' };
      if (n === 2) return new TypeError('cannot read rosa@klein.example');
      return new PermanentFailure('the secret is missing: rotate it');
    };
    begin({ pauses: [] });
    await until(() => journal.length === 3);
    expect(journal).toEqual([
      'delivered 1',
      'gave up 2 after 1: an error within Countersign',
      'gave up 3 after 1: the secret is missing: rotate it',
    ]);
    expect(JSON.stringify(logged)).not.toContain('rosa@');
  });

  it('tries at once when it is nudged, and ends at once when it is stopped', async () => {
    await write(1);
    outcome = (_, attempt) => (attempt === 1 ? { kind: 'failed', error: 'x' } : { kind: 'delivered' });
    const pass = begin({ pauses: [60_000] });
    await until(() => tried.length === 1);
    await sleep(5);
    pass.nudge();
    await until(() => journal.includes('delivered 1'));
    outcome = () => ({ kind: 'failed', error: 'x' });
    await write();
    await until(() => tried.includes(2));
    await pass.stop();
    expect(journal).toEqual(['delivered 1']);
  });

  it('gives way to another node that sends for it', async () => {
    await write(1);
    const here = begin();
    await until(() => tried.length === 1);
    const taken = {
      id: uuid(900),
      type: 'ReactorAdvanced',
      schemaVersion: 1,
      data: { stream: 's', revision: 1, position: '1' },
    };
    const metadata = {
      actor: { kind: 'system', id: 'other' },
      command: 'C',
      correlationId: 'c',
      requestId: 'r',
    } as const;
    await store.append('system-reactor-webhook-w1-0', 'any', [{ ...taken, metadata }]);
    await write(1);
    await expect(here.done).rejects.toMatchObject({ name: 'WrongExpectedRevision' });
  }, 20_000);
});
