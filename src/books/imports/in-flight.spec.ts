import { setImmediate as nextTurn } from 'node:timers/promises';
import { InFlight } from './in-flight.js';

describe('work that goes on side by side', () => {
  it('tells of a failure that came while nobody waited', async () => {
    const work = new InFlight(3);
    await work.add(Promise.reject(new Error('the disk is full')));
    await nextTurn();
    await work.add(Promise.resolve());
    await expect(work.finish()).rejects.toThrow('the disk is full');
  });

  it('goes on no further than its limit after a failure', async () => {
    const work = new InFlight(2);
    await work.add(Promise.reject(new Error('the disk is full')));
    await nextTurn();
    await expect(work.add(new Promise(() => undefined))).rejects.toThrow('the disk is full');
  });

  it('makes room as soon as one is done', async () => {
    const work = new InFlight(2);
    let finish = (): void => undefined;
    await work.add(new Promise((resolve) => (finish = resolve)));
    let room = false;
    const added = work.add(new Promise(() => undefined)).then(() => (room = true));
    await nextTurn();
    expect(room).toBe(false);
    finish();
    await added;
    expect(room).toBe(true);
  });
});
