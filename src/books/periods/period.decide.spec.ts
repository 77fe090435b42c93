import { given } from '../../../test/support/specification.js';
import { lockOn, lockedThrough, type PeriodEvent, periods } from './period.js';
import { lockPeriod, unlockPeriod } from './period.decide.js';

const locked = (through: string, before: string | null = null): PeriodEvent => ({
  type: 'PeriodLocked',
  data: { through, before },
});
const unlocked = (through: string | null, before: string): PeriodEvent => ({
  type: 'PeriodUnlocked',
  data: { through, before, reason: 'Late bill' },
});
const books = (...events: readonly (PeriodEvent & { at?: string })[]) => given(periods, 'ann', ...events);

describe('locking', () => {
  it('locks through a day, and on from there', () => {
    books()
      .when(lockPeriod({ through: '2026-01-31', reason: 'VAT return' }))
      .then({ type: 'PeriodLocked', data: { through: '2026-01-31', before: null, reason: 'VAT return' } });
    books(locked('2026-01-31'))
      .when(lockPeriod({ through: '2026-02-28' }))
      .then(locked('2026-02-28', '2026-01-31'));
  });
  it('changes nothing where that is locked', () => {
    books(locked('2026-01-31'))
      .when(lockPeriod({ through: '2026-01-31' }))
      .then();
    books(locked('2026-01-31'))
      .when(lockPeriod({ through: '2025-12-31' }))
      .then();
  });
  it('is refused for a day that is none', () =>
    books()
      .when(lockPeriod({ through: '2026-02-29' }))
      .thenRefused('validation-failed'));
});

describe('unlocking', () => {
  it('opens all, or what came after a day', () => {
    books(locked('2026-01-31'))
      .when(unlockPeriod({ through: null, reason: 'Late bill' }))
      .then(unlocked(null, '2026-01-31'));
    books(locked('2026-01-31'))
      .when(unlockPeriod({ through: '2025-12-31', reason: 'Late bill' }))
      .then(unlocked('2025-12-31', '2026-01-31'));
  });
  it.each([null, '2026-01-31', '2026-02-01'])('is refused where nothing after %p is locked', (through) => {
    const before = through === null ? books() : books(locked('2026-01-31'));
    before.when(unlockPeriod({ through, reason: 'x' })).thenRefused('conflict', 'period-not-locked');
  });
});

describe('a lock', () => {
  const [JANUARY, FEBRUARY] = ['2026-02-02T09:00:00.000Z', '2026-03-02T09:00:00.000Z'];
  const both = [
    { ...locked('2026-01-31'), at: JANUARY },
    { ...locked('2026-02-28', '2026-01-31'), at: FEBRUARY },
  ];

  it('reaches its last day, and says when that day was locked', () => {
    const { state } = books(...both);
    expect(lockOn(state, '2026-01-31')).toMatchObject({ through: '2026-01-31', at: JANUARY });
    expect(lockOn(state, '2026-02-01')).toMatchObject({ through: '2026-02-28', at: FEBRUARY });
    expect(lockOn(state, '2026-03-01')).toBeUndefined();
    expect(lockedThrough(state)).toBe('2026-02-28');
  });
  it.each([
    ['2026-02-14', '2026-02-14', FEBRUARY],
    ['2026-01-31', '2026-01-31', JANUARY],
    ['2026-01-15', '2026-01-15', JANUARY],
  ])('stays theirs who set it where a part is unlocked, through %s', (through, last, at) => {
    const { state } = books(...both, unlocked(through, '2026-02-28'));
    expect(lockedThrough(state)).toBe(last);
    expect(lockOn(state, last)).toMatchObject({ through: last, at });
  });
  it('is gone where all is unlocked', () =>
    expect(lockedThrough(books(...both, unlocked(null, '2026-02-28')).state)).toBeNull());
});
