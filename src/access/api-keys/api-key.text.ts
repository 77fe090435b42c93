import { hash, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { isUuid } from '../../kernel/ids.js';
import { randomBytes } from '../../platform/random.js';

/** Whose key it is: the organisation, and the key in it. */
export interface KeyRef {
  readonly organisation: string;
  readonly id: string;
}

/** A new key. The text is a secret: it is answered once, and neither logged nor kept. */
export interface NewKeyText {
  readonly text: string;
  readonly hash: string;
  readonly hint: string;
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = 62n;
/** By this those who scan repositories and logs for secrets know one of ours. */
const PREFIX = 'csk_';
/** What 16 bytes, 32 bytes and a CRC-32 take in base 62. */
const ID_DIGITS = 22;
const SECRET_BYTES = 32;
const SECRET_DIGITS = 43;
const CHECK_DIGITS = 6;
const HINT_DIGITS = 4;

const FORM = new RegExp(
  `^${PREFIX}([0-9A-Za-z]{${ID_DIGITS}})([0-9A-Za-z]{${ID_DIGITS}})[0-9A-Za-z]{${SECRET_DIGITS}}([0-9A-Za-z]{${CHECK_DIGITS}})$`,
);

export const looksLikeKey = (bearer: string): boolean => bearer.startsWith(PREFIX);

/**
 * `csk_`, then in base 62: organisation, key, 256 random bits, and a CRC-32 of all before it, as in GitHub's tokens. So one that
 * was cut off or misspelt is known for that without asking anybody, and so is a text that only looks like a key.
 */
export function newKeyText({ organisation, id }: KeyRef): NewKeyText {
  const secret = base62(BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`), SECRET_DIGITS);
  const body = `${PREFIX}${idDigits(organisation)}${idDigits(id)}${secret}`;
  const text = `${body}${checkOf(body)}`;
  // Its end is of the checksum, which tells 24 bits of 256 at most.
  const hint = `${PREFIX}…${text.slice(-HINT_DIGITS)}`;
  return { text, hash: digestOf(text).toString('base64url'), hint };
}

/** Which key a text claims to be; undefined for anything that was not made by `newKeyText`. */
export function keyRefOf(text: string): KeyRef | undefined {
  const [, organisation, id, check] = FORM.exec(text) ?? [];
  if (organisation === undefined || id === undefined) return undefined;
  if (check !== checkOf(text.slice(0, -CHECK_DIGITS))) return undefined;
  const ref = { organisation: idFrom(organisation), id: idFrom(id) };
  return isUuid(ref.organisation) && isUuid(ref.id) ? ref : undefined;
}

/** The same work whatever the key, and for none at all: `hash` is undefined where there is no such key. */
export function isKeyText(text: string, hash: string | undefined): boolean {
  const matches = timingSafeEqual(digestOf(text), Buffer.from(hash ?? NO_HASH, 'base64url'));
  return matches && hash !== undefined;
}

const digestOf = (text: string): Buffer => hash('sha256', text, 'buffer');
const NO_HASH = Buffer.alloc(32).toString('base64url');

function base62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest /= BASE) text = DIGITS[Number(rest % BASE)]! + text;
  return text;
}

function valueOf(digits: string): bigint {
  let value = 0n;
  for (const digit of digits) value = value * BASE + BigInt(DIGITS.indexOf(digit));
  return value;
}

const checkOf = (body: string): string => base62(BigInt(crc32(body)), CHECK_DIGITS);

const idDigits = (id: string): string => base62(BigInt(`0x${id.replaceAll('-', '')}`), ID_DIGITS);

const idFrom = (digits: string): string =>
  valueOf(digits)
    .toString(16)
    .padStart(32, '0')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
