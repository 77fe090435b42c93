import { EventEmitter } from 'node:events';
import { jest } from '@jest/globals';
import type { FromProjector, ToProjector } from './messages.js';
import { ProjectorClient, type ProjectorThread } from './projector-client.js';
import type { ViewState } from './status.js';

/** A thread that does what the test says. */
class FakeThread extends EventEmitter implements ProjectorThread {
  readonly received: ToProjector[] = [];
  terminated = false;

  postMessage(message: ToProjector): void {
    this.received.push(message);
  }
  async terminate(): Promise<number> {
    this.terminated = true;
    this.emit('exit', 1);
    return 1;
  }
  say(...messages: readonly FromProjector[]): void {
    for (const message of messages) this.emit('message', message);
  }
  prepare(state: ViewState = 'live', checkpoint?: string): void {
    this.say({ kind: 'status', view: 'trail', status: { state, checkpoint } }, { kind: 'prepared' });
  }
}

describe('projector client', () => {
  let client: ProjectorClient;
  let threads: FakeThread[];
  let started: Promise<void>;
  const thread = (): FakeThread => threads.at(-1)!;

  beforeEach(() => {
    jest.useFakeTimers();
    client = new ProjectorClient();
    threads = [];
    started = client.start(() => {
      threads.push(new FakeThread());
      return thread();
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('starts when the views are prepared, and knows their state', async () => {
    thread().prepare('catching-up', '3');
    await started;
    expect([...client.status()]).toEqual([['trail', { state: 'catching-up', checkpoint: '3' }]]);
    thread().say({ kind: 'moved', views: ['trail'], position: '4' });
    expect(client.status().get('trail')).toEqual({ state: 'catching-up', checkpoint: '4' });
  });

  it('answers at once where the view is far enough', async () => {
    thread().prepare('live', '5');
    expect(await client.waitFor('trail', '5', 2000)).toBe(true);
    expect(await client.waitFor('trail', '4', 2000)).toBe(true);
  });

  it('waits until the view is far enough', async () => {
    thread().prepare('live', '5');
    const answers: [string, boolean][] = [];
    for (const position of ['6', '7', '9']) {
      void client.waitFor('trail', position, 2000).then((answer) => answers.push([position, answer]));
    }
    thread().say({ kind: 'moved', views: ['other'], position: '9' });
    thread().say({ kind: 'moved', views: ['trail'], position: '7' });
    await jest.advanceTimersByTimeAsync(1999);
    expect(answers).toEqual([
      ['6', true],
      ['7', true],
    ]);
    await jest.advanceTimersByTimeAsync(1);
    expect(answers.at(-1)).toEqual(['9', false]);
  });

  it('tells the thread what is waited for, once, and nothing of what is reached', async () => {
    thread().prepare('live', '5');
    for (const position of ['4', '7', '6', '7', '8']) void client.waitFor('trail', position, 2000);
    expect(thread().received).toEqual([
      { kind: 'wanted', position: '7' },
      { kind: 'wanted', position: '8' },
    ]);
    thread().emit('exit', 1);
    await jest.advanceTimersByTimeAsync(250);
    thread().prepare('live', '5');
    void client.waitFor('trail', '6', 2000);
    expect(threads).toHaveLength(2);
    expect(thread().received).toEqual([{ kind: 'wanted', position: '6' }]);
  });

  it('waits for a view that is not prepared yet, and for one that was built anew', async () => {
    const early = client.waitFor('trail', '5', 2000);
    thread().prepare('live', '5');
    expect(await early).toBe(true);
    const swapped = client.waitFor('trail', '6', 2000);
    thread().say({ kind: 'status', view: 'trail', status: { state: 'live', checkpoint: '6' } });
    expect(await swapped).toBe(true);
  });

  it('does not wait for a stopped view, and tells who listens once', async () => {
    const stopped: [string, string | undefined][] = [];
    client.onStopped((view, { error }) => stopped.push([view, error]));
    thread().prepare('live', '5');
    const waiting = client.waitFor('trail', '6', 2000);
    const status = { state: 'stopped', checkpoint: '5', error: 'why' } as const;
    thread().say({ kind: 'status', view: 'trail', status }, { kind: 'status', view: 'trail', status });
    expect(await waiting).toBe(false);
    expect(await client.waitFor('trail', '6', 2000)).toBe(false);
    expect(await client.waitFor('trail', '5', 2000)).toBe(true);
    expect(stopped).toEqual([['trail', 'why']]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('starts another thread when one dies, later and later, and says so', async () => {
    const died: [string, number][] = [];
    client.onDied((error, retryInMs) => died.push([error.message, retryInMs]));
    thread().prepare('live', '5');
    thread().emit('error', new Error('out of luck'));
    thread().emit('exit', 1);
    expect(client.status().get('trail')).toEqual({ state: 'restarting', checkpoint: '5', error: 'out of luck' });
    const waiting = client.waitFor('trail', '6', 2000);
    await jest.advanceTimersByTimeAsync(249);
    expect(threads).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(threads).toHaveLength(2);
    thread().emit('exit', 7);
    await jest.advanceTimersByTimeAsync(500);
    thread().prepare('live', '6');
    expect(await waiting).toBe(true);
    expect(died).toEqual([
      ['out of luck', 250],
      ["The projector's thread ended with 7", 500],
    ]);
    for (let i = 0; i < 10; i++) {
      thread().emit('exit', 1);
      await jest.advanceTimersByTimeAsync(10_000);
    }
    expect(died.at(-1)?.[1]).toBe(10_000);
    await jest.advanceTimersByTimeAsync(61_000);
    thread().emit('exit', 1);
    expect(died.at(-1)?.[1]).toBe(250);
    await client.close();
  });

  it('rebuilds: done, failed, refused, and interrupted', async () => {
    thread().prepare();
    const request = { view: undefined, folded: 0, target: 0, message: undefined };
    const outcomes = ['done', 'failed', 'refused', 'interrupted'].map((name) => client.rebuild(name));
    expect(thread().received).toContainEqual({ kind: 'rebuild', token: 2, view: 'failed' });
    thread().say(
      { kind: 'accepted', token: 1, request: 11 },
      { kind: 'accepted', token: 2, request: 12 },
      { kind: 'refused', token: 3, reason: 'no' },
      { kind: 'accepted', token: 4, request: 14 },
      { kind: 'rebuild', request: { ...request, id: 11, state: 'running' } },
      { kind: 'rebuild', request: { ...request, id: 11, state: 'done' } },
      { kind: 'rebuild', request: { ...request, id: 12, state: 'failed', message: 'why' } },
    );
    thread().emit('exit', 1);
    const settled = await Promise.allSettled(outcomes);
    expect(settled.map((one) => (one.status === 'rejected' ? (one.reason as Error).message : 'done'))).toEqual([
      'done',
      'why',
      'no',
      'The projector went away before the rebuild was finished; it goes on at the next start',
    ]);
    await expect(client.rebuild()).rejects.toThrow('does not run');
    await client.close();
  });

  it('closes the thread, and terminates one that does not end', async () => {
    thread().prepare('live', '5');
    const waiting = client.waitFor('trail', '6', 2000);
    const closed = client.close();
    expect(await waiting).toBe(false);
    expect(thread().received.at(-1)).toEqual({ kind: 'close' });
    await jest.advanceTimersByTimeAsync(5000);
    await closed;
    expect(thread().terminated).toBe(true);
    expect(await client.waitFor('trail', '6', 2000)).toBe(false);
    expect(threads).toHaveLength(1);
  });

  it('closes while it waits to start again', async () => {
    thread().emit('exit', 1);
    await client.close();
    await jest.advanceTimersByTimeAsync(20_000);
    expect(threads).toHaveLength(1);
  });
});
