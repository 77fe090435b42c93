import assert from 'node:assert/strict';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { masterKeyFor } from '../../src/platform/vault/master-key.js';
import { openSqliteVault } from '../../src/platform/vault/sqlite/sqlite-vault.js';
import { SubjectErased, type Vault, VaultUnavailable } from '../../src/platform/vault/vault.port.js';
import type { Acknowledge, Life } from './life.js';

/** A step of the life that was answered: its number, and what it answered, as text. */
export interface AcknowledgedStep {
  readonly step: number;
  readonly answer: string;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const phc = (version: string): string => `$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$${version}`;

const key =
  (organisation: string, subject: string) =>
  async (vault: Vault): Promise<string> =>
    vault.subjectKeyForWriting(organisation, subject).then(
      (made) => hex(made.key),
      (error: unknown) => {
        if (error instanceof SubjectErased) return 'erased';
        throw error;
      },
    );

/** Groups of steps that are asked for at once, per opening of the vault; each may be repeated and then answers the same. */
const SESSIONS: readonly (readonly (readonly ((vault: Vault) => Promise<string>)[])[])[] = [
  [
    [key('o', 's1')],
    [key('o', 's2'), key('o', 's3'), key('', 's1'), async (vault) => hex(await vault.secret('idempotency'))],
    [async (vault) => vault.putCredential('p', 'v1', phc('v1')).then(() => 'put')],
    [async (vault) => vault.destroySubjectKey('o', 's2').then(() => 'destroyed')],
    [async (vault) => vault.putCredential('p', 'v2', phc('v2')).then(() => 'put')],
  ],
  [[key('o', 's4')], [async (vault) => vault.dropCredentials('p', 'v1').then(() => 'dropped')]],
];
const STEPS = SESSIONS.flat(2);
/** Header, header of a frame, page. */
const WAL_OF_ONE_PAGE = 32 + 24 + 4096;
const [S2, DESTROY, PUT_V1, PUT_V2, DROP_V1] = [1, 6, 5, 7, 9];

async function open(folder: string): Promise<Vault> {
  mkdirSync(folder, { recursive: true });
  const { key: masterKey } = await masterKeyFor(folder, undefined);
  return openSqliteVault({ folder, masterKey, now: () => 0 });
}

export async function liveOfVault(folder: string, acknowledge: Acknowledge, tries: number): Promise<void> {
  let step = 0;
  for (const session of SESSIONS) {
    const vault = await persistently(() => open(folder), tries);
    try {
      for (const group of session) {
        const asked = group.map(async (run) => {
          const number = step++;
          const answer = await persistently(() => run(vault), tries);
          acknowledge({ step: number, answer } satisfies AcknowledgedStep);
        });
        await Promise.all(asked);
      }
    } finally {
      await vault.close();
    }
  }
}

/** A fault that strikes once is over at the second attempt. */
async function persistently<T>(attempt: () => Promise<T>, tries: number): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isPromised(error) || failures === tries) throw error;
    }
  }
}

/** The vault's own error; the file of the master key fails as files do. */
const isPromised = (error: unknown): boolean =>
  error instanceof VaultUnavailable ||
  ['EIO', 'ENOSPC', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '');

/**
 * What must hold after a life that ended anywhere: what was promised is there with the same bytes, what was destroyed or
 * dropped is gone, and asking for all of it again answers the same.
 */
export async function assertVault(folder: string, acknowledged: readonly AcknowledgedStep[]): Promise<void> {
  const answers = new Map(acknowledged.map(({ step, answer }) => [step, answer]));
  const vault = await open(folder);
  try {
    // What a crash left may be readable and yet not on disk, and may hold what was to be destroyed: opening moves it into
    // the database. A new vault then puts in one page, which tells the master key.
    assert(statSync(join(folder, 'vault.db-wal')).size <= WAL_OF_ONE_PAGE, 'the WAL was not moved into the database');
    const destroyed = (await vault.subjectKey('o', 's2')) === 'erased';
    if (answers.has(DESTROY)) assert(destroyed, 'a destroyed key is back');
    assert.equal((await vault.erasures()).length, destroyed ? 1 : 0, 'the register is not what was destroyed');
    for (const [put, version] of [
      [PUT_V1, 'v1'],
      [PUT_V2, 'v2'],
    ] as const) {
      const found = await vault.credential('p', version);
      assert(found === undefined || found === phc(version), 'a credential is another one');
      const mayBeGone = version === 'v1' && answers.has(PUT_V2);
      if (answers.has(put) && !mayBeGone) assert.equal(found, phc(version), `credential ${version} is lost`);
      if (version === 'v1' && answers.has(DROP_V1)) assert.equal(found, undefined, 'a dropped credential is back');
    }
    for (const [step, run] of STEPS.entries()) {
      const before = answers.get(step);
      const again = await run(vault);
      if (step === S2 && destroyed) assert.equal(again, 'erased');
      else if (before !== undefined) assert.equal(again, before, `step ${step} answers otherwise`);
    }
    assert.equal((await vault.erasures()).length, 1);
    assert.equal(await vault.credential('p', 'v1'), undefined);
    assert.equal(await vault.credential('p', 'v2'), phc('v2'));
  } finally {
    await vault.close();
  }
}

export const vaultLife: Life = {
  live: liveOfVault,
  look: (folder, acknowledged) => assertVault(folder, acknowledged as AcknowledgedStep[]),
};
