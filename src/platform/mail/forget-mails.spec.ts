import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forgetMails, forgetMailsTo } from './forget-mails.js';

describe('forgetting mails', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'outbox-'));
    await writeFile(join(folder, '1.eml'), 'To: Ann Lee <Ann@Gone.example>\r\n\r\nhello');
    await writeFile(join(folder, '2.eml'), 'To: bob@here.example\r\n\r\nANN LEE has accepted');
    await writeFile(join(folder, '3.eml'), 'To: bob@here.example\r\n\r\nhello Ann');
    await writeFile(join(folder, '.4.eml.0a.tmp'), 'To: ann@gone.example');
    await writeFile(join(folder, 'notes.txt'), 'ann@gone.example');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('takes away those to an address, those that name the person, and drafts of them', async () => {
    expect(await forgetMails(folder, ['ann@gone.example', 'Ann Lee'])).toBe(3);
    expect((await readdir(folder)).sort()).toEqual(['3.eml', 'notes.txt']);
    expect(await forgetMails(folder, ['ann@gone.example', 'Ann Lee'])).toBe(0);
  });

  it('finds those to an address that only its owner can tell, with a name beside it and without', async () => {
    await writeFile(join(folder, '5.eml'), 'From: x@y.example\r\nTo: ann@gone.example\r\n\r\nTo: bob@here.example');
    const asked: string[] = [];
    const isTheirs = async (address: string): Promise<boolean> => {
      asked.push(address.toLowerCase());
      return address.toLowerCase() === 'ann@gone.example';
    };
    expect(await forgetMailsTo(folder, isTheirs)).toBe(3);
    expect((await readdir(folder)).sort()).toEqual(['2.eml', '3.eml', 'notes.txt']);
    expect(new Set(asked)).toEqual(new Set(['ann@gone.example', 'bob@here.example']));
  });

  it('looks for nothing that stands in every second mail', async () => {
    expect(await forgetMails(folder, ['Ann', 'x', ''])).toBe(0);
    expect(await readdir(folder)).toHaveLength(5);
  });

  it('has nothing to do where there is no outbox', async () => {
    expect(await forgetMails(join(folder, 'none'), ['ann@gone.example'])).toBe(0);
  });
});
