import { parse } from 'csv-parse/sync';
import { csvRow, Figure } from './csv.js';

const read = (text: string): string[][] => parse(text, { record_delimiter: '\r\n' });

describe('a row of a table', () => {
  it('starts no cell with what a spreadsheet would work out', () => {
    const formulas = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', ' =1', '\u200b=1', '\uff1d1', '=a,"b"'];
    const [cells] = read(csvRow(formulas));
    expect(cells).toEqual(formulas.map((text) => `'${text}`));
  });

  it('leaves everything else as it is, quoted where it has to be', () => {
    const texts = ['', 'Rosa Klein', 'a,b', 'say "hi"', 'two\r\nlines', "'quoted", '1-2', 'a=b', 'Żółć 😀'];
    expect(read(csvRow(texts))).toEqual([texts]);
    expect(csvRow(['a', 'b,c', 'd"e'])).toBe('a,"b,c","d""e"\r\n');
  });

  it('has figures as they are, and nothing else for one', () => {
    expect(csvRow(['Rent', new Figure('-12.50'), new Figure('0')])).toBe('Rent,-12.50,0\r\n');
    for (const text of ['=1', '1,5', '+1', '', '-', '1e3', '1\n']) expect(() => new Figure(text)).toThrow(RangeError);
  });
});
