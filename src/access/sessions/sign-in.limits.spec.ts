import { setImmediate as turn } from 'node:timers/promises';
import { FAILURES_ALLOWED, SignInLimits } from './sign-in.limits.js';

describe('failed sign-ins', () => {
  let limits: SignInLimits;
  let running: number;
  let most: number;

  beforeEach(() => {
    limits = new SignInLimits();
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
});
