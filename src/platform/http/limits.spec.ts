import { Refusal } from '../../kernel/refusal.js';
import { LIMITS, Limits, placeOf } from './limits.js';

const times = async (count: number, act: () => Promise<void>): Promise<unknown> => {
  for (let i = 0; i < count; i++) {
    const refused = await act().catch((error: unknown) => error);
    if (refused !== undefined) return i;
  }
  return 'never';
};

describe('limits', () => {
  it('count requests of a person or key only where RATE_LIMIT is set', async () => {
    expect(new Limits({}).request).toBeUndefined();
    const { request } = new Limits({ rateLimit: 3 });
    expect(await times(5, () => request!({ userId: 'a' }))).toBe(3);
    expect(await times(3, () => request!({ userId: 'b' }))).toBe('never');
    expect(await times(3, () => request!({ userId: 'a', apiKey: 'k' }))).toBe('never');
  });

  it('count by route and place where nobody is signed in', async () => {
    const limits = new Limits({});
    const { points } = LIMITS.anonymous;
    expect(await times(points + 1, () => limits.anonymous('POST /v1/accounts', '2001:db8::1'))).toBe(points);
    expect(await times(1, () => limits.anonymous('POST /v1/accounts', '2001:db8::ffff:1'))).toBe(0);
    expect(await times(1, () => limits.anonymous('POST /v1/accounts', '2001:db8:0:1::1'))).toBe('never');
    expect(await times(1, () => limits.anonymous('POST /v1/sessions', '2001:db8::1'))).toBe('never');
  });

  it('say when to come back', async () => {
    const limits = new Limits({});
    await times(LIMITS['sign-up'].points, () => limits.account('sign-up', 'a'));
    const refused = await limits.account('sign-up', 'a').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refusal);
    expect(refused).toMatchObject({ code: 'too-many-requests' });
    const { retryAfter } = (refused as Refusal).details;
    expect(retryAfter).toBeGreaterThan(3500);
    expect(retryAfter).toBeLessThanOrEqual(3600);
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:0db8:0000:0000:1:2:3:4', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::', 'fe80:0:0:0::/64'],
    ['', ''],
  ])('%s is at %s', (ip, place) => {
    expect(placeOf(ip)).toBe(place);
  });
});
