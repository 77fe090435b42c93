import { BEFORE_ALL, positionText, readPosition } from './positions.js';

describe('positions of EventStoreDB as texts', () => {
  it('sort as the positions do, and read back the same', () => {
    const positions = [
      { commit: 9n, prepare: 9n },
      { commit: 10n, prepare: 2n },
      { commit: 10n, prepare: 10n },
      { commit: 2n ** 64n - 1n, prepare: 2n ** 63n },
    ];
    const texts = positions.map(positionText);
    expect(texts.toSorted()).toEqual(texts);
    expect(texts.map(readPosition)).toEqual(positions);
    expect(new Set(texts.map(({ length }) => length))).toEqual(new Set([40]));
    expect(texts[0]! > BEFORE_ALL).toBe(true);
  });

  it('begin at the start', () => {
    expect(readPosition(undefined)).toBe('start');
    expect(readPosition(BEFORE_ALL)).toBe('start');
  });

  it.each(['', '12', '0000000000000012', `${BEFORE_ALL}0`, 'x'.repeat(40)])('refuse the text "%s"', (text) => {
    expect(() => readPosition(text)).toThrow(RangeError);
  });
});
