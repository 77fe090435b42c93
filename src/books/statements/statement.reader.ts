import type { Readable } from 'node:stream';
import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { invalid, Refusal } from '../../kernel/refusal.js';
import { type ColumnMapping, placesIn, readRows, type StatementRows } from './statement-rows.js';

/** A year of a busy account is less; what is larger is imported in parts, which may overlap. */
export const MAX_STATEMENT_BYTES = 5 * 1024 * 1024;
export const MAX_STATEMENT_ROWS = 10_000;

export const ENCODINGS = ['utf-8', 'windows-1252'] as const;
export type Encoding = (typeof ENCODINGS)[number];

export const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t' } as const;
export type Delimiter = keyof typeof DELIMITERS;

export interface StatementFormat extends ColumnMapping {
  readonly encoding: Encoding;
  readonly delimiter: Delimiter;
}

/** Reads a whole upload. @throws Refusal too-large */
export async function receive(upload: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of upload as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_STATEMENT_BYTES)
      throw new Refusal('too-large', `A statement can have ${MAX_STATEMENT_BYTES} bytes at most; import it in parts`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The rows of a statement. @throws Refusal validation-failed for a file that cannot be read at all; too-large */
export function readStatement(file: Buffer, format: StatementFormat, currency: string): StatementRows {
  const [header, ...records] = recordsOf(textOf(file, format.encoding), DELIMITERS[format.delimiter]);
  if (header === undefined) throw invalid('file', 'must be CSV whose first line names the columns');
  if (records.length > MAX_STATEMENT_ROWS)
    throw new Refusal('too-large', `A statement can have ${MAX_STATEMENT_ROWS} rows at most; import it in parts`);
  const places = placesIn(header, format);
  if ('wrong' in places) throw invalid('file', `must have in its first line, once each: ${places.wrong.join(', ')}`);
  return readRows(records, header.length, places, format, currency);
}

function textOf(file: Buffer, encoding: Encoding): string {
  if (encoding === 'windows-1252')
    return file.toString('latin1').replace(/[\u0080-\u009f]/g, (sign) => WINDOWS_1252[sign.charCodeAt(0) - 0x80]!);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(file);
  } catch {
    throw invalid('file', `is not ${encoding}; another encoding is asked for by ?encoding=`);
  }
}

/** Where it is not Latin 1 (WHATWG Encoding, index-windows-1252). Decoders of some versions of Node take it for that. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

function recordsOf(text: string, delimiter: string): readonly (readonly string[])[] {
  try {
    return parse(text, {
      bom: true,
      delimiter,
      relaxColumnCount: true,
      relaxQuotes: true,
      skipEmptyLines: true,
      maxRecordSize: 64 * 1024,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw invalid('file', `stops being CSV in line ${String(error.lines)}`);
  }
}
