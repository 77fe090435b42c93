/** Control characters with all line breaks, and what turns the direction of the text behind it (Unicode TR 36, 2.5). */
const UNWANTED = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/**
 * Somebody's name or title as a part of a mail: on one line, without control characters, at most `limit` characters long.
 * A hostile name can add no header, and no line with a link of its own.
 */
export function singleLine(text: string, limit = 200): string {
  const line = text.toWellFormed().replace(UNWANTED, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= limit ? line : `${characters.slice(0, limit - 1).join('')}…`;
}
