import { randomBytes } from 'node:crypto';
import {
  CredentialVersionTaken,
  SubjectErased,
  type SubjectKey,
  type Vault,
  type VaultReader,
  VaultUnreadable,
} from '../../src/platform/vault/vault.port.js';
import { describeIf } from '../support/available.js';

/** A place in the vault as an attacker with access to its storage sees it. */
export type StoredRow =
  | { readonly kind: 'subject-key'; readonly organisation: string; readonly subject: string }
  | { readonly kind: 'credential'; readonly account: string; readonly version: string }
  | { readonly kind: 'secret'; readonly name: string };

/** One vault on its own storage, and the hands of somebody who can reach that storage while no vault has it open. */
export interface VaultBed {
  open(masterKey: Uint8Array): Promise<Vault>;
  /** A reader as another thread opens it, while the vault is open. */
  openReader(masterKey: Uint8Array): Promise<VaultReader>;
  wrapped(row: StoredRow): Promise<Uint8Array>;
  overwrite(row: StoredRow, wrapped: Uint8Array): Promise<void>;
  /** Claims that a subject's key was erased, leaving the wrapped bytes as they are. */
  markErased(organisation: string, subject: string): Promise<void>;
  /** Everything at rest, as bytes. */
  atRest(): Promise<readonly Buffer[]>;
  destroy(): Promise<void>;
}

export interface VaultAdapter {
  readonly name: string;
  /** Why the suite cannot run here, in plain words. */
  readonly skipReason?: string | undefined;
  bed(): Promise<VaultBed>;
}

/** What every adapter of the vault port does. */
export function describeVault(adapter: VaultAdapter): void {
  describeIf(adapter.skipReason === undefined, adapter.skipReason ?? '', `vault: ${adapter.name}`, () => {
    const masterKey = randomBytes(32);
    let bed: VaultBed;
    let vault: Vault;

    beforeEach(async () => {
      bed = await adapter.bed();
      vault = await bed.open(masterKey);
    });
    afterEach(async () => {
      await vault.close();
      await bed.destroy();
    });
    const reopen = async (): Promise<void> => {
      await vault.close();
      vault = await bed.open(masterKey);
    };
    const keyOf = async (organisation: string, subject: string, of: VaultReader = vault): Promise<string> =>
      hex(await of.subjectKey(organisation, subject));

    describe('subject keys', () => {
      it('are made when first needed for writing, 32 bytes, and stay the same, also after reopening', async () => {
        expect(await vault.subjectKey('org', 'ann')).toBeUndefined();
        const { key } = await vault.subjectKeyForWriting('org', 'ann');
        expect(key).toHaveLength(32);
        expect(hex(await vault.subjectKeyForWriting('org', 'ann'))).toBe(hex({ key }));
        expect(await keyOf('org', 'ann')).toBe(hex({ key }));
        await reopen();
        expect(await keyOf('org', 'ann')).toBe(hex({ key }));
        expect(hex(await vault.subjectKeyForWriting('org', 'ann'))).toBe(hex({ key }));
      });

      it('are one for each subject in each organisation', async () => {
        const pairs = [
          ['org', 'ann'],
          ['org', 'bob'],
          ['gro', 'ann'],
          ['', 'ann'],
          ['orga', 'nn'],
          ['org', 'document:ann'],
        ] as const;
        const keys = await Promise.all(
          pairs.map(([organisation, subject]) => vault.subjectKeyForWriting(organisation, subject)),
        );
        expect(new Set(keys.map(hex)).size).toBe(pairs.length);
      });

      it('asked for by many at once, a subject has one key, and it is the durable one', async () => {
        const keys = await Promise.all(Array.from({ length: 50 }, () => vault.subjectKeyForWriting('org', 'ann')));
        expect(new Set(keys.map(hex)).size).toBe(1);
        await reopen();
        expect(await keyOf('org', 'ann')).toBe(hex(keys[0]));
      });

      it('a thousand at once are all there', async () => {
        const names = Array.from({ length: 1000 }, (_, i) => `s${i}`);
        const keys = await Promise.all(names.map((subject) => vault.subjectKeyForWriting('org', subject)));
        await reopen();
        const found = await Promise.all(names.map((subject) => keyOf('org', subject)));
        expect(found).toEqual(keys.map(hex));
        expect(new Set(found).size).toBe(1000);
      });
    });

    describe('erasure', () => {
      it('destroys a key for good', async () => {
        await vault.subjectKeyForWriting('org', 'ann');
        const other = await vault.subjectKeyForWriting('other', 'ann');
        await vault.destroySubjectKey('org', 'ann');
        for (const round of ['at once', 'reopened']) {
          expect([round, await vault.subjectKey('org', 'ann')]).toEqual([round, 'erased']);
          await expect(vault.subjectKeyForWriting('org', 'ann')).rejects.toBeInstanceOf(SubjectErased);
          expect(await keyOf('other', 'ann')).toBe(hex(other));
          await reopen();
        }
      });

      it('is recorded also where there was no key, so that a register can be applied to a restored vault', async () => {
        await vault.destroySubjectKey('org', 'never');
        expect(await vault.subjectKey('org', 'never')).toBe('erased');
        await expect(vault.subjectKeyForWriting('org', 'never')).rejects.toBeInstanceOf(SubjectErased);
      });

      it('keeps a register, oldest first, in which a repeated erasure stands once', async () => {
        await vault.destroySubjectKey('org', 'ann');
        await vault.destroySubjectKey('', 'bob');
        await vault.destroySubjectKey('org', 'ann');
        await reopen();
        const register = await vault.erasures();
        expect(register.map(({ organisation, subject }) => [organisation, subject])).toEqual([
          ['org', 'ann'],
          ['', 'bob'],
        ]);
        expect(register[0]?.erasedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      });

      it('wins over keys that are being made meanwhile: nothing usable is left', async () => {
        await Promise.allSettled([
          vault.subjectKeyForWriting('org', 'ann'),
          vault.destroySubjectKey('org', 'ann'),
          vault.subjectKeyForWriting('org', 'ann'),
        ]);
        expect(await vault.subjectKey('org', 'ann')).toBe('erased');
        await reopen();
        expect(await vault.subjectKey('org', 'ann')).toBe('erased');
      });

      it('leaves nothing of the wrapped key at rest', async () => {
        await Promise.all(Array.from({ length: 300 }, (_, i) => vault.subjectKeyForWriting('org', `s${i}`)));
        await reopen();
        const wrapped = await Promise.all(
          Array.from({ length: 100 }, (_, i) =>
            bed.wrapped({ kind: 'subject-key', organisation: 'org', subject: `s${i * 3}` }),
          ),
        );
        const count = async (): Promise<number> => {
          const files = await bed.atRest();
          return wrapped.filter((bytes) => files.some((file) => file.includes(Buffer.from(bytes.subarray(13))))).length;
        };
        expect(await count()).toBe(100);
        for (let i = 0; i < 100; i++) await vault.destroySubjectKey('org', `s${i * 3}`);
        expect(await count()).toBe(0);
      });
    });

    describe('a reader beside it', () => {
      it('finds a key as soon as it is durable, and none that was destroyed', async () => {
        const reader = await bed.openReader(masterKey);
        try {
          for (let i = 0; i < 50; i++) {
            expect(await reader.subjectKey('org', `s${i}`)).toBeUndefined();
            const key = await vault.subjectKeyForWriting('org', `s${i}`);
            expect(await keyOf('org', `s${i}`, reader)).toBe(hex(key));
            // Again, from its memory.
            expect(await keyOf('org', `s${i}`, reader)).toBe(hex(key));
            if (i % 2 === 0) await vault.destroySubjectKey('org', `s${i}`);
            expect(await reader.subjectKey('org', `s${i}`)).toEqual(i % 2 === 0 ? 'erased' : key);
          }
        } finally {
          await reader.close();
        }
      });

      it('takes the right master key', async () => {
        await expect(bed.openReader(randomBytes(32))).rejects.toBeInstanceOf(VaultUnreadable);
      });
    });

    describe('credentials', () => {
      it('are kept by account and version, also after reopening', async () => {
        await vault.putCredential('a', '1', '$argon2id$one');
        await vault.putCredential('a', '2', '$argon2id$two');
        await vault.putCredential('b', '1', '$argon2id$ünï');
        await reopen();
        expect(await vault.credential('a', '1')).toBe('$argon2id$one');
        expect(await vault.credential('a', '2')).toBe('$argon2id$two');
        expect(await vault.credential('b', '1')).toBe('$argon2id$ünï');
        expect(await vault.credential('a', '3')).toBeUndefined();
        expect(await vault.credential('c', '1')).toBeUndefined();
      });

      it('never change: the same again is fine, another one is refused', async () => {
        await vault.putCredential('a', '1', 'one');
        await vault.putCredential('a', '1', 'one');
        await expect(vault.putCredential('a', '1', 'two')).rejects.toBeInstanceOf(CredentialVersionTaken);
        expect(await vault.credential('a', '1')).toBe('one');
      });

      it('are dropped, one or all, of one account', async () => {
        for (const version of ['1', '2', '3']) await vault.putCredential('a', version, version);
        await vault.putCredential('b', '1', 'b');
        await vault.dropCredentials('a', '2');
        expect(await Promise.all(['1', '2', '3'].map((version) => vault.credential('a', version)))).toEqual([
          '1',
          undefined,
          '3',
        ]);
        await vault.dropCredentials('a', 'never there');
        await vault.dropCredentials('a');
        await reopen();
        expect(await Promise.all(['1', '3'].map((version) => vault.credential('a', version)))).toEqual([
          undefined,
          undefined,
        ]);
        expect(await vault.credential('b', '1')).toBe('b');
      });
    });

    describe('secrets', () => {
      it('are made on first use, 32 bytes each, and stay', async () => {
        const [one, two] = await Promise.all([vault.secret('one'), vault.secret('two')]);
        const again = await Promise.all(Array.from({ length: 10 }, () => vault.secret('one')));
        expect(one).toHaveLength(32);
        expect(bytes(one)).not.toBe(bytes(two));
        expect(new Set(again.map(bytes))).toEqual(new Set([bytes(one)]));
        await reopen();
        expect(bytes(await vault.secret('one'))).toBe(bytes(one));
      });

      it('are not changed by whoever writes into what was handed out', async () => {
        const one = await vault.secret('one');
        const before = bytes(one);
        one.fill(0);
        expect(bytes(await vault.secret('one'))).toBe(before);
      });
    });

    describe('at rest', () => {
      it('opens with its master key only, and says so in one sentence', async () => {
        await vault.close();
        const opening = bed.open(randomBytes(32));
        await expect(opening).rejects.toBeInstanceOf(VaultUnreadable);
        await expect(opening).rejects.toThrow(/^[^\n]*master key[^\n]*$/);
        vault = await bed.open(masterKey);
      });

      it('holds nothing in plain text', async () => {
        const { key } = await vault.subjectKeyForWriting('org', 'ann');
        const secret = await vault.secret('signing');
        await vault.putCredential('a', '1', '$argon2id$v=19$plain-as-day');
        for (const round of ['open', 'closed']) {
          const files = await bed.atRest();
          expect(files.length).toBeGreaterThan(0);
          expect(files.some((file) => file.includes('signing'))).toBe(true);
          for (const plain of [
            Buffer.from(key),
            Buffer.from(secret),
            Buffer.from(masterKey),
            Buffer.from('plain-as-day'),
          ]) {
            expect([round, files.some((file) => file.includes(plain))]).toEqual([round, false]);
          }
          if (round === 'open') await vault.close();
        }
        vault = await bed.open(masterKey);
      });

      const rows = {
        ann: { kind: 'subject-key', organisation: 'org', subject: 'ann' },
        bob: { kind: 'subject-key', organisation: 'org', subject: 'bob' },
        elsewhere: { kind: 'subject-key', organisation: 'gro', subject: 'ann' },
        password: { kind: 'credential', account: 'a', version: '1' },
        secret: { kind: 'secret', name: 's' },
      } as const satisfies Record<string, StoredRow>;
      const read = (row: StoredRow): Promise<unknown> => {
        switch (row.kind) {
          case 'subject-key':
            return vault.subjectKey(row.organisation, row.subject);
          case 'credential':
            return vault.credential(row.account, row.version);
          case 'secret':
            return vault.secret(row.name);
        }
      };
      const fill = async (): Promise<void> => {
        await vault.subjectKeyForWriting('org', 'ann');
        await vault.subjectKeyForWriting('org', 'bob');
        await vault.subjectKeyForWriting('gro', 'ann');
        await vault.putCredential('a', '1', 'a credential of this length......');
        await vault.secret('s');
        await vault.close();
      };

      it.each(Object.entries(rows))('tells that a row was altered: %s', async (_name, row) => {
        await fill();
        const altered = Buffer.from(await bed.wrapped(row));
        altered[altered.length - 20]! ^= 1;
        await bed.overwrite(row, altered);
        vault = await bed.open(masterKey);
        await expect(read(row)).rejects.toBeInstanceOf(VaultUnreadable);
        if (row.kind === 'subject-key') {
          await expect(vault.subjectKeyForWriting(row.organisation, row.subject)).rejects.toBeInstanceOf(
            VaultUnreadable,
          );
        }
      });

      it.each([
        ['another subject', rows.ann, rows.bob],
        ['another organisation', rows.ann, rows.elsewhere],
        ['another table', rows.ann, rows.secret],
        ['a credential', rows.password, rows.secret],
      ])('tells that a row was put in the place of another: %s', async (_name, one, other) => {
        await fill();
        const [wrappedOne, wrappedOther] = [await bed.wrapped(one), await bed.wrapped(other)];
        await bed.overwrite(one, wrappedOther);
        await bed.overwrite(other, wrappedOne);
        vault = await bed.open(masterKey);
        await expect(read(one)).rejects.toBeInstanceOf(VaultUnreadable);
        await expect(read(other)).rejects.toBeInstanceOf(VaultUnreadable);
      });

      it('tells a forged erasure from a real one', async () => {
        await fill();
        await bed.markErased('org', 'ann');
        vault = await bed.open(masterKey);
        await expect(vault.subjectKey('org', 'ann')).rejects.toBeInstanceOf(VaultUnreadable);
      });
    });

    it('answers nothing after it was closed, and closes twice', async () => {
      await vault.close();
      await expect(vault.subjectKeyForWriting('org', 'ann')).rejects.toMatchObject({ name: 'VaultUnavailable' });
      await expect(vault.subjectKey('org', 'ann')).rejects.toMatchObject({ name: 'VaultUnavailable' });
      await expect(vault.secret('s')).rejects.toMatchObject({ name: 'VaultUnavailable' });
      await vault.close();
    });

    it('finishes what was asked for before it closes', async () => {
      const making = Array.from({ length: 100 }, (_, i) => vault.subjectKeyForWriting('org', `s${i}`));
      await Promise.all([vault.close(), ...making]);
      vault = await bed.open(masterKey);
      expect(await keyOf('org', 's99')).toBe(hex(await making[99]!));
    });
  });
}

function hex(key: SubjectKey | 'erased' | undefined): string {
  return typeof key === 'object' ? bytes(key.key) : String(key);
}

function bytes(of: Uint8Array): string {
  return Buffer.from(of).toString('hex');
}
