import fc from 'fast-check';
import { addDays, isPlainDate } from '../../kernel/dates.js';
import { addMonths, dueAtOf, isYearEnd, keptUntil, monthsAfter, periodEndOf } from './deadlines.js';

describe('months of the calendar', () => {
  it.each([
    ['2026-01-31', 1, '2026-02-28'],
    ['2028-01-31', 1, '2028-02-29'],
    ['2026-01-31', 3, '2026-04-30'],
    ['2026-01-30', 1, '2026-02-28'],
    ['2026-02-28', 1, '2026-03-28'],
    ['2026-12-31', 1, '2027-01-31'],
    ['2026-11-30', 3, '2027-02-28'],
    ['2026-03-15', 0, '2026-03-15'],
    ['2024-02-29', 72, '2030-02-28'],
  ])('%s and %i more is %s', (date, months, expected) => {
    expect(addMonths(date, months)).toBe(expected);
  });

  it('never leave the calendar, and never skip a month', () => {
    const date = fc.integer({ min: 0, max: 40_000 }).map((days) => addDays('1950-01-01', days));
    fc.assert(
      fc.property(date, fc.integer({ min: 0, max: 240 }), (from, months) => {
        const to = addMonths(from, months);
        expect(isPlainDate(to)).toBe(true);
        const count = (text: string): number => Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7));
        expect(count(to) - count(from)).toBe(months);
        expect(to.slice(8) <= from.slice(8)).toBe(true);
      }),
    );
  });

  it('keep the time of day', () => {
    expect(monthsAfter('2026-01-31T23:59:59.999Z', 1)).toBe('2026-02-28T23:59:59.999Z');
  });
});

describe('the time to answer a request', () => {
  const receivedAt = '2026-01-31T09:30:00.000Z';

  it('is a month, three with the extension, both from the receipt', () => {
    expect(dueAtOf({ receivedAt, extended: false, pausedFor: 0 })).toBe('2026-02-28T09:30:00.000Z');
    expect(dueAtOf({ receivedAt, extended: true, pausedFor: 0 })).toBe('2026-04-30T09:30:00.000Z');
  });

  it('is longer by what it stood still', () => {
    const pausedFor = 36 * 60 * 60 * 1000;
    expect(dueAtOf({ receivedAt, extended: false, pausedFor })).toBe('2026-03-01T21:30:00.000Z');
  });
});

describe('retention', () => {
  it.each([
    ['2026-03-01', '12-31', '2026-12-31'],
    ['2026-12-31', '12-31', '2026-12-31'],
    ['2026-03-31', '03-31', '2026-03-31'],
    ['2026-04-01', '03-31', '2027-03-31'],
    ['2027-02-10', '02-29', '2027-02-28'],
    ['2028-02-29', '02-29', '2028-02-29'],
    ['2027-03-01', '02-29', '2028-02-29'],
  ])('the period of %s that ends on %s ends on %s', (date, yearEnd, end) => {
    expect(periodEndOf(date, yearEnd)).toBe(end);
  });

  it('lasts six years after the end of the period', () => {
    expect(keptUntil('2026-03-01', { years: 6, yearEnd: '12-31' })).toBe('2032-12-31');
    expect(keptUntil('2026-04-06', { years: 6, yearEnd: '04-05' })).toBe('2033-04-05');
  });

  it('knows days of the year', () => {
    expect(['12-31', '04-05', '02-29'].every(isYearEnd)).toBe(true);
    expect(['13-01', '00-10', '02-30', '4-5', '04-31', 'x'].some(isYearEnd)).toBe(false);
  });
});
