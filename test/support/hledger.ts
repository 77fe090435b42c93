import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';

export const hasHledger = spawnSync('hledger', ['--version']).status === 0;
export const HLEDGER_MISSING = 'hledger is not installed';

/** A journal in a file of its own, as hledger reads it. */
export class Hledger {
  private readonly folder = mkdtempSync(join(tmpdir(), 'countersign-hledger-'));
  private readonly file = join(this.folder, 'ledger.journal');

  constructor(journal: string) {
    writeFileSync(this.file, journal);
  }

  /** What the program prints. @throws Error with its complaint */
  run(...args: readonly string[]): string {
    return execFileSync('hledger', ['-f', this.file, ...args], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      env: { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' },
    });
  }

  /** Balances that are not 0 in minor units, by what stands in the place of the account. */
  balances(...args: readonly string[]): Record<string, number> {
    const rows: string[][] = parse(this.run('balance', '--flat', '--no-total', '-O', 'csv', ...args), { from_line: 2 });
    return Object.fromEntries(
      rows.map(([name, balance]) => [name!, Number(balance!.replace(/ [A-Z]{3}$/, '').replace('.', ''))]),
    );
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
