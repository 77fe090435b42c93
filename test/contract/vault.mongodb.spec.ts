import { type Binary, Binary as Bytes, BSON } from 'mongodb';
import { randomBytes } from 'node:crypto';
import { openMongoVault, openMongoVaultReader } from '../../src/platform/vault/mongodb/mongo-vault.js';
import {
  CredentialVersionTaken,
  SubjectErased,
  type Vault,
  VaultUnavailable,
} from '../../src/platform/vault/vault.port.js';
import { describeIf } from '../support/available.js';
import { freshDatabase, mongoMissing } from '../support/mongodb.js';
import { describeVault, type StoredRow, type VaultBed } from './vault.contract.js';

const skipReason = await mongoMissing('VAULT_URL');

describeVault({ name: 'MongoDB', skipReason, bed: mongoBed });

describeIf(skipReason === undefined, skipReason ?? '', 'the MongoDB vault on several nodes', () => {
  const masterKey = randomBytes(32);
  let bed: VaultBed;
  let nodes: Vault[];
  beforeEach(async () => {
    bed = await mongoBed();
    // At once, as nodes start: one of them makes what tells the right master key.
    nodes = await Promise.all([1, 2, 3].map(() => bed.open(masterKey)));
  });
  afterEach(async () => {
    for (const node of nodes) await node.close();
    await bed.destroy();
  });
  const all = <T>(ask: (node: Vault) => Promise<T>): Promise<T[]> => Promise.all([...nodes, ...nodes].map(ask));

  it('makes each key and secret once, whoever asks at the same time', async () => {
    for (let i = 0; i < 20; i++) {
      const keys = await all((node) => node.subjectKeyForWriting('org', `s${i}`));
      const secrets = await all((node) => node.secret(`secret-${i}`));
      expect(new Set(keys.map(({ key }) => Buffer.from(key).toString('hex'))).size).toBe(1);
      expect(new Set(secrets.map((secret) => Buffer.from(secret).toString('hex'))).size).toBe(1);
    }
  });

  it('an erasure on one node is one on all, from when it was answered, whatever they remember', async () => {
    for (let i = 0; i < 20; i++) {
      const subject = `s${i}`;
      await all((node) => node.subjectKeyForWriting('org', subject));
      await nodes[i % 3]!.destroySubjectKey('org', subject);
      expect(await all((node) => node.subjectKey('org', subject))).toEqual(Array(6).fill('erased'));
      await expect(nodes[(i + 1) % 3]!.subjectKeyForWriting('org', subject)).rejects.toBeInstanceOf(SubjectErased);
    }
  });

  it('an erasure wins over keys that other nodes are making and remembering meanwhile', async () => {
    for (let i = 0; i < 20; i++) {
      const subject = `s${i}`;
      const making = all((node) => node.subjectKeyForWriting('org', subject)).catch(() => undefined);
      await nodes[0]!.destroySubjectKey('org', subject);
      await making;
      expect(await all((node) => node.subjectKey('org', subject))).toEqual(Array(6).fill('erased'));
    }
  });

  it('keeps one register of erasures from all of them', async () => {
    await Promise.all(nodes.flatMap((node, i) => [0, 1].map((n) => node.destroySubjectKey('org', `s${i}-${n}`))));
    await all((node) => node.destroySubjectKey('org', 'same'));
    const registers = await all((node) => node.erasures());
    expect(registers[0]!.map(({ subject }) => subject).sort()).toEqual([
      's0-0',
      's0-1',
      's1-0',
      's1-1',
      's2-0',
      's2-1',
      'same',
    ]);
    for (const register of registers) expect(register).toEqual(registers[0]);
  });

  it('of two contents for one version of a credential one stays', async () => {
    const put = await Promise.allSettled(nodes.map((node, i) => node.putCredential('a', '1', `phc-${i}`)));
    expect(put.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of put) {
      if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(CredentialVersionTaken);
    }
    const winner = put.findIndex(({ status }) => status === 'fulfilled');
    expect(await all((node) => node.credential('a', '1'))).toEqual(Array(6).fill(`phc-${winner}`));
  });
});

describe('the MongoDB vault that cannot be reached', () => {
  it('says so in time', async () => {
    const opening = openMongoVault({ url: 'mongodb://127.0.0.1:1/x', masterKey: randomBytes(32) });
    await expect(opening).rejects.toBeInstanceOf(VaultUnavailable);
  });
});

interface Row {
  readonly _id: string;
  readonly wrapped: Binary;
}

async function mongoBed(): Promise<VaultBed> {
  const { url, client, dispose } = await freshDatabase('VAULT_URL');
  const rowsOf = (name: string) => client.db().collection<Row>(name);
  return {
    open: (masterKey) => openMongoVault({ url, masterKey }),
    openReader: (masterKey) => openMongoVaultReader({ url, masterKey }),
    wrapped: async (row) => {
      const { collection, _id } = locate(row);
      return (await rowsOf(collection).findOne({ _id }))!.wrapped.value();
    },
    overwrite: async (row, wrapped) => {
      const { collection, _id } = locate(row);
      await rowsOf(collection).updateOne({ _id }, { $set: { wrapped: new Bytes(wrapped) } });
    },
    markErased: async (organisation, subject) => {
      const _id = JSON.stringify([organisation, subject]);
      await client
        .db()
        .collection<Row>('vault.subject-keys')
        .updateOne({ _id }, { $set: { erased: true } });
    },
    // What the server hands out; its files are its own.
    atRest: async () => {
      const collections = await client.db().listCollections({}, { nameOnly: true }).toArray();
      const all = await Promise.all(collections.map(({ name }) => client.db().collection(name).find().toArray()));
      return all.flat().map((document) => Buffer.from(BSON.serialize(document)));
    },
    destroy: dispose,
  };
}

function locate(row: StoredRow): { readonly collection: string; readonly _id: string } {
  switch (row.kind) {
    case 'subject-key':
      return { collection: 'vault.subject-keys', _id: JSON.stringify([row.organisation, row.subject]) };
    case 'credential':
      return { collection: 'vault.credentials', _id: JSON.stringify([row.account, row.version]) };
    case 'secret':
      return { collection: 'vault.secrets', _id: row.name };
  }
}
