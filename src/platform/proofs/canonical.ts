import canonicalize from 'canonicalize';
import type { StoredEvent } from '../event-store/event-store.port.js';

/** What a leaf of the tree says of an event: all of it as stored, personal fields as ciphertext, but where it stands in one store. */
export type Leaf = Pick<
  StoredEvent,
  'id' | 'type' | 'stream' | 'revision' | 'recordedAt' | 'schemaVersion' | 'data' | 'metadata'
>;

/** The leaf of an event as text: RFC 8785 (JSON Canonicalization Scheme). The tree hashes its UTF-8 bytes. */
export function leafText(event: Leaf): string {
  const { id, type, stream, revision, recordedAt, schemaVersion, data, metadata } = event;
  return canonicalText({ id, type, stream, revision, recordedAt, schemaVersion, data, metadata });
}

/**
 * The canonical form of what JSON can say. `JSON.stringify` writes numbers and texts as RFC 8785 wants them and is many times
 * faster, so it does the work wherever the order of the keys is all that has to be seen to.
 *
 * @throws Error for what JSON cannot say, lone surrogates included
 */
export function canonicalText(value: unknown): string {
  const sorted = inOrder(value);
  const text = sorted === UNUSUAL ? canonicalize(value) : JSON.stringify(sorted);
  if (text === undefined || holdsLoneSurrogate(text)) throw new Error('This has no canonical form');
  return text;
}

/** Whether a text is the canonical form of what it was parsed to. */
export function isCanonical(text: string, parsed: unknown): boolean {
  // What `JSON.stringify` does not reproduce, such as a key that is a number, is left to the slower way.
  const written = isInOrder(parsed) ? JSON.stringify(parsed) : undefined;
  return (written === text || canonicalize(parsed) === text) && !holdsLoneSurrogate(text);
}

/** Stands for what `JSON.stringify` would write in another way than the standard. */
const UNUSUAL = Symbol('unusual');
/** Objects give out keys that are numbers first, whatever the order they were set in. */
const LIKE_A_NUMBER = /^\d/;

/** `JSON.stringify` escapes lone surrogates and nothing else of that range; before the escape stands no half of another one. */
const holdsLoneSurrogate = (json: string): boolean => json.includes('\\ud') && /(?<!\\)(?:\\\\)*\\ud/.test(json);

/** A copy whose keys are sorted by UTF-16 code units, as a plain sort does. */
function inOrder(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : UNUSUAL;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(inOrder);
    return items.includes(UNUSUAL) ? UNUSUAL : items;
  }
  if ('toJSON' in value) return UNUSUAL;
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort()) {
    if (LIKE_A_NUMBER.test(key) || key === '__proto__') return UNUSUAL;
    const member = inOrder((value as Record<string, unknown>)[key]);
    if (member === UNUSUAL) return UNUSUAL;
    sorted[key] = member;
  }
  return sorted;
}

function isInOrder(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isInOrder);
  let before: string | undefined;
  for (const key of Object.keys(value)) {
    if (before !== undefined && key < before) return false;
    before = key;
    if (!isInOrder((value as Record<string, unknown>)[key])) return false;
  }
  return true;
}
