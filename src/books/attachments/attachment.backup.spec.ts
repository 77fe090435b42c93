import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { DomainEvent, Recorded } from '../../kernel/event.js';
import { conditionOf, copyAttachment, type NamedAttachment, NamedAttachments } from './attachment.backup.js';
import { AttachmentFiles, erasedIn } from './attachment.files.js';

const PDF = Buffer.from('%PDF-1.7\n% a bill\n');
const place = { organisation: 'o1', purchaseId: 'p1', supplierId: 's1', attachmentId: 'f1' };

const event = (type: string, data: object, purchaseId = 'p1'): Recorded<DomainEvent> =>
  ({
    type,
    data,
    stream: `purchase-o1/${purchaseId}`,
    metadata: { organisation: 'o1' },
  }) as unknown as Recorded<DomainEvent>;

describe('the attachments that a log names', () => {
  const { organisation: _o, purchaseId: _p, ...data } = { ...place, bytes: 3, sha256: 'aa' };

  it('are those which were added and not taken off', () => {
    const named = new NamedAttachments();
    named.take(event('PurchaseDrafted', {}));
    named.take(event('PurchaseAttachmentAdded', data));
    named.take(event('PurchaseAttachmentAdded', { ...data, attachmentId: 'f2' }));
    named.take(event('PurchaseAttachmentRemoved', { attachmentId: 'f1' }));
    expect(named.all()).toEqual([{ ...place, attachmentId: 'f2', bytes: 3, sha256: 'aa' }]);
  });
});

describe('backing up attachments', () => {
  let from: string;
  let to: string;
  let files: AttachmentFiles;
  let named: NamedAttachment;
  const key = { key: new Uint8Array(32).fill(7) };
  const vault = { subjectKey: () => Promise.resolve(key) };

  beforeEach(async () => {
    from = await mkdtemp(join(tmpdir(), 'attachments-'));
    to = join(await mkdtemp(join(tmpdir(), 'backup-')), 'attachments');
    files = new AttachmentFiles(from, {
      ...vault,
      subjectKeyForWriting: vault.subjectKey,
      erasures: () => Promise.resolve([]),
    });
    named = { ...place, ...(await files.receive(place, Readable.from([PDF]), 'application/pdf')) };
  });
  afterEach(() => Promise.all([from, join(to, '..')].map((folder) => rm(folder, { recursive: true, force: true }))));

  it.each(['settled', 'unsettled'])(
    'copies one that is %s to where it belongs, sealed, for its owner only',
    async (where) => {
      if (where === 'settled') await files.settle(place);
      const name = await copyAttachment(from, to, place);
      expect(name).toBe(join('o1', 's1', 'f1.sealed'));
      expect((await stat(join(to, name!))).mode & 0o777).toBe(0o600);
      expect((await readFile(join(to, name!))).includes('a bill')).toBe(false);
      expect(await conditionOf(to, vault, named)).toBe('whole');
      // The original stays.
      expect((await readdir(from, { recursive: true })).some((file) => file.endsWith('f1.sealed'))).toBe(true);
    },
  );

  it('says what is not there, and leaves nothing of it', async () => {
    await files.forget(place);
    expect(await copyAttachment(from, to, place)).toBeUndefined();
    expect(await conditionOf(to, vault, named)).toBe('lacking');
  });

  it('finds what is not as the log says', async () => {
    await files.settle(place);
    expect(await conditionOf(from, vault, { ...named, bytes: named.bytes + 1 })).toBe('damaged');
    expect(await conditionOf(from, vault, { ...named, sha256: 'aa' })).toBe('damaged');
    const file = join(from, 'o1', 's1', 'f1.sealed');
    const content = await readFile(file);
    await writeFile(file, content.subarray(0, -1));
    expect(await conditionOf(from, vault, named)).toBe('damaged');
    const other = { subjectKey: () => Promise.resolve({ key: new Uint8Array(32).fill(8) }) };
    await writeFile(file, content);
    expect(await conditionOf(from, other, named)).toBe('damaged');
  });

  it('asks for none whose key is destroyed', async () => {
    const erased = { subjectKey: () => Promise.resolve('erased' as const) };
    expect(await conditionOf(to, erased, named)).toBe('erased');
    const erasedAt = '2033-01-01T00:00:00.000Z';
    const isErased = erasedIn([{ organisation: 'o1', subject: 'document:s1', erasedAt }]);
    expect(isErased(place)).toBe(true);
    expect(isErased({ ...place, organisation: 'o2' })).toBe(false);
    expect(isErased({ ...place, supplierId: 's2' })).toBe(false);
  });
});
