import { readdir, readFile } from 'node:fs/promises';
import { join as path } from 'node:path';
import { found, join, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { embedded } from '../support/stores.js';

/** Names of the files of a folder that hold one of the texts, whatever they are. */
async function filesWith(folder: string, texts: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path(entry.parentPath, entry.name);
    const bytes = await readFile(file);
    for (const text of texts) if (bytes.includes(text)) found.push(`${entry.name}: ${text}`);
  }
  return found;
}

describe('personal data', () => {
  it('stands in plain text in the views and in mails only, never in the log, the vault or what the server prints', async () => {
    const server = await Server.start({ env: { LOG_LEVEL: 'trace' } });
    try {
      const owner = await signUp(server, 'zebulon@plain.example', 'Zebulon', 'Quackenbush');
      const organisation = await found(owner);
      const at = `/v1/organisations/${organisation}`;
      await join(
        server,
        owner,
        organisation,
        'wilhelmina@plain.example',
        ['sales'],
        ['Wilhelmina', 'Featherstonehaugh'],
      );
      const customer = await owner.post(`${at}/customers`, {
        name: 'Bartholomew Cholmondeley',
        email: 'bart@plain.example',
        phone: '+44 20 7946 0123',
        notes: 'prefers peppermint',
      });
      await owner.patch(`${at}/customers/${customer.body.id}`, { name: 'Bartholomew Marjoribanks' });
      await owner.patch('/v1/me', { phone: '+44 20 7946 0999' });
      const line = { description: 'x', quantity: 1, unitPrice: 1 };
      const draft = await owner.post(`${at}/invoices`, {
        customerId: customer.body.id,
        date: '2026-01-01',
        lines: [line],
      });
      await owner.post(`${at}/invoices/${draft.body.id}/issue`);
      expect((await owner.get(`${at}/audit`)).status).toBe(200);
      await server.client().post('/v1/sessions', { email: 'zebulon@plain.example', password: 'wrong but long enough' });
      await server.stop();

      const secrets = ['correct horse battery', 'wrong but long enough', owner.token!];
      const personal = [
        ...['Zebulon', 'Quackenbush', 'Wilhelmina', 'Featherstonehaugh', 'Cholmondeley', 'Marjoribanks'],
        ...['@plain.example', '7946', 'peppermint', '"ip":"127.0.0.1"'],
      ];
      const files = await filesWith(server.folder, [...personal, ...secrets]);
      expect(files.filter((file) => !file.startsWith('views.db') && !/\.eml: /.test(file))).toEqual([]);
      expect(files.filter((file) => secrets.some((secret) => file.includes(secret)))).toEqual([]);
      // The search itself finds what is there.
      expect(files.some((file) => file.startsWith('views.db'))).toBe(embedded);
      expect(server.output.length).toBeGreaterThan(10);
      for (const text of [...personal, ...secrets]) expect(server.output.join('\n')).not.toContain(text);
    } finally {
      await server.dispose();
    }
  });
});
