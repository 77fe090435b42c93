import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isUtf8 } from 'node:buffer';
import { invalid, Refusal } from '../../kernel/refusal.js';

/** Bodies of commands; uploads are streams and have no limit here. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** Objects and lists in each other. A grant in an invitation is four deep. */
export const MAX_DEPTH = 16;

/** The only two parsers: JSON, checked, and the raw stream for the routes that say so. The gate has judged the media type. */
export function registerBodyParsers(instance: FastifyInstance): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES },
    (request: FastifyRequest, body: Buffer, done) => {
      if (request.countersign === null) done(null, undefined);
      else done(null, parseBody(body, request.countersign.facts.takesBody));
    },
  );
  instance.addContentTypeParser('*', (request, payload, done) => {
    done(null, request.countersign?.facts.streams === undefined ? undefined : payload);
  });
}

/**
 * The object in a JSON body; `{}` for an empty one. Besides what is not JSON, what is refused is: text that is not UTF-8, keys
 * that reach for prototypes, NUL characters and lone surrogates in keys and texts (stores and hashes disagree about
 * them), depth, and anything but an object on the outside.
 *
 * @throws Refusal validation-failed
 */
export function parseBody(bytes: Buffer, takesBody = true): object {
  if (bytes.length === 0) return {};
  if (!isUtf8(bytes)) throw invalid('body', 'is not UTF-8');
  const text = bytes.toString('utf8');
  const depth = depthOf(text);
  if (depth > MAX_DEPTH) throw invalid('body', `is more than ${MAX_DEPTH} levels deep`);
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('body', 'must be a JSON object');
  if (SUSPECT.test(text) && !isCleanThroughout(value)) refuseUnclean(value, []);
  if (!takesBody) {
    const [field] = Object.keys(value);
    if (field !== undefined) throw invalid(field.slice(0, 100), 'is not a field of this request');
  }
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's message quotes the body.
    throw invalid('body', 'is not valid JSON');
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** How deep lists and objects stand in each other, before the text is parsed; a nanosecond a character. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const sign = text.charCodeAt(i);
    if (quoted) {
      if (sign === BACKSLASH) i++;
      else if (sign === QUOTE) quoted = false;
    } else if (sign === QUOTE) quoted = true;
    else if (sign === OPEN_OBJECT || sign === OPEN_LIST) deepest = Math.max(deepest, ++depth);
    else if (sign === CLOSE_OBJECT || sign === CLOSE_LIST) depth--;
  }
  return deepest;
}

/** Valid JSON can hold NUL characters, surrogates and disguised keys as escapes only, so most bodies need no second look. */
const SUSPECT = /\\u|"(?:__proto__|constructor|prototype)"/;
const UNCLEAN = /[\0\p{Cs}]/u;

const isForbidden = (key: string): boolean =>
  key === '__proto__' || key === 'constructor' || key === 'prototype' || UNCLEAN.test(key);

function isCleanThroughout(value: unknown): boolean {
  if (typeof value === 'string') return !UNCLEAN.test(value);
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isCleanThroughout);
  return Object.entries(value).every(([key, child]) => !isForbidden(key) && isCleanThroughout(child));
}

/** Only asked where something is unclean: says where. */
function refuseUnclean(value: unknown, path: readonly string[]): void {
  if (typeof value === 'string') {
    if (UNCLEAN.test(value)) throw invalid(path.join('.'), 'holds a NUL character or half a surrogate pair');
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value)) {
      if (UNCLEAN.test(key))
        throw invalid(
          path.join('.') || 'body',
          'has a field whose name holds a NUL character or half a surrogate pair',
        );
      if (isForbidden(key)) throw invalid([...path, key].join('.'), 'is not a field');
      refuseUnclean(child, [...path, key]);
    }
  }
}

/** The same for texts that did not come as JSON: query parameters. */
export const isUnclean = (text: string): boolean => UNCLEAN.test(text);

export const tooLarge = (): Refusal => new Refusal('too-large', `A body can have ${MAX_BODY_BYTES} bytes at most`);
