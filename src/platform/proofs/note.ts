import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { Hash } from './merkle.js';

/** A signed tree head: what a checkpoint says. */
export interface TreeHead {
  /** Which log: `countersign/<organisation>`, which is also the name of the key. */
  readonly origin: string;
  /** Number of leaves. */
  readonly size: number;
  readonly root: Hash;
}

/** Whoever has it can check notes, and nothing else: `<name>+<key hash>+<base64>`. */
export type VerifierKey = string;

export interface Signer {
  readonly verifierKey: VerifierKey;
  /** The text of the signed note. */
  sign(head: TreeHead): string;
}

/** A text that is no signed checkpoint, or not one of this key. The message says what is wrong and quotes nothing. */
export class NoteRejected extends Error {
  override readonly name = 'NoteRejected';
}

const ED25519 = 1;
/** PKCS #8 and SPKI of Ed25519 (RFC 8410) up to the 32 bytes of the key. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DECIMAL = /^(?:0|[1-9]\d{0,15})$/;
const DASH = '\u2014';

/** Signs as `name` with the Ed25519 key of a seed (32 secret bytes). */
export function signerOf(name: string, seed: Uint8Array): Signer {
  const key = privateKeyOf(seed);
  const publicKey = rawPublicKey(key);
  const hash = keyHash(name, publicKey);
  return {
    verifierKey: verifierKeyOf(name, publicKey),
    sign(head) {
      const body = bodyOf(head);
      const signature = Buffer.concat([hash, sign(null, Buffer.from(body), key)]);
      return `${body}\n${DASH} ${name} ${signature.toString('base64')}\n`;
    },
  };
}

/** The verifier key of a raw public key (32 bytes) under a name. */
export const verifierKeyOf = (name: string, publicKey: Uint8Array): VerifierKey =>
  `${name}+${keyHash(name, publicKey).toString('hex')}+${Buffer.concat([Buffer.of(ED25519), publicKey]).toString('base64')}`;

/** The raw public key of a seed, 32 bytes. */
export const publicKeyOf = (seed: Uint8Array): Uint8Array => rawPublicKey(privateKeyOf(seed));

/**
 * What a signed note says, once the signature of this key on it is found to be right; signatures of other keys are passed
 * over (c2sp.org/signed-note, c2sp.org/tlog-checkpoint).
 *
 * @throws NoteRejected
 */
export function openNote(note: string, verifierKey: VerifierKey): TreeHead {
  const { name, hash, key } = parseVerifierKey(verifierKey);
  const { body, signatures } = parseNote(note);
  const own = signatures.filter((signature) => signature.name === name && signature.bytes.subarray(0, 4).equals(hash));
  if (own.length === 0) throw new NoteRejected('is not signed by this key');
  const text = Buffer.from(body);
  if (!own.every(({ bytes }) => bytes.length === 68 && verify(null, text, key, bytes.subarray(4))))
    throw new NoteRejected('has a signature that does not fit its text');
  const head = headOf(body);
  if (head.origin !== name) throw new NoteRejected('is of another log than its key');
  return head;
}

/** The same for a note that any of these keys may have signed. @throws NoteRejected what the last of them says */
export function openByAny(note: string, verifierKeys: readonly VerifierKey[]): TreeHead {
  let why: unknown = new NoteRejected('is not signed by this key');
  for (const key of verifierKeys) {
    try {
      return openNote(note, key);
    } catch (error) {
      why = error;
    }
  }
  throw why;
}

/** A note as it stands in a file of many: origin, size, root, an empty line, signatures. */
const NOTE = new RegExp(`[^\\s][^\\n]*\\n\\d+\\n[A-Za-z0-9+/=]+\\n\\n(?:${DASH} [^\\n]+\\n)+`, 'g');

/** The notes of a file with one or many of them, as a witness keeps them. @throws NoteRejected where there is something else in it */
export function notesIn(text: string): readonly string[] {
  // Saved out of a mail it may have other ends of lines, and none behind the last one.
  const lines = `${text.replaceAll('\r\n', '\n')}\n`;
  const notes = lines.match(NOTE) ?? [];
  if (notes.length === 0 || lines.replace(NOTE, '').trim() !== '')
    throw new NoteRejected('holds no signed notes, or something else besides');
  return notes;
}

/** The raw public key (32 bytes) in a verifier key. @throws NoteRejected */
export const publicKeyIn = (verifierKey: VerifierKey): Uint8Array => parseVerifierKey(verifierKey).raw;

/** What a note says, whoever signed it. @throws NoteRejected for what is no note of a checkpoint */
export const readNote = (note: string): TreeHead => headOf(parseNote(note).body);

const bodyOf = ({ origin, size, root }: TreeHead): string =>
  `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;

function headOf(body: string): TreeHead {
  // Further lines are extensions, which a reader may ignore; ours has none, and none is believed.
  const [origin, size, root, end, ...more] = body.split('\n');
  if (!origin || end !== '' || more.length > 0) throw new NoteRejected('is not made of origin, size and root');
  if (size === undefined || !DECIMAL.test(size)) throw new NoteRejected('has no tree size');
  const hash = base64(root);
  if (hash?.length !== 32) throw new NoteRejected('has no root hash');
  return { origin, size: Number(size), root: hash };
}

interface Signature {
  readonly name: string;
  readonly bytes: Buffer;
}

function parseNote(note: string): { readonly body: string; readonly signatures: readonly Signature[] } {
  const gap = note.lastIndexOf('\n\n');
  if (gap === -1 || !note.endsWith('\n')) throw new NoteRejected('is not a signed note');
  const lines = note.slice(gap + 2, -1).split('\n');
  const signatures = lines.map((line) => {
    const [dash, name, text, ...more] = line.split(' ');
    const bytes = base64(text);
    if (dash !== DASH || !name || bytes === undefined || bytes.length < 5 || more.length > 0)
      throw new NoteRejected('has a line that is no signature');
    return { name, bytes };
  });
  return { body: note.slice(0, gap + 1), signatures };
}

function parseVerifierKey(text: VerifierKey): {
  readonly name: string;
  readonly hash: Buffer;
  readonly raw: Uint8Array;
  readonly key: KeyObject;
} {
  const [name, hex, ...rest] = text.trim().split('+');
  // Base64 has plus signs of its own.
  const bytes = base64(rest.join('+'));
  if (!name || hex === undefined || bytes?.length !== 33 || bytes[0] !== ED25519)
    throw new NoteRejected('needs a verifier key of the form <name>+<hash>+<key>, of Ed25519');
  const raw = bytes.subarray(1);
  const hash = keyHash(name, raw);
  if (hash.toString('hex') !== hex) throw new NoteRejected('needs a verifier key whose hash fits it');
  const key = createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' });
  return { name, hash, raw, key };
}

/** c2sp.org/signed-note: the first four bytes of SHA-256 over name, newline, algorithm and key. */
const keyHash = (name: string, publicKey: Uint8Array): Buffer =>
  createHash('sha256').update(`${name}\n`).update(Uint8Array.of(ED25519)).update(publicKey).digest().subarray(0, 4);

const privateKeyOf = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });

const rawPublicKey = (key: KeyObject): Buffer =>
  createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);

const base64 = (text: string | undefined): Buffer | undefined =>
  text !== undefined && text !== '' && BASE64.test(text) ? Buffer.from(text, 'base64') : undefined;
