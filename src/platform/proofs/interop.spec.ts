import { spawnSync } from 'node:child_process';
import { describeIf } from '../../../test/support/available.js';
import { goVerify } from '../../../test/support/go-verify.js';
import { CompactRange, consistencyProof, type Hash, inclusionProof, leafHash, rootOf } from './merkle.js';
import { signerOf } from './note.js';

const program = goVerify();
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** What the program is asked about a tree of `size` leaves, of which it is to find the leaf `index`. */
function claim(index: number, older: number, size: number) {
  const range = CompactRange.empty();
  const subtrees = new Map<string, Hash>();
  const leafOf = (number: number): Buffer => Buffer.from(`{"leaf":${number}}`);
  for (let number = 0; number < size; number++)
    for (const { level, index: at, hash } of range.append(leafHash(leafOf(number))))
      subtrees.set(`${level}/${at}`, hash);
  const subtree = (level: number, at: number): Hash => subtrees.get(`${level}/${at}`)!;
  const root = range.root();
  const origin = 'countersign/01999999-9999-7999-8999-999999999999';
  const signer = signerOf(origin, Buffer.alloc(32, 3));
  return {
    verifierKey: signer.verifierKey,
    note: signer.sign({ origin, size, root }),
    inclusion: {
      leaf: text(leafOf(index)),
      index,
      size,
      hashes: inclusionProof(index, size, subtree).map(text),
      root: text(root),
    },
    consistency: {
      from: older,
      to: size,
      fromRoot: text(rootOf(older, subtree)),
      toRoot: text(root),
      hashes: consistencyProof(older, size, subtree).map(text),
    },
  };
}

function confirm(claimed: unknown): string {
  const { stdout, stderr } = spawnSync((program as { readonly file: string }).file, [], {
    input: JSON.stringify(claimed),
    encoding: 'utf8',
  });
  return (stdout + stderr).trim();
}

describeIf(
  'file' in program,
  'missing' in program ? program.missing : '',
  'proofs, as the libraries of Go see them',
  () => {
    it.each([
      [0, 1, 1],
      [0, 1, 2],
      [6, 4, 7],
      [511, 512, 1000],
      [999, 333, 1000],
      [256, 999, 1000],
    ])('leaf %d, and from %d to %d leaves', (index, older, size) => {
      expect(confirm(claim(index, older, size))).toBe('confirmed');
    });

    it('do not hold where something is not as it was', () => {
      const { inclusion, consistency, note, verifierKey } = claim(6, 5, 11);
      const whole = { inclusion, consistency, note, verifierKey };
      expect(confirm({ ...whole, note: note.replace('\n11\n', '\n12\n') })).toMatch(/^note: /);
      expect(confirm({ ...whole, inclusion: { ...inclusion, index: 5 } })).toMatch(/^inclusion: /);
      expect(confirm({ ...whole, consistency: { ...consistency, fromRoot: text(Buffer.alloc(32)) } })).toMatch(
        /^consistency: /,
      );
    });
  },
);
