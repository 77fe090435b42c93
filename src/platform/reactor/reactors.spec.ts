import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import type { Lease, Leases } from '../read-model/lease.port.js';
import type { Logger } from '../telemetry/logger.js';
import { Reactors } from './reactors.js';
import type { Routine } from './routine.js';

/** A lease that one at a time has, handed on when it is given back or taken away. */
class OneLease implements Leases {
  private holder: AbortController | undefined;
  private readonly waiting: (() => void)[] = [];

  async acquire(_: string, signal: AbortSignal): Promise<Lease> {
    while (this.holder !== undefined) {
      await new Promise<void>((resolve, reject) => {
        this.waiting.push(resolve);
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    }
    const mine = (this.holder = new AbortController());
    const release = async (): Promise<void> => {
      if (this.holder === mine) this.holder = undefined;
      for (const next of this.waiting.splice(0)) next();
    };
    return { token: 1, lost: mine.signal, held: () => this.holder === mine, release };
  }

  /** Whoever has it does not any more. */
  take(): void {
    const lost = this.holder;
    this.holder = undefined;
    lost?.abort();
    for (const next of this.waiting.splice(0)) next();
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}

describe('a routine', () => {
  const warnings: string[] = [];
  const running: Reactors[] = [];
  const log = { warn: (_: unknown, message: string) => void warnings.push(message) } as unknown as Logger;

  beforeEach(() => void warnings.splice(0));
  afterEach(async () => {
    await Promise.all(running.splice(0).map((reactors) => reactors.beforeApplicationShutdown()));
  });

  const node = (
    routine: Routine,
    { enabled = true, leases }: { enabled?: boolean; leases?: Leases } = {},
  ): Reactors => {
    const reactors = new Reactors(new MemoryEventStore(), { open: async () => [] }, log, enabled, leases);
    reactors.registerRoutine(routine);
    reactors.onApplicationBootstrap();
    running.push(reactors);
    return reactors;
  };
  /** Counts its rounds under a name, and waits for them. */
  const counting = (everyMs = 1) => {
    const rounds: string[] = [];
    const routine = (name: string): Routine => ({
      name: 'counting',
      everyMs,
      run: async () => {
        rounds.push(name);
        if (rounds.length === 2) throw new Error('this round fails');
      },
    });
    const until = async (holds: () => boolean): Promise<void> => {
      for (let waited = 0; !holds(); waited += 2) {
        if (waited > 10_000) throw new Error(`it did not come to that: ${rounds.join(' ')}`);
        await sleep(2);
      }
    };
    return { rounds, routine, until };
  };

  it('has its rounds from the start on, one that fails included', async () => {
    const { rounds, routine, until } = counting();
    node(routine('one'));
    await until(() => rounds.length >= 4);
    expect(warnings).toEqual(['a routine failed and comes again']);
  });

  it('has none any more once the application goes, and none where another instance runs it', async () => {
    const { rounds, routine, until } = counting();
    node(routine('off'), { enabled: false });
    const one = node(routine('one'));
    await until(() => rounds.length >= 1);
    await one.beforeApplicationShutdown();
    const { length } = rounds;
    await sleep(20);
    expect(rounds).toHaveLength(length);
    expect(rounds).not.toContain('off');
  });

  it('is run by the node that has the lease, and goes on at another one', async () => {
    const { rounds, routine, until } = counting();
    const leases = new OneLease();
    node(routine('one'), { leases });
    await until(() => rounds.length >= 3);
    node(routine('two'), { leases });
    await until(() => rounds.length >= 6);
    expect(new Set(rounds)).toEqual(new Set(['one']));
    leases.take();
    await until(() => rounds.includes('two'));
    const first = rounds.indexOf('two');
    await until(() => rounds.length >= first + 3);
    expect(new Set(rounds.slice(first))).toEqual(new Set(['two']));
  });

  it('has a name of its own', () => {
    const { routine } = counting();
    expect(() => node(routine('one'), { enabled: false }).registerRoutine(routine('again'))).toThrow(
      'registered twice',
    );
  });
});
