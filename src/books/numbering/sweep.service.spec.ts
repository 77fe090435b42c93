import { Sweep, type Sweeps } from './sweep.service.js';

describe('a sweep', () => {
  it('stops at once while it still waits for its view', async () => {
    const tools = {
      store: { head: () => Promise.resolve('7') },
      // A view that has stopped never gets there.
      gauge: { waitFor: () => new Promise<boolean>(() => undefined) },
      clock: () => 0,
      log: { error: (...told: unknown[]) => expect(told).toEqual([]) },
    } as unknown as Sweeps;
    const sweep = new Sweep(tools, {
      view: { name: 'open-numbers' } as never,
      name: 'numbers',
      finish: () => Promise.resolve(),
    });
    sweep.start();
    await new Promise((resolve) => setImmediate(resolve));
    await sweep.stop();
  });
});
