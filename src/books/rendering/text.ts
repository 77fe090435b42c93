/** What turns the direction of the text behind it, or cannot be seen (Unicode TR 36, 2.5): a document shows what it says. */
const INVISIBLE = /[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;

/** A text as it can be drawn: no control characters but line ends, no lone surrogates. */
export const printable = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029\u0085]/gu, '\n')
    .replace(/[^\P{Cc}\n]/gu, ' ')
    .replace(INVISIBLE, '')
    .normalize('NFC');

/** Width of a text in points. */
export type Measure = (text: string) => number;

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** A printable text in lines that are no wider than so many points; a word that is wider alone is broken where it must be. */
export function linesOf(text: string, width: number, measure: Measure): readonly string[] {
  return text.split('\n').flatMap((paragraph) => wrapped(paragraph.trimEnd(), width, measure));
}

function wrapped(paragraph: string, width: number, measure: Measure): readonly string[] {
  if (measure(paragraph) <= width) return [paragraph];
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(/(?<=[ \u3000])/u).flatMap((part) => pieces(part, width, measure))) {
    if (line !== '' && measure((line + word).trimEnd()) > width) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += word;
  }
  return [...lines, line.trimEnd()];
}

/** At least one character each, however narrow the column. Characters are measured one by one: together they are no wider. */
function pieces(word: string, width: number, measure: Measure): readonly string[] {
  if (measure(word.trimEnd()) <= width) return [word];
  const found: string[] = [];
  let piece = '';
  let reached = 0;
  for (const { segment } of segmenter.segment(word)) {
    const wide = measure(segment);
    if (piece !== '' && reached + wide > width) {
      found.push(piece);
      piece = '';
      reached = 0;
    }
    piece += segment;
    reached += wide;
  }
  return [...found, piece];
}
