import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Json } from './client.js';

/** Uploads a CSV file of invoices; answers the id of the import. */
export async function upload(client: Client, organisation: string, file: string | Uint8Array): Promise<string> {
  const accepted = await client.post(`/v1/organisations/${organisation}/imports/invoices`, file, {
    'content-type': 'text/csv',
  });
  if (accepted.status !== 201)
    throw new Error(`the upload was answered ${accepted.status}: ${JSON.stringify(accepted.body)}`);
  return accepted.body.id as string;
}

/** Waits, up to ten minutes, until an import has ended; answers how. */
export async function waitForImport(client: Client, organisation: string, id: string): Promise<Json> {
  for (let waited = 0; waited < 600_000; waited += 50) {
    const answer = await client.get(`/v1/organisations/${organisation}/imports/${id}`);
    if (answer.status === 200 && answer.body.status !== 'running') return answer.body;
    await sleep(50);
  }
  throw new Error(`import ${id} did not end within ten minutes`);
}
