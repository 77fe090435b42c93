import { setTimeout as sleep } from 'node:timers/promises';
import { someAtOnce } from './some-at-once.js';

describe('some at once', () => {
  it('does all, no more at a time than it may, and answers in their order', async () => {
    let underWay = 0;
    let most = 0;
    const answers = await someAtOnce(3, [5, 4, 3, 2, 1, 0], async (item, index) => {
      most = Math.max(most, ++underWay);
      await sleep(item);
      underWay--;
      return [item, index];
    });
    expect(answers).toEqual([
      [5, 0],
      [4, 1],
      [3, 2],
      [2, 3],
      [1, 4],
      [0, 5],
    ]);
    expect(most).toBe(3);
    expect(await someAtOnce(3, [], async () => 1)).toEqual([]);
  });

  it('begins nothing behind a failure, and throws it when what was under way has ended', async () => {
    const seen: string[] = [];
    const failing = someAtOnce(2, ['slow', 'bad', 'never'], async (item) => {
      seen.push(`begun ${item}`);
      await sleep(item === 'slow' ? 20 : 0);
      if (item === 'bad') throw new Error('no');
      seen.push(`ended ${item}`);
    });
    await expect(failing).rejects.toThrow('no');
    expect(seen).toEqual(['begun slow', 'begun bad', 'ended slow']);
  });
});
