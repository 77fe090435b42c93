import { ESLint, Linter } from 'eslint';
import { repositoryRoot } from '../support/root.js';

const purity = ['no-restricted-globals', 'no-restricted-syntax', 'no-restricted-imports'] as const;
type Rules = Linter.RulesRecord;

const eslint = new ESLint({ cwd: repositoryRoot });

/** The purity rules that `npm run lint` applies to a file of that name (it need not exist). */
const rulesFor = async (file: string): Promise<Rules> => {
  const { rules } = (await eslint.calculateConfigForFile(file)) as { rules: Rules };
  return Object.fromEntries(purity.flatMap((name) => (rules[name] === undefined ? [] : [[name, rules[name]]])));
};

const impure = [
  'Date.now()',
  'new Date()',
  'Date()',
  'Math.random()',
  'crypto.randomUUID()',
  'process.env.TZ',
  'performance.now()',
  'setTimeout(() => 1, 1)',
  'globalThis.process',
  "import { randomUUID } from 'node:crypto'",
  "import('node:fs')",
];
const fine = [
  'new Date(instant)',
  'Date.UTC(2024, 0, 1)',
  'Math.round(amount)',
  "import { event } from '../kernel/event.js'",
];

const complaints = (code: string, rules: Rules): number =>
  new Linter().verify(`${code};`, [{ rules, languageOptions: { sourceType: 'module', ecmaVersion: 'latest' } }]).length;

describe('pure files', () => {
  it.each([
    'src/kernel/money.ts',
    'src/books/contract.ts',
    'src/books/invoices/invoice.ts',
    'src/access/api-keys/api-key.decide.ts',
    'src/studio/projects/project.view.ts',
  ])('%s may read no clock, randomness or environment', async (file) => {
    const rules = await rulesFor(file);
    expect(impure.filter((code) => complaints(code, rules) === 0)).toEqual([]);
    expect(fine.filter((code) => complaints(code, rules) > 0)).toEqual([]);
  });

  it.each(['src/books/invoices/invoice.handlers.ts', 'src/books/invoices/invoice.decide.spec.ts', 'src/main.ts'])(
    '%s may',
    async (file) => {
      const rules = await rulesFor(file);
      expect(impure.filter((code) => complaints(code, rules) > 0)).toEqual([]);
    },
  );
});
