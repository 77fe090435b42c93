import { setImmediate as turn } from 'node:timers/promises';
import { CODES_ALLOWED, FAILURES_ALLOWED, GuessLimits } from './guesses.limits.js';

describe('failed sign-ins', () => {
  let limits: GuessLimits;
  let running: number;
  let most: number;

  beforeEach(() => {
    limits = new GuessLimits();
    running = 0;
    most = 0;
  });

  const attempt = async (result: string | undefined, account: string, ip: string): Promise<string> =>
    limits
      .attempt(account, ip, async () => {
        most = Math.max(most, ++running);
        await turn();
        running--;
        return result;
      })
      .then(
        (answer) => answer ?? 'failed',
        (error: unknown) => (error as { code: string }).code,
      );
  const fail = (account = 'ann', ip = '192.0.2.7'): Promise<string> => attempt(undefined, account, ip);
  const succeed = (account = 'ann', ip = '192.0.2.7'): Promise<string> => attempt('in', account, ip);
  const times = <T>(count: number, of: (index: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => of(index)));

  it('are no more when many are made at once', async () => {
    const answers = await times(20, () => fail());
    expect(answers.filter((answer) => answer === 'failed')).toHaveLength(FAILURES_ALLOWED);
    expect(most).toBe(1);
    expect(await succeed()).toBe('too-many-requests');
  });

  it('are counted for one account and one place', async () => {
    await times(FAILURES_ALLOWED, () => fail());
    expect(await succeed('bob')).toBe('in');
    expect(await succeed('ann', '192.0.2.8')).toBe('in');
  });

  it('are forgotten with a success; many successes at once are no failures', async () => {
    await times(FAILURES_ALLOWED - 1, () => fail());
    expect(new Set(await times(20, () => succeed()))).toEqual(new Set(['in']));
    expect(new Set(await times(FAILURES_ALLOWED, () => fail()))).toEqual(new Set(['failed']));
  });

  it('from everywhere on one account leave each place one try, the first', async () => {
    await times(100, (index) => fail('ann', `198.51.100.${index % 20}`));
    expect(await succeed('ann', '203.0.113.1')).toBe('in');
    expect(await fail('ann', '203.0.113.2')).toBe('failed');
    expect(await succeed('ann', '203.0.113.2')).toBe('too-many-requests');
    expect(await succeed('bob', '203.0.113.2')).toBe('in');
  });

  it('from one place on many accounts are stopped; a whole /64 is one place', async () => {
    await times(200, (index) => fail(`account ${index}`, `2001:db8::${index.toString(16)}`));
    expect(await succeed('ann', '2001:db8::ffff')).toBe('too-many-requests');
    expect(await succeed('ann', '2001:db8:0:1::1')).toBe('in');
  });

  it('do not count where the check could not be made', async () => {
    const broken = (): Promise<string> =>
      limits.attempt('ann', '192.0.2.7', () => Promise.reject(new Error('away'))) as Promise<string>;
    for (let count = 0; count < 10; count++) await expect(broken()).rejects.toThrow('away');
    expect(await succeed()).toBe('in');
  });

  describe('of codes', () => {
    const code = (right: boolean, account = 'ann'): Promise<string> =>
      limits
        .code(account, async () => {
          await turn();
          return right ? 'in' : undefined;
        })
        .then(
          (answer) => answer ?? 'failed',
          (error: unknown) => (error as { code: string }).code,
        );

    it('are counted from everywhere together, and at once as in a row', async () => {
      const answers = await times(3 * CODES_ALLOWED, () => code(false));
      expect(answers.filter((answer) => answer === 'failed')).toHaveLength(CODES_ALLOWED);
      expect(await code(true)).toBe('too-many-requests');
      expect(await code(true, 'ann with a new password')).toBe('in');
    });

    it('are not made up for by right ones, which are not counted', async () => {
      for (let count = 0; count < CODES_ALLOWED - 1; count++) expect(await code(false)).toBe('failed');
      for (let count = 0; count < 3 * CODES_ALLOWED; count++) expect(await code(true)).toBe('in');
      expect(await code(false)).toBe('failed');
      expect(await code(true)).toBe('too-many-requests');
    });

    it('do not count where the check could not be made', async () => {
      for (let count = 0; count < 2 * CODES_ALLOWED; count++)
        await expect(limits.code('ann', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
      expect(await code(true)).toBe('in');
    });
  });
});
