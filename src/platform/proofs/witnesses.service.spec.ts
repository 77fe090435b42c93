import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Recorded } from '../../kernel/event.js';
import { TargetUnavailable } from '../reactor/failures.js';
import { notesIn, signerOf } from './note.js';
import { appendTo, postTo, Witness } from './witnesses.service.js';

const signer = signerOf('countersign/o-1', Buffer.alloc(32, 1));
const noteOver = (size: number): string =>
  signer.sign({ origin: 'countersign/o-1', size, root: Buffer.alloc(32, size) });
const signal = new AbortController().signal;

describe('a witness', () => {
  const checkpoint = (size: number): Recorded =>
    ({ stream: 'checkpoint-o-1', data: { size, root: '', note: noteOver(size) } }) as unknown as Recorded;

  it('is told of a checkpoint, unless a newer one is over the same events', async () => {
    const taken: string[] = [];
    const asked: unknown[] = [];
    let newest = 3;
    const states = {
      load: (...args: unknown[]) => {
        asked.push(args[2]);
        return { state: { size: newest } } as never;
      },
    };
    const witness = new Witness('witness-file', states, async (note) => void taken.push(note));
    await witness.handle(checkpoint(3), signal);
    newest = 9;
    await witness.handle(checkpoint(5), signal);
    await witness.handle(checkpoint(9), signal);
    expect(taken).toEqual([noteOver(3), noteOver(9)]);
    expect(asked).toEqual(['o-1', 'o-1', 'o-1']);
  });
});

describe('a witness that is a file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-witness-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('keeps one note behind the other, as they can be read again', async () => {
    const file = join(folder, 'notes.txt');
    for (const size of [1, 2, 3]) await appendTo(file)(noteOver(size), signal);
    expect(notesIn(await readFile(file, 'utf8'))).toEqual([1, 2, 3].map(noteOver));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('that is not there is away, and not made in another place', async () => {
    const gone = appendTo(join(folder, 'unmounted', 'notes.txt'))(noteOver(1), signal);
    await expect(gone).rejects.toThrow(new TargetUnavailable('WITNESS_FILE cannot be written: ENOENT'));
  });
});

describe('a witness that is a webhook', () => {
  let server: Server;
  let url: string;
  let status = 200;
  const received: { readonly method: string; readonly type: string; readonly body: string }[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        received.push({ method: request.method!, type: request.headers['content-type']!, body });
        response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end('thanks');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/notes?secret=s3`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('is posted the note', async () => {
    await postTo(url)(noteOver(1), signal);
    expect(received).toEqual([{ method: 'POST', type: 'text/plain; charset=utf-8', body: noteOver(1) }]);
  });

  it('is away with every answer but yes, and follows nobody elsewhere', async () => {
    for (status of [302, 404, 500]) {
      const before = received.length;
      await expect(postTo(url)(noteOver(1), signal)).rejects.toThrow(
        new TargetUnavailable(`WITNESS_WEBHOOK answered ${status}`),
      );
      expect(received.length).toBe(before + 1);
    }
  });

  it('that cannot be reached is told without its address', async () => {
    const nowhere = postTo('http://127.0.0.1:1/?secret=s3')(noteOver(1), signal);
    await expect(nowhere).rejects.toThrow(new TargetUnavailable('WITNESS_WEBHOOK cannot be reached'));
  });
});
