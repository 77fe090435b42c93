import { leafHash } from './merkle.js';
import { NoteRejected, openNote, readNote, signerOf, type TreeHead } from './note.js';

const ORIGIN = 'countersign/01999999-9999-7999-8999-999999999999';
const SEED = Buffer.alloc(32, 7);
const HEAD: TreeHead = { origin: ORIGIN, size: 4, root: leafHash(Buffer.from('x')) };

describe('a signed checkpoint', () => {
  const signer = signerOf(ORIGIN, SEED);
  const note = signer.sign(HEAD);

  it('has the form of c2sp.org/tlog-checkpoint', () => {
    const [origin, size, root, gap, signature, end] = note.split('\n');
    expect([origin, size, gap, end]).toEqual([ORIGIN, '4', '', '']);
    expect(root).toBe(Buffer.from(HEAD.root).toString('base64'));
    expect(signature).toMatch(/^\u2014 countersign\/[0-9a-f-]{36} [A-Za-z0-9+/]{91}=$/);
    expect(signer.verifierKey).toMatch(/^countersign\/[0-9a-f-]{36}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/);
  });

  it('opens by its key, and says the same every time', () => {
    expect(openNote(note, signer.verifierKey)).toEqual({ ...HEAD, root: Buffer.from(HEAD.root) });
    expect(readNote(note).size).toBe(4);
    expect(signerOf(ORIGIN, SEED).sign(HEAD)).toBe(note);
  });

  /** The example of c2sp.org/signed-note; its key is public. */
  it('reads a verifier key of another implementation', () => {
    const peter = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    const text =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const signed = `${text}\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;
    // Its signature is right, so what is refused is that this is no checkpoint.
    expect(() => openNote(signed, peter)).toThrow('is not made of origin, size and root');
    expect(() => openNote(signed.replace('answer', 'question'), peter)).toThrow('does not fit its text');
  });

  it('is rejected where anything was changed', () => {
    const other = signerOf(ORIGIN, Buffer.alloc(32, 8));
    const elsewhere = signerOf('countersign/elsewhere', SEED);
    const changed = [
      note.replace('\n4\n', '\n5\n'),
      note.replace(ORIGIN, 'countersign/elsewhere'),
      note.slice(0, -1),
      note.replace('\n\n', '\n'),
      `${note}\u2014 x y z\n`,
      note.replace('\n4\n', '\n04\n'),
      elsewhere.sign(HEAD),
      other.sign(HEAD),
      '',
    ];
    for (const text of changed) expect(() => openNote(text, signer.verifierKey)).toThrow(NoteRejected);
    expect(() => openNote(note, other.verifierKey)).toThrow('is not signed by this key');
    for (const key of ['', 'x', signer.verifierKey.replace(/\+[0-9a-f]{8}\+/, '+00000000+')])
      expect(() => openNote(note, key)).toThrow(NoteRejected);
    // One whose key signs for another log.
    expect(() => openNote(elsewhere.sign(HEAD), elsewhere.verifierKey)).toThrow('is of another log');
  });

  it('may bear signatures of others', () => {
    const witnessed = `${note}\u2014 witness ${Buffer.alloc(68, 1).toString('base64')}\n`;
    expect(openNote(witnessed, signer.verifierKey).size).toBe(4);
  });
});
