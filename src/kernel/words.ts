import { foldedName } from './names.js';

/** So many characters of a word are told apart, so many words of a text are searched for. */
const LONGEST = 12;
const SHORTEST = 2;
const MAX_WORDS = 40;
const MAX_SOUGHT = 10;

/** Words as they are searched for: letters and digits in lower case, without accents; each once. */
export const wordsOf = (text: string): readonly string[] => [
  ...new Set(
    text
      .normalize('NFKD')
      .replace(/\p{M}+/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [],
  ),
];

/**
 * What a document is found by when somebody types the beginning of a word: every beginning of every word, from two
 * characters to twelve, and words of one character whole. For texts that people remember in parts.
 */
export function beginnings(...texts: readonly (string | undefined)[]): readonly string[] {
  const found = new Set<string>();
  for (const word of wordsIn(texts)) {
    let [characters, end] = [0, 0];
    for (const character of word) {
      if (characters === LONGEST) break;
      characters += 1;
      end += character.length;
      if (characters >= SHORTEST) found.add(word.slice(0, end));
    }
    if (characters < SHORTEST) found.add(word);
  }
  return [...found];
}

/** What a document is found by whole: its number, what others call it. A tenth of the tokens of all beginnings. */
export const wholeWords = (...texts: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(wordsIn(texts).map(cut)),
];

/** The tokens of which a document must have every one to match what somebody typed; none where there is no word in it. */
export const soughtTokens = (text: string): readonly string[] => [
  ...new Set(wordsOf(text).slice(0, MAX_SOUGHT).map(cut)),
];

/**
 * A token for the value of a field as a whole, for whoever asks whether it is there already. Nothing that somebody types
 * into a search is one: words hold letters and digits only.
 */
export const exactToken = (field: string, value: string): string => `=${field}:${foldedName(value)}`;

const wordsIn = (texts: readonly (string | undefined)[]): readonly string[] =>
  [...new Set(texts.flatMap((text) => (text === undefined ? [] : wordsOf(text))))].slice(0, MAX_WORDS);

const cut = (word: string): string => (word.length <= LONGEST ? word : Array.from(word).slice(0, LONGEST).join(''));
