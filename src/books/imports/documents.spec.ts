import fc from 'fast-check';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_LINES } from '../contract.js';
import {
  BLOCK_DOCUMENTS,
  BLOCK_ROWS,
  type DocumentRow,
  gatherDocuments,
  inBlocks,
  type RejectedDocument,
  type SourceDocument,
} from './documents.js';
import { RowSorter } from './import.sorter.js';

const row = (number: number, invoiceNo: string, customerId = '1'): DocumentRow => ({
  row: number,
  invoiceNo,
  stockCode: 'A',
  description: 'Thing',
  quantity: '1',
  date: '2011-01-04',
  unitPrice: '2.5',
  customerId,
  country: 'France',
});
const bad = (number: number, invoiceNo: string): DocumentRow => ({
  row: number,
  invoiceNo,
  code: 'invalid-price',
  detail: 'x',
});

async function gather(rows: readonly DocumentRow[], maxErrors = 1000): Promise<(SourceDocument | RejectedDocument)[]> {
  async function* feed(): AsyncGenerator<readonly DocumentRow[]> {
    for (const row of rows) yield [row];
  }
  const documents = [];
  for await (const document of gatherDocuments(feed(), maxErrors)) documents.push(document);
  return documents;
}

describe('documents from sorted rows', () => {
  it('are of the kind that their number says', async () => {
    const documents = await gather([row(1, '536365'), row(2, '536365'), row(3, 'C536379')]);
    expect(documents).toMatchObject([
      { rejected: false, kind: 'invoice', invoiceNo: '536365', rows: [{ row: 1 }, { row: 2 }] },
      { rejected: false, kind: 'credit-note', invoiceNo: 'C536379', rows: [{ row: 3 }] },
    ]);
  });

  it('are rejected by one bad row, and their other rows are listed', async () => {
    expect(await gather([row(1, '7'), bad(2, '7'), row(3, '7'), row(4, '8')])).toMatchObject([
      {
        rejected: true,
        invoiceNo: '7',
        badRows: 0,
        errors: [
          { row: 1, code: 'document-rejected' },
          { row: 3, code: 'document-rejected' },
        ],
      },
      { rejected: false, invoiceNo: '8' },
    ]);
  });

  it('go to one customer', async () => {
    expect(await gather([row(1, '7'), row(2, '7', '2')])).toMatchObject([
      {
        rejected: true,
        badRows: 1,
        errors: [
          { row: 2, code: 'customer-differs' },
          { row: 1, code: 'document-rejected' },
        ],
      },
    ]);
  });

  it('have at most as many lines as an invoice may have', async () => {
    const full = Array.from({ length: MAX_LINES }, (_, index) => row(index + 1, '7'));
    expect(await gather(full)).toMatchObject([{ rejected: false }]);
    const [over] = await gather([...full, row(MAX_LINES + 1, '7')], 10);
    const { rejected, badRows, errors } = over as RejectedDocument;
    expect({ rejected, badRows, listed: errors.length }).toEqual({ rejected: true, badRows: 1, listed: 10 });
    expect(errors[0]).toMatchObject({ row: MAX_LINES + 1, code: 'too-many-lines' });
  });
});

describe('blocks of documents', () => {
  const blocks = async (lengths: readonly number[]): Promise<readonly number[][]> => {
    const rows = lengths.flatMap((length, index) => Array.from({ length }, () => row(1, String(index))));
    async function* source(): AsyncGenerator<SourceDocument> {
      for (const document of await gather(rows)) if (!document.rejected) yield document;
    }
    const found = [];
    for await (const block of inBlocks(source())) found.push(block.map((document) => document.rows.length));
    return found;
  };

  it('have so many documents', async () => {
    const found = await blocks(Array.from({ length: BLOCK_DOCUMENTS * 2 + 1 }, () => 1));
    expect(found.map((block) => block.length)).toEqual([BLOCK_DOCUMENTS, BLOCK_DOCUMENTS, 1]);
  });

  it('have no more rows than fit into memory several times over', async () => {
    expect(await blocks([MAX_LINES, BLOCK_ROWS - MAX_LINES, 1, 2, MAX_LINES, MAX_LINES])).toEqual([
      [MAX_LINES, BLOCK_ROWS - MAX_LINES],
      [1, 2, MAX_LINES],
      [MAX_LINES],
    ]);
    expect(await blocks([])).toEqual([]);
  });
});

describe('the sorter', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'sorter-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('brings documents together in the order of their numbers, however little it may hold in memory', async () => {
    const numbers = fc.array(fc.constantFrom('9', '10', '100', 'C9', 'C10', '99'), { maxLength: 60 });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(numbers, fc.integer({ min: 1, max: 5000 }), async (invoiceNos, characters) => {
        const sorter = new RowSorter(join(folder, String(++round)), characters, 3);
        for (const [index, invoiceNo] of invoiceNos.entries()) await sorter.add([row(index + 1, invoiceNo)]);
        const sorted: string[] = [];
        for await (const rows of sorter.sorted())
          sorted.push(...rows.map(({ invoiceNo, row: number }) => `${invoiceNo} ${number}`));
        await sorter.dispose();
        const order = ['9', '10', '99', '100', 'C9', 'C10'];
        const expected = invoiceNos
          .map((invoiceNo, index) => ({ invoiceNo, row: index + 1 }))
          .sort((a, b) => order.indexOf(a.invoiceNo) - order.indexOf(b.invoiceNo) || a.row - b.row);
        expect(sorted).toEqual(expected.map((one) => `${one.invoiceNo} ${one.row}`));
      }),
      { numRuns: 50 },
    );
  });
});
