import type Database from 'better-sqlite3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openForReading, openForWriting } from './database.js';
import { Symbols, WrittenSymbols } from './symbols.js';

describe('symbols', () => {
  let folder: string;
  let db: Database.Database;
  let written: WrittenSymbols;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-symbols-'));
    db = openForWriting(folder);
    written = new WrittenSymbols(db);
  });
  afterEach(() => {
    db.close();
    rmSync(folder, { recursive: true });
  });

  it('have one number each, whoever asks', () => {
    const texts = ['acme', '', 'Acme', '\u{1f600}', 'acme'];
    const numbers = texts.map((text) => written.intern(text));
    expect(new Set(numbers).size).toBe(4);
    expect(numbers[4]).toBe(numbers[0]);
    const reader = openForReading(folder);
    const read = new Symbols(reader);
    expect(texts.map((text) => read.numberOf(text))).toEqual(numbers);
    expect(numbers.map((number) => read.textOf(number))).toEqual(texts);
    reader.close();
  });

  it('are found by a reader as soon as they are there, and not before', () => {
    const reader = openForReading(folder);
    const read = new Symbols(reader);
    expect(read.numberOf('acme')).toBeUndefined();
    expect(() => read.textOf(1)).toThrow('There is no symbol 1');
    const number = written.intern('acme');
    expect(read.numberOf('acme')).toBe(number);
    expect(read.textOf(number)).toBe('acme');
    reader.close();
  });

  it('of a transaction that was taken back are forgotten: their numbers go to others', () => {
    expect(() =>
      db.transaction(() => {
        written.intern('acme');
        throw new Error('full');
      })(),
    ).toThrow('full');
    written.forget();
    expect(written.numberOf('acme')).toBeUndefined();
    const other = written.intern('other');
    expect(written.textOf(other)).toBe('other');
    expect(written.intern('acme')).not.toBe(other);
  });
});
