import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import { invalid } from '../../kernel/refusal.js';

/** The name of the seal's key among the vault's secrets. */
export const SEAL_SECRET = 'http-seal';

const IV_BYTES = 16;
const MAX_SEALED = 4096;

/**
 * Turns positions and cursors into opaque text for clients and back, because their plain form counts what other tenants
 * do and holds sort keys.
 *
 * Deterministic authenticated encryption, as SIV (RFC 5297) does it, of standard parts: the HMAC-SHA256 of purpose,
 * organisation and text, cut to 128 bits, is both the tag and the IV of AES-256-CTR. So the same position always reads
 * the same, and a repeated command can be answered word for word.
 */
export class Seal {
  private readonly macKey: KeyObject;
  private readonly cipherKey: KeyObject;

  /** @param secret 32 random bytes that outlive the process, else no client's text can be opened after a restart. */
  constructor(secret: Uint8Array) {
    this.macKey = derive(secret, 'mac');
    this.cipherKey = derive(secret, 'cipher');
  }

  /** A position as clients see it. It opens everywhere: a client that works in several organisations has one log to follow. */
  position(position: string): string {
    return this.seal('position', position);
  }

  /** The position in a text of a client; undefined where it is none of ours. */
  openPosition(text: string): string | undefined {
    return this.open('position', text);
  }

  /** A cursor of a list, which opens only for the same list in the same organisation. */
  cursor(cursor: string, list: string, organisation: string): string {
    return this.seal(`cursor|${list}|${organisation}`, cursor);
  }

  openCursor(text: string, list: string, organisation: string): string | undefined {
    return this.open(`cursor|${list}|${organisation}`, text);
  }

  /**
   * The cursor after which a client asks for a page; undefined for the first one.
   *
   * @throws Refusal validation-failed for a cursor of another list or organisation
   */
  after(text: string | undefined, list: string, organisation: string): string | undefined {
    const cursor = text === undefined ? undefined : this.openCursor(text, list, organisation);
    if (text !== undefined && cursor === undefined) throw invalid('after', 'is not a cursor of this list');
    return cursor;
  }

  private seal(purpose: string, text: string): string {
    const plain = Buffer.from(text, 'utf8');
    const iv = this.mac(purpose, plain);
    const cipher = createCipheriv('aes-256-ctr', this.cipherKey, iv);
    return Buffer.concat([iv, cipher.update(plain)]).toString('base64url');
  }

  private open(purpose: string, text: string): string | undefined {
    if (text.length > MAX_SEALED || !/^[\w-]+$/.test(text)) return undefined;
    const sealed = Buffer.from(text, 'base64url');
    // Base64 has several spellings of the same bytes; only ours counts.
    if (sealed.length < IV_BYTES || sealed.toString('base64url') !== text) return undefined;
    const iv = sealed.subarray(0, IV_BYTES);
    const plain = createDecipheriv('aes-256-ctr', this.cipherKey, iv).update(sealed.subarray(IV_BYTES));
    return timingSafeEqual(this.mac(purpose, plain), iv) ? plain.toString('utf8') : undefined;
  }

  private mac(purpose: string, plain: Uint8Array): Buffer {
    const length = Buffer.byteLength(purpose);
    return createHmac('sha256', this.macKey)
      .update(`${length}|${purpose}`)
      .update(plain)
      .digest()
      .subarray(0, IV_BYTES);
  }
}

const derive = (secret: Uint8Array, purpose: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', `countersign seal ${purpose}`, 32)));
