import { jest } from '@jest/globals';
import { Rest } from './rest.js';

describe('the rest between batches', () => {
  let rest: Rest;
  let abort: AbortController;
  let over: boolean;

  beforeEach(() => {
    jest.useFakeTimers();
    rest = new Rest();
    abort = new AbortController();
    over = false;
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const take = async (milliseconds: number, reached: string): Promise<void> => {
    over = false;
    void rest.take(milliseconds, reached, abort.signal).then(() => (over = true));
    await jest.advanceTimersByTimeAsync(0);
  };

  it('lasts its time', async () => {
    await take(100, '5');
    await jest.advanceTimersByTimeAsync(99);
    expect(over).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(over).toBe(true);
  });

  it('ends when somebody waits for what is not reached', async () => {
    await take(100, '5');
    rest.want('6');
    await jest.advanceTimersByTimeAsync(0);
    expect(over).toBe(true);
  });

  it('is not taken before what was wanted is reached, and is taken again behind it', async () => {
    rest.want('7');
    rest.want('6');
    await take(100, '6');
    expect(over).toBe(true);
    await take(100, '7');
    expect(over).toBe(false);
    rest.want('7');
    await jest.advanceTimersByTimeAsync(99);
    expect(over).toBe(false);
  });

  it('ends by an abort, and is not begun after one', async () => {
    await take(100, '5');
    abort.abort();
    await jest.advanceTimersByTimeAsync(0);
    expect(over).toBe(true);
    await take(100, '5');
    expect(over).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });
});
