import fc from 'fast-check';
import { addDays, dateAt, dateOf, daysBetween, daysInMonth, isPlainDate, plainDate } from './dates.js';
import { Refusal } from './refusal.js';

const dates = fc
  .date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('2999-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

describe('plain dates', () => {
  it.each(['1900-01-01', '2024-02-29', '2000-02-29', '2999-12-31', '2026-04-30'])('%s is one', (text) =>
    expect(plainDate('date', text)).toBe(text),
  );

  it.each([
    ...['2023-02-29', '1900-02-29', '2100-02-29', '2026-04-31', '2026-13-01', '2026-00-10', '2026-01-00', '2026-01-32'],
    ...[
      '1899-12-31',
      '3000-01-01',
      '2026-1-1',
      '20260101',
      '2026-01-01T00:00:00Z',
      ' 2026-01-01',
      '2026-01-01\n',
      '٢٠٢٦-٠١-٠١',
      '',
    ],
  ])('%j is none', (text) => {
    expect(isPlainDate(text)).toBe(false);
    expect(() => plainDate('date', text)).toThrow(Refusal);
  });

  it('are the days of the calendar that the platform knows', () => {
    fc.assert(fc.property(dates, (date) => expect(isPlainDate(date)).toBe(true)));
    expect([1, 2, 3, 4, 12, 13].map((month) => daysInMonth(2024, month))).toEqual([31, 29, 31, 30, 31, 0]);
  });

  it('sort as texts', () => {
    fc.assert(fc.property(dates, dates, (a, b) => expect(a < b).toBe(Date.parse(a) < Date.parse(b))));
  });

  it('are counted in days', () => {
    expect(daysBetween('2024-02-28', '2024-03-01')).toBe(2);
    expect(addDays('2025-12-31', 1)).toBe('2026-01-01');
    fc.assert(fc.property(dates, dates, (a, b) => expect(addDays(a, daysBetween(a, b))).toBe(b)));
  });

  it('begin at midnight UTC', () => {
    expect(dateOf('2026-03-01T00:00:00.000Z')).toBe('2026-03-01');
    expect(dateOf('2026-02-28T23:59:59.999Z')).toBe('2026-02-28');
    expect(dateAt(Date.UTC(2026, 2, 1))).toBe('2026-03-01');
    expect(dateAt(Date.UTC(2026, 2, 1) - 1)).toBe('2026-02-28');
  });
});
