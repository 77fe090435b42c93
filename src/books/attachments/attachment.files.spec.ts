import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Refusal } from '../../kernel/refusal.js';
import { type Erasure, SubjectErased } from '../../platform/vault/vault.port.js';
import { AttachmentFiles, MAX_ATTACHMENT_BYTES } from './attachment.files.js';

const PNG = Buffer.concat([
  Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
  Buffer.alloc(32, 1),
  Buffer.from('0000000049444154', 'hex'),
]);
const PDF = Buffer.from('%PDF-1.7\n% a bill\n');
const JPEG = Buffer.concat([Buffer.from('ffd8ffe000104a464946', 'hex'), Buffer.alloc(64)]);
const WEBP = Buffer.from('524946462400000057454250565038 20'.replace(' ', ''), 'hex');

describe('files with purchases', () => {
  let folder: string;
  let files: AttachmentFiles;
  let erased: boolean;
  let register: readonly Erasure[];
  const place = { organisation: 'o1', purchaseId: 'p1', attachmentId: 'f1', supplierId: 's1' };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attachments-'));
    erased = false;
    register = [];
    const key = { key: new Uint8Array(32).fill(7) };
    files = new AttachmentFiles(folder, {
      subjectKey: (_, subject) => Promise.resolve(erased ? 'erased' : subject === 'document:s1' ? key : undefined),
      erasures: () => Promise.resolve(register),
      subjectKeyForWriting: () => (erased ? Promise.reject(new SubjectErased()) : Promise.resolve(key)),
    });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const everything = async (): Promise<string[]> =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((one) => one.isFile())
      .map(({ name }) => name);
  const contentOf = async (): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    for await (const piece of await files.read(place)) pieces.push(piece);
    return Buffer.concat(pieces);
  };
  const receive = (content: Buffer | Iterable<Buffer>, type: string) =>
    files.receive(place, Readable.from(Buffer.isBuffer(content) ? [content] : content), type);
  const refused = async (promise: Promise<unknown>): Promise<string> => {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Refusal);
    return (error as Refusal).code;
  };

  it.each([
    ['application/pdf', PDF],
    ['image/png', PNG],
    ['image/jpeg', JPEG],
    ['image/webp', WEBP],
  ])('take %s, sealed, and give it back', async (type, content) => {
    const { bytes, sha256 } = await receive(content, type);
    expect(bytes).toBe(content.length);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await contentOf()).toEqual(content);
    await files.settle(place);
    await files.settle(place);
    expect(await contentOf()).toEqual(content);
    const [name] = await everything();
    expect((await readFile(join(folder, 'o1', 's1', name!))).includes(content.subarray(0, 8))).toBe(false);
  });

  it('take large ones, whatever pieces they come in', async () => {
    const content = Buffer.concat([PDF, Buffer.alloc(MAX_ATTACHMENT_BYTES - PDF.length, 'x')]);
    const pieces = Array.from({ length: 1000 }, (_, index) =>
      content.subarray((index * content.length) / 1000, ((index + 1) * content.length) / 1000),
    );
    expect(await receive(pieces, 'application/pdf')).toMatchObject({ bytes: MAX_ATTACHMENT_BYTES });
    expect((await contentOf()).equals(content)).toBe(true);
  });

  it('take nothing too large, empty, or of another type than it says, and leave nothing of it', async () => {
    const large = [PDF, ...Array.from({ length: 11 }, () => Buffer.alloc(1024 * 1024, 'x'))];
    expect(await refused(receive(large, 'application/pdf'))).toBe('too-large');
    expect(await refused(receive([], 'application/pdf'))).toBe('validation-failed');
    const page = Buffer.from('<!doctype html><script>alert(1)</script>');
    for (const [content, type] of [
      [page, 'application/pdf'],
      [page, 'image/png'],
      [PNG, 'image/jpeg'],
      [PDF, 'image/png'],
      [Buffer.from('MZ\u0090'), 'application/pdf'],
      [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/png'],
    ] as const)
      expect(await refused(receive(content, type))).toBe('unsupported-media-type');
    expect(await everything()).toEqual([]);
  });

  it('leave nothing of an upload that breaks off', async () => {
    const broken = Readable.from(
      (async function* () {
        yield await Promise.resolve(PDF);
        yield Buffer.alloc(100_000);
        throw new Error('aborted');
      })(),
    );
    await expect(files.receive(place, broken, 'application/pdf')).rejects.toThrow('aborted');
    expect(await everything()).toEqual([]);
  });

  it('are gone with the key of the supplier, and none comes in after that', async () => {
    await receive(PDF, 'application/pdf');
    erased = true;
    expect(await refused(files.read(place))).toBe('conflict');
    await expect(receive(PDF, 'application/pdf')).rejects.toThrow(SubjectErased);
  });

  it('say where they are not', async () => {
    expect(await refused(files.read(place))).toBe('conflict');
  });

  it('open under their own name only', async () => {
    await receive(PDF, 'application/pdf');
    await files.settle(place);
    const settled = join(folder, 'o1', 's1');
    await writeFile(join(settled, 'f2.sealed'), await readFile(join(settled, 'f1.sealed')));
    await expect(files.read({ ...place, attachmentId: 'f2' })).rejects.toThrow();
  });

  it('are removed once their key is destroyed, as often as that is looked after', async () => {
    const others = [
      { ...place, supplierId: 's2', attachmentId: 'f2' },
      { ...place, organisation: 'o2', attachmentId: 'f3' },
    ];
    for (const one of [place, ...others]) {
      await files.receive(one, Readable.from([PDF]), 'application/pdf');
      await files.settle(one);
    }
    await files.removeErased();
    expect((await everything()).sort()).toEqual(['f1.sealed', 'f2.sealed', 'f3.sealed']);
    const erasedAt = '2033-01-01T00:00:00.000Z';
    register = [
      { organisation: 'o1', subject: 'document:s1', erasedAt },
      // A key of another purpose.
      { organisation: 'o1', subject: 's2', erasedAt },
    ];
    await files.removeErased();
    await files.removeErased();
    expect((await everything()).sort()).toEqual(['f2.sealed', 'f3.sealed']);
    await rm(folder, { recursive: true });
    await files.removeErased();
  });

  it('are left over until the log has settled them, half ones never', async () => {
    await receive(PDF, 'application/pdf');
    await writeFile(join(folder, 'unsettled', 'o1_p1_s1_f2.sealed.part'), 'half');
    const left = place;
    expect(await files.leftOver()).toEqual([left]);
    await files.settle(left);
    expect(await files.leftOver()).toEqual([]);
    expect(await everything()).toEqual(['f1.sealed']);
    await files.unsettle(left);
    expect(await files.leftOver()).toEqual([left]);
    expect(await contentOf()).toEqual(PDF);
    await files.forget(left);
    expect(await everything()).toEqual([]);
  });
});
