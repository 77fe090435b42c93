import { tokensOf, whyOf } from './suggestion.js';

describe('what speaks for a match', () => {
  const line = { description: 'FP R KLEIN INV-0042 ref PO/77a', amount: 15_000 };

  it('is found by words with digits, leading zeros aside', () =>
    expect(tokensOf({ description: line.description })).toEqual(['0042', '42', '77a']));

  it.each([
    ['the amount', { outstanding: 15_000, number: 7 }, ['amount']],
    ['the number', { outstanding: 1, number: 42 }, ['number']],
    ['no part of a number', { outstanding: 1, number: 4 }, []],
    ['the reference', { outstanding: 1, number: null, reference: 'po 77A' }, ['reference']],
    ['no reference in words only', { outstanding: 1, number: null, reference: 'KLEIN' }, []],
    ['no reference of which a part is missing', { outstanding: 1, number: null, reference: '77a/78' }, []],
    ['all of them', { outstanding: 15_000, number: 42, reference: '77A' }, ['amount', 'number', 'reference']],
  ])('%s', (_, document, why) => expect(whyOf(line, { date: '2026-03-01', ...document })).toEqual(why));

  it('is what a purchase comes to, for money that goes out', () =>
    expect(whyOf({ description: 'x', amount: -500 }, { date: '', outstanding: 500, number: null })).toEqual([
      'amount',
    ]));
});
