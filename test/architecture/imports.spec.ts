import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../support/root.js';

const run = promisify(execFile);
const depcruise = join(repositoryRoot, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const rules = join(repositoryRoot, '.dependency-cruiser.cjs');

type Tree = Record<string, string>;

/** What a clean tree looks like: every file that the planted ones lean on, and imports that are all allowed. */
const clean: Tree = {
  'src/kernel/event.ts': 'export const event = 1;',
  'src/kernel/event.spec.ts': "import 'driver'; import '../../test/support/given.js'; import './event.js';",
  'src/platform/vault/vault.port.ts': "export { event } from '../../kernel/event.js';",
  'src/platform/vault/vault.module.ts': "export * from './vault.port.js'; import './sqlite/sqlite.vault.js';",
  'src/platform/vault/sqlite/sqlite.vault.ts':
    "import 'better-sqlite3'; import '../vault.port.js'; export const a = 1;",
  'src/access/contract.ts': "export * from './members/member.js';",
  'src/access/members/member.ts': "export { event } from '../../kernel/event.js';",
  'src/access/members/member.http.ts': "import './member.js'; import 'driver'; export const http = 1;",
  'src/books/contract.ts': "export * from './invoices/invoice.js';",
  'src/books/invoices/invoice.ts': 'export const invoice = 1;',
  'src/books/invoices/invoice.decide.ts':
    "import './invoice.js'; import '../../access/contract.js'; export const d = 1;",
  'src/books/invoices/invoice.handlers.ts':
    "import './invoice.decide.js'; import '../../platform/vault/vault.port.js'; import '../customers/customer.js'; export const h = 1;",
  'src/books/customers/customer.ts': 'export const customer = 1;',
  'src/books/chart/codes.ts': 'export const codes = 1;',
  'src/books/invoices/invoice.postings.ts': "import '../chart/codes.js'; import './invoice.js'; export const p = 1;",
  'src/books/ledger/rules.ts': "import '../invoices/invoice.postings.js'; export const rules = 1;",
  'src/studio/contract.ts': 'export const studio = 1;',
  'src/studio/projects/project.http.ts': "import '../../books/contract.js';",
  'src/audit/contract.ts': 'export const audit = 1;',
  'src/audit/trail/trail.handlers.ts': "import '../../studio/contract.js'; import '../../access/contract.js';",
  'src/app.module.ts':
    "import './audit/trail/trail.handlers.js'; import './platform/vault/vault.module.js'; export const app = 1;",
  'src/projector.thread.ts': "import './platform/vault/sqlite/sqlite.vault.js';",
  'test/support/given.ts': 'export const given = 1;',
};

/** One violation of each rule: the rule, the file that breaks it, what it says. */
const planted: [rule: string, file: string, text: string][] = [
  ['no-cycles', 'src/books/bank/a.handlers.ts', "import './b.handlers.js'; export const a = 1;"],
  ['kernel-imports-nothing', 'src/kernel/clock.ts', "import 'node:perf_hooks';"],
  ['kernel-imports-nothing', 'src/kernel/money.ts', "import type { event } from '../platform/vault/vault.port.js';"],
  ['platform-knows-no-room', 'src/platform/http/bad.ts', "import '../../books/contract.js';"],
  ['pure-imports-only-pure', 'src/books/bank/bank.ts', "import 'node:crypto';"],
  ['pure-imports-only-pure', 'src/books/bank/bank.decide.ts', "import '../invoices/invoice.js';"],
  ['pure-imports-only-pure', 'src/books/bank/bank.postings.ts', "import '../invoices/invoice.js';"],
  ['pure-imports-only-pure', 'src/books/bank/bank.view.ts', "import '../../platform/vault/vault.port.js';"],
  ['rooms-meet-at-contract', 'src/books/bank/bank.http.ts', "import '../../access/members/member.js';"],
  ['contract-is-types-and-kernel', 'src/audit/contract.ts', "export * from './trail/trail.handlers.js';"],
  ['access-is-lowest-room', 'src/access/members/up.http.ts', "import '../../books/contract.js';"],
  ['books-below-studio', 'src/books/bank/up.http.ts', "import '../../studio/contract.js';"],
  ['audit-is-highest-room', 'src/studio/projects/up.http.ts', "import '../../audit/contract.js';"],
  ['app-is-on-top', 'src/studio/projects/app.http.ts', "import '../../app.module.js';"],
  ['drivers-only-in-adapters', 'src/platform/http/driver.ts', "import 'better-sqlite3';"],
  ['drivers-only-in-adapters', 'src/books/bank/driver.http.ts', "import type Database from 'better-sqlite3';"],
  ['ports-not-adapters', 'src/platform/commands/bad.ts', "import '../vault/sqlite/sqlite.vault.js';"],
  ['no-unresolvable', 'src/platform/http/lost.ts', "import './nowhere.js';"],
  ['src-not-to-test', 'src/platform/http/tested.ts', "import '../../../test/support/given.js';"],
];

/** The other half of the cycle, which is reported once. */
const back: Tree = { 'src/books/bank/b.handlers.ts': "import './a.handlers.js'; export const b = 1;" };

const violations = async (tree: Tree): Promise<string[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-imports-'));
  const files: Tree = {
    'tsconfig.json': '{ "compilerOptions": { "module": "nodenext", "target": "es2023" } }',
    'package.json': '{ "type": "module", "dependencies": { "better-sqlite3": "*", "driver": "*" } }',
    'node_modules/better-sqlite3/package.json': '{ "name": "better-sqlite3", "version": "1.0.0", "main": "index.js" }',
    'node_modules/better-sqlite3/index.js': '',
    'node_modules/driver/package.json': '{ "name": "driver", "version": "1.0.0", "main": "index.js" }',
    'node_modules/driver/index.js': '',
    ...tree,
  };
  try {
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    const { stdout } = await run(
      process.execPath,
      [depcruise, 'src', 'test', '--config', rules, '--output-type', 'json'],
      { cwd: folder, maxBuffer: 64 * 1024 * 1024 },
    );
    const report = JSON.parse(stdout) as { summary: { violations: { rule: { name: string }; from: string }[] } };
    return report.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

describe('the import rules', () => {
  it('find nothing wrong with a tree that keeps them', async () => {
    expect(await violations(clean)).toEqual([]);
  });

  it('each catch a planted violation', async () => {
    const bad = Object.fromEntries(planted.map(([, file, text]) => [file, text]));
    const found = await violations({ ...clean, ...bad, ...back });
    const missed = planted.map(([rule, file]) => `${rule}: ${file}`).filter((violation) => !found.includes(violation));
    expect(missed).toEqual([]);
  });

  it('are each planted here', async () => {
    const { default: config } = (await import(rules)) as { default: { forbidden: { name: string }[] } };
    expect([...new Set(planted.map(([rule]) => rule))].sort()).toEqual(config.forbidden.map(({ name }) => name).sort());
  });

  it('hold for the sources', async () => {
    const args = [depcruise, 'src', 'test', 'bench', '--config', rules, '--output-type', 'err'];
    await expect(run(process.execPath, args, { cwd: repositoryRoot })).resolves.toBeDefined();
    // It reads every source: seconds on a machine of its own, half a minute beside others.
  }, 180_000);
});
