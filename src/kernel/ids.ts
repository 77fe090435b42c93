/** Canonical lower-case UUID of any version (RFC 9562). */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isUuid = (text: string): boolean => UUID.test(text);

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Text of a UUID from 16 bytes, whose version and variant bits are set here (RFC 9562). The bytes are overwritten. */
export function uuidFromBytes(bytes: Uint8Array, version: 7 | 8): string {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  let text = '';
  for (let i = 0; i < 16; i++) {
    text += HEX[bytes[i]!]!;
    if (i === 3 || i === 5 || i === 7 || i === 9) text += '-';
  }
  return text;
}

/** UUIDv7 (RFC 9562 5.7) of an instant in milliseconds and 10 random bytes. */
export function uuidv7(milliseconds: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16);
  for (let i = 5, rest = milliseconds; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  bytes.set(random.subarray(0, 10), 6);
  return uuidFromBytes(bytes, 7);
}
