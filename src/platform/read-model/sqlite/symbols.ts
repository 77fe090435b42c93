import type Database from 'better-sqlite3';
import { LRUCache } from 'lru-cache';

/** Enough for what a busy time uses; each takes a few hundred bytes. */
const REMEMBERED = 5000;

/**
 * Texts that many documents share. Each is kept once, in `symbols`, and rows and indexes hold its number: they are less than
 * half as large. Symbols are never deleted, so a number that was read stays right.
 */
export class Symbols {
  protected readonly numbers = new LRUCache<string, number>({ max: REMEMBERED });
  private readonly texts = new LRUCache<number, string>({ max: REMEMBERED });
  private readonly byText: Database.Statement<[string], number>;
  private readonly byNumber: Database.Statement<[number], string>;

  constructor(db: Database.Database) {
    this.byText = db.prepare<[string], number>('SELECT number FROM symbols WHERE text = ?').pluck();
    this.byNumber = db.prepare<[number], string>('SELECT text FROM symbols WHERE number = ?').pluck();
  }

  /** Undefined for a text that no document has ever held. */
  numberOf(text: string): number | undefined {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    const number = this.byText.get(text);
    if (number !== undefined) this.numbers.set(text, number);
    return number;
  }

  textOf(number: number): string {
    const known = this.texts.get(number);
    if (known !== undefined) return known;
    const text = this.byNumber.get(number);
    if (text === undefined) throw new Error(`There is no symbol ${number}`);
    this.texts.set(number, text);
    return text;
  }

  /** Forgets what a transaction that was taken back may have left here. */
  forget(): void {
    this.numbers.clear();
    this.texts.clear();
  }
}

/** For the writer, who gives new texts a number, in the transaction of the documents that hold them. */
export class WrittenSymbols extends Symbols {
  private readonly insert: Database.Statement<[string]>;

  constructor(db: Database.Database) {
    super(db);
    this.insert = db.prepare('INSERT INTO symbols (text) VALUES (?)');
  }

  intern(text: string): number {
    const known = this.numberOf(text);
    if (known !== undefined) return known;
    const number = Number(this.insert.run(text).lastInsertRowid);
    this.numbers.set(text, number);
    return number;
  }
}
