import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { catalogues } from '../../catalogues.js';
import { startNotary } from '../../main.js';
import { readSettings } from '../../platform/config/settings.js';
import { originOf } from '../../platform/proofs/checkpoint.js';
import { type NoteRejected, openNote, signerOf } from '../../platform/proofs/note.js';
import type { Proofs } from '../../platform/proofs/proofs.module.js';
import { rotateSigningKey } from '../../platform/proofs/signing-key.js';
import { newId } from '../../platform/random.js';
import { openStores, type Stores } from '../../platform/stores/stores.module.js';
import { createLogger } from '../../platform/telemetry/logger.js';

const ORGANISATION = newId(0);

describe('a node whose signing key is rotated while it runs', () => {
  let folder: string;
  let stores: Stores;
  let proofs: Proofs;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-keys-'));
    const settings = readSettings({ DATA_DIR: folder });
    stores = await openStores(settings, catalogues);
    proofs = await startNotary(settings, stores, createLogger('silent'));
  });
  afterAll(async () => {
    await proofs.notary.close();
    proofs.trees.close();
    await stores.close();
    await rm(folder, { recursive: true, force: true });
  });

  const keyOf = async (generation: number): Promise<string> =>
    signerOf(originOf(ORGANISATION), await stores.vault.secret(`audit-signing-${generation}`)).verifierKey;

  async function happen(): Promise<string> {
    const id = newId(Date.now());
    const { position } = await stores.store.append(`thing-${ORGANISATION}/${id}`, 'no-stream', [
      {
        id,
        type: 'ThingHappened',
        schemaVersion: 1,
        data: {},
        metadata: {
          organisation: ORGANISATION,
          actor: { kind: 'system', id: 'spec' },
          command: 'Happen',
          correlationId: id,
          requestId: id,
        },
      },
    ]);
    return position;
  }

  it('signs with the new one from then on, and what it has signed before stays good', async () => {
    const { notary } = proofs;
    expect(await notary.waitFor(await happen(), 10_000)).toBe(true);
    const before = (await notary.sign(ORGANISATION, 1))!;
    expect(openNote(before.note, await keyOf(1)).size).toBe(1);
    expect(await rotateSigningKey(stores.store, stores.vault)).toBe(2);
    expect(await notary.waitFor(await happen(), 10_000)).toBe(true);
    const newer = await keyOf(2);
    for (let tries = 0; ; tries++) {
      const { note } = (await notary.sign(ORGANISATION, 2))!;
      try {
        expect(openNote(note, newer).size).toBe(2);
        break;
      } catch (error) {
        if (tries > 200) throw error as NoteRejected;
        await sleep(20);
      }
    }
    expect(() => openNote(before.note, newer)).toThrow('is not signed by this key');
    expect(openNote(before.note, await keyOf(1)).size).toBe(1);
  });

  it('refuses checkpoints over more events than there are', async () => {
    const { notary } = proofs;
    expect(await notary.sign(ORGANISATION, 1000)).toBeUndefined();
  });
});
