import { Readable } from 'node:stream';
import { Refusal } from '../../kernel/refusal.js';
import {
  MAX_STATEMENT_BYTES,
  MAX_STATEMENT_ROWS,
  readStatement,
  receive,
  type StatementFormat,
} from './statement.reader.js';

const format: StatementFormat = {
  date: 'Date',
  description: 'Text',
  amount: 'Amount',
  dateFormat: 'YYYY-MM-DD',
  decimal: '.',
  encoding: 'utf-8',
  delimiter: 'comma',
};
const read = (file: string | Buffer, more: Partial<StatementFormat> = {}) =>
  readStatement(Buffer.from(file as string), { ...format, ...more }, 'GBP');
const refused = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error instanceof Refusal ? [error.code, error.message] : error;
  }
};

describe('the file of a statement', () => {
  it('is CSV as banks write it: a mark at its beginning, quotation marks, empty lines', () =>
    expect(read('\ufeffDate,Text,Amount\r\n\r\n2026-03-01,"RENT, ""MARCH""",-5\r\n').lines).toEqual([
      { row: 1, date: '2026-03-01', description: 'RENT, "MARCH"', amount: -500 },
    ]));
  it('can have other delimiters and encodings', () => {
    const file = Buffer.from('Date;Text;Amount\n2026-03-01;Caf\xe9 \x80;1,50\n', 'latin1');
    const more = { delimiter: 'semicolon', encoding: 'windows-1252', decimal: ',' } as const;
    expect(read(file, more).lines).toMatchObject([{ description: 'Café €', amount: 150 }]);
    expect(refused(() => read(file, { delimiter: 'semicolon' }))).toEqual([
      'validation-failed',
      expect.stringContaining('is not utf-8'),
    ]);
  });
  it.each([
    ['', 'first line names the columns'],
    ['Date,Amount\n', 'Text'],
    [`Date,Text,Amount\n"${'x'.repeat(70_000)}`, 'stops being CSV'],
  ])('is refused where it is none (%#)', (file, says) =>
    expect(refused(() => read(file))).toEqual(['validation-failed', expect.stringContaining(says)]),
  );
  it('has a bounded number of rows', () => {
    const rows = (count: number) => `Date,Text,Amount\n${'2026-03-01,x,1\n'.repeat(count)}`;
    expect(read(rows(MAX_STATEMENT_ROWS)).lines).toHaveLength(MAX_STATEMENT_ROWS);
    expect(refused(() => read(rows(MAX_STATEMENT_ROWS + 1)))).toEqual(['too-large', expect.any(String)]);
  });
  it('has a bounded size, whoever sends for ever', async () => {
    let sent = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          sent += 65_536;
          yield Buffer.alloc(65_536);
        }
      })(),
    );
    await expect(receive(endless)).rejects.toMatchObject({ code: 'too-large' });
    expect(sent).toBeLessThan(2 * MAX_STATEMENT_BYTES);
    expect((await receive(Readable.from([Buffer.from('ab'), Buffer.from('c')]))).toString()).toBe('abc');
  });
});
