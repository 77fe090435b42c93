import { createCipheriv, createDecipheriv } from 'node:crypto';
import { randomBytes } from './random.js';

const CIPHER = 'aes-256-gcm';
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a box adds to its content: version, nonce and tag, in bytes. */
export const BOX_OVERHEAD = 1 + NONCE_BYTES + TAG_BYTES;

/** The box was altered, is of something else, or was sealed under another key. */
export class NotAuthentic extends Error {
  override readonly name = 'NotAuthentic';
}

/**
 * Encrypts and authenticates: `version (1) | nonce (12) | ciphertext | tag (16)`, AES-256-GCM (NIST SP 800-38D) with a
 * random nonce, which is good for 2^32 boxes a key.
 *
 * @param key 32 bytes
 * @param what says what the box is (additional authenticated data): it opens only as the same
 */
export function sealBox(key: Uint8Array, what: string, content: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(what));
  const ciphertext = cipher.update(content);
  cipher.final();
  const box = Buffer.allocUnsafe(BOX_OVERHEAD + ciphertext.length);
  box[0] = VERSION;
  box.set(nonce, 1);
  box.set(ciphertext, 1 + NONCE_BYTES);
  box.set(cipher.getAuthTag(), 1 + NONCE_BYTES + ciphertext.length);
  return box;
}

/** The content of a box. Never returns what it could not authenticate. @throws NotAuthentic */
export function openBox(key: Uint8Array, what: string, box: Uint8Array): Buffer {
  if (box.length < BOX_OVERHEAD || box[0] !== VERSION) throw new NotAuthentic('not a box of a known version');
  const decipher = createDecipheriv(CIPHER, key, box.subarray(1, 1 + NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(what));
  decipher.setAuthTag(box.subarray(box.length - TAG_BYTES));
  const content = decipher.update(box.subarray(1 + NONCE_BYTES, box.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    // The unauthenticated bytes are in `content`: nobody may see them.
    content.fill(0);
    throw new NotAuthentic('altered, of something else, or under another key');
  }
  return content;
}
