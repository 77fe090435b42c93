import { beginnings, exactToken, soughtTokens, wholeWords, wordsOf } from './words.js';

/** Whether a text is found by what somebody typed. */
const finds = (typed: string, tokens: readonly string[]): boolean => {
  const sought = soughtTokens(typed);
  return sought.length > 0 && sought.every((token) => tokens.includes(token));
};

describe('words', () => {
  it.each([
    ["O'Neill & Søn, 3-Tier", ['o', 'neill', 'søn', '3', 'tier']],
    ['ZOË Zoe\u0301 zoe', ['zoe']],
    ['rosa@klein.example', ['rosa', 'klein', 'example']],
    ['---', []],
    ['東京 タワー', ['東京', 'タワー']],
  ])('of %s', (text, words) => expect(wordsOf(text)).toEqual(words));
});

describe('what is found by beginnings', () => {
  const tokens = beginnings('Rosa Klein', undefined, 'Wholesalers-International B');
  it.each(['rosa', 'RO', 'klein ros', 'wholesalers international', 'b', 'Wholesalersx'.slice(0, 11)])(
    'by %s',
    (typed) => expect(finds(typed, tokens)).toBe(true),
  );
  it.each(['osa', 'r', 'rosa klein x', 'rosanna', '', '!', '='])('not by %s', (typed) =>
    expect(finds(typed, tokens)).toBe(false),
  );
  it('tells twelve characters of a word apart', () => {
    expect(finds('internationale', tokens)).toBe(true);
    expect(finds('internationxl', tokens)).toBe(false);
  });
  it('is bounded, whatever the text', () => {
    const many = Array.from({ length: 500 }, (_, index) => `wordnumber${index}`).join(' ');
    expect(beginnings(many).length).toBeLessThanOrEqual(40 * 11);
    expect(soughtTokens(many)).toHaveLength(10);
    expect(wholeWords(many).length).toBeLessThanOrEqual(40);
  });
  it('never cuts a character in two', () => {
    for (const token of beginnings('𠮷𠮷𠮷')) expect(token.isWellFormed()).toBe(true);
  });
});

describe('what is found whole', () => {
  const tokens = wholeWords('1042', 'PO-77');
  it.each(['1042', 'po-77', 'PO 77', '77'])('by %s', (typed) => expect(finds(typed, tokens)).toBe(true));
  it.each(['104', '10420', '7'])('not by %s', (typed) => expect(finds(typed, tokens)).toBe(false));
});

describe('an exact token', () => {
  it('is the same for what people take to be the same', () =>
    expect(exactToken('email', ' AP@Hale.example ')).toBe(exactToken('email', 'ap@hale.example')));
  it('is nothing that can be typed', () => {
    const token = exactToken('reference', 'K 7');
    expect(soughtTokens(token)).not.toContain(token);
  });
});
