import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Progress } from './progress.js';

export interface ImportOptions {
  readonly file: string;
  readonly organisation: string;
  readonly url: string;
  /** An access token or API key of somebody who may import invoices. */
  readonly token: string;
}

interface Answer {
  readonly status: string;
  readonly id: string;
  readonly detail?: string;
  readonly reason?: string | null;
  readonly rowsRead: number;
  readonly rowsRejected: number;
  readonly invoices: number;
  readonly creditNotes: number;
  readonly customers: number;
  readonly products: number;
  readonly errors: readonly { readonly row: number; readonly code: string; readonly detail: string }[];
}

/** What went wrong, in a sentence for the person at the terminal. */
export class ImportFailure extends Error {
  override readonly name = 'ImportFailure';
}

const ERRORS_SHOWN = 20;

/**
 * `countersign import`: uploads a CSV file to a running server and follows the import to its end. Answers the lines to print.
 *
 * @throws ImportFailure
 */
export async function importInvoices({ file, organisation, url, token }: ImportOptions): Promise<readonly string[]> {
  const { size } = await stat(file).catch(() => {
    throw new ImportFailure(`There is no file ${file}`);
  });
  const imports = `${url.replace(/\/+$/, '')}/v1/organisations/${organisation}/imports`;
  const authorization = `Bearer ${token}`;
  const progress = new Progress('importing');
  progress.show(0, 0, `uploading ${Math.ceil(size / 1024)} KiB`);
  const { id } = await ask(`${imports}/invoices`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'text/csv' },
    body: Readable.toWeb(createReadStream(file)) as ReadableStream,
    duplex: 'half',
  });
  try {
    for (;;) {
      const answer = await ask(`${imports}/${id}`, { headers: { authorization } }).catch((error: unknown) => {
        // The view may not know the import yet.
        if (error instanceof ImportFailure && error.message.startsWith('404')) return undefined;
        throw error;
      });
      if (answer !== undefined) {
        const { rowsRead, invoices, creditNotes } = answer;
        progress.show(rowsRead, rowsRead, `rows read, ${invoices} invoices and ${creditNotes} credit notes made`);
        if (answer.status !== 'running') return report(answer);
      }
      await sleep(250);
    }
  } finally {
    progress.end();
  }
}

async function ask(url: string, init: RequestInit & { duplex?: 'half' }): Promise<Answer> {
  const response = await fetch(url, init).catch((error: unknown) => {
    throw new ImportFailure(`No server answers at ${new URL(url).origin}`, { cause: error });
  });
  const answer = (await response.json()) as Answer;
  if (!response.ok) throw new ImportFailure(`${response.status}: ${answer.detail ?? 'refused'}`);
  return answer;
}

function report(answer: Answer): readonly string[] {
  const { rowsRead, rowsRejected, invoices, creditNotes, customers, products, errors } = answer;
  if (answer.status === 'failed')
    throw new ImportFailure(`The import failed: ${answer.reason ?? 'for an unknown reason'}`);
  return [
    `${rowsRead} rows read, ${rowsRejected} rejected`,
    `${invoices} invoices, ${creditNotes} credit notes, ${customers} customers and ${products} products made`,
    ...errors.slice(0, ERRORS_SHOWN).map(({ row, code, detail }) => `row ${row}: ${code}: ${detail}`),
    ...(errors.length > ERRORS_SHOWN ? [`... and ${errors.length - ERRORS_SHOWN} more`] : []),
  ];
}
