import fc from 'fast-check';
import { runsOf } from './bidi.layout.js';
import { figure, longDate, money, percent } from './amounts.js';
import { linesOf, printable } from './text.js';

/** Every character is one point wide. */
const measure = (text: string): number => text.length;

describe('lines', () => {
  it.each([
    ['short', 10, ['short']],
    ['two words', 5, ['two', 'words']],
    ['a\n\nb', 5, ['a', '', 'b']],
    ['abcdefgh', 3, ['abc', 'def', 'gh']],
    ['to abcdefgh', 4, ['to', 'abcd', 'efgh']],
    ['', 4, ['']],
    ['wide', 0, ['w', 'i', 'd', 'e']],
  ])('of %j in %d', (text, width, lines) => expect(linesOf(text, width, measure)).toEqual(lines));

  it('are no wider than they may be, and lose nothing but spaces', () =>
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.integer({ min: 1, max: 30 }), (text, width) => {
        const clean = printable(text);
        const lines = linesOf(clean, width, measure);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(Math.max(width, 2));
        expect(lines.join('').replace(/\s/g, '')).toBe(clean.replace(/\s/g, ''));
      }),
    ));

  it('hold nothing that cannot be seen', () =>
    expect(printable('a\r\nb\rc\0\u202ed\ud800\u2028e')).toBe('a\nb\nc d\ufffd\ne'));
});

describe('directions', () => {
  it('leave a line without letters from right to left as it is', () =>
    expect(runsOf('Hale (2) Ltd')).toEqual([{ text: 'Hale (2) Ltd', rightToLeft: false }]));
  it('put what is read first at the right', () =>
    expect(runsOf('שלום abc')).toEqual([
      { text: 'abc', rightToLeft: false },
      { text: 'שלום ', rightToLeft: true },
    ]));
  it('keep numbers within', () =>
    expect(runsOf('a שלום 12')).toEqual([
      { text: 'a ', rightToLeft: false },
      { text: '12', rightToLeft: false },
      { text: 'שלום ', rightToLeft: true },
    ]));
});

describe('figures', () => {
  it.each([
    [0, 'GBP', '£0.00', '0.00'],
    [5, 'GBP', '£0.05', '0.05'],
    [-123_456_789, 'GBP', '−£1,234,567.89', '−1,234,567.89'],
    [1234, 'JPY', '¥1,234', '1,234'],
    [1234, 'KWD', 'KWD 1.234', '1.234'],
    [-100, 'EUR', '−€1.00', '−1.00'],
  ])('%d %s', (amount, currency, full, bare) => {
    expect(money(amount, currency)).toBe(full);
    expect(figure(amount, currency)).toBe(bare);
  });
  it('of rates and dates', () => {
    expect([percent(2000), percent(0), percent(1750)]).toEqual(['20%', '0%', '17.5%']);
    expect(longDate('2026-03-01')).toBe('1 Mar 2026');
  });
});
