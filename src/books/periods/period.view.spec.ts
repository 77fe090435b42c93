import { recorded } from '../../../test/support/specification.js';
import type { PeriodEvent } from './period.js';
import { type PeriodsDoc, periodsView } from './period.view.js';

const folded = (...events: readonly PeriodEvent[]): PeriodsDoc | null =>
  events.reduce<PeriodsDoc | null>((doc, event, revision) => {
    const stored = recorded('periods-o1', revision, event);
    expect(periodsView.keys(stored)).toEqual(['o1']);
    return periodsView.fold(doc, stored, 'o1');
  }, null);

describe('the view of periods', () => {
  it('holds how far the books are locked, and every change, the newest first', () =>
    expect(
      folded(
        { type: 'PeriodLocked', data: { through: '2026-01-31', before: null } },
        { type: 'PeriodUnlocked', data: { through: null, before: '2026-01-31', reason: 'Late bill' } },
      ),
    ).toMatchObject({
      organisation: 'o1',
      revision: 1,
      lockedThrough: null,
      changes: [
        { action: 'unlocked', through: null, before: '2026-01-31', reason: 'Late bill' },
        { action: 'locked', through: '2026-01-31', before: null, reason: null },
      ],
    }));

  it('keeps the latest hundred', () => {
    const locks = Array.from({ length: 101 }, (_, day): PeriodEvent => {
      const through = new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10);
      return { type: 'PeriodLocked', data: { through, before: null } };
    });
    const { changes } = folded(...locks)!;
    expect(changes).toHaveLength(100);
    expect(changes.at(-1)!.through).toBe('2026-01-02');
  });
});
