import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const PURE = [
  'src/kernel/**/*.ts',
  // No role suffix, .decide, .view or .postings: the same notion of "pure" as in .dependency-cruiser.cjs.
  ...['access', 'books', 'studio', 'audit'].flatMap((room) => [
    `src/${room}/contract.ts`,
    `src/${room}/*/+([a-z-]).ts`,
    `src/${room}/*/+([a-z-]).decide.ts`,
    `src/${room}/*/+([a-z-]).view.ts`,
    `src/${room}/*/+([a-z-]).postings.ts`,
  ]),
];

const pure = 'Pure code reads no clock, no randomness and no environment: take the value as an argument.';
const impureGlobals = [
  ...['process', 'performance', 'crypto', 'fetch', 'console', 'globalThis', 'global', 'require'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
];
const clocks = [
  { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: pure },
  { selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']", message: pure },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: pure },
  { selector: "CallExpression[callee.name='Date']", message: pure },
  { selector: "MemberExpression[object.type='MetaProperty']", message: pure },
  { selector: 'ImportExpression', message: pure },
];

const scriptGlobals = [
  'process',
  'console',
  'Buffer',
  'URL',
  'setTimeout',
  'clearTimeout',
  'module',
  'require',
  'fetch',
  'AbortSignal',
];

export default defineConfig(
  { ignores: ['dist/', '.build/', 'node_modules/', 'data/', 'coverage/', 'docs/operations/mongodb-users.js'] },
  {
    // Scripts outside the compiler's reach: here a name that nobody defines is found by the linter.
    files: ['**/*.{mjs,cjs,js}'],
    extends: [eslint.configs.recommended],
    languageOptions: { globals: Object.fromEntries(scriptGlobals.map((name) => [name, 'readonly'])) },
  },
  {
    files: ['{src,test,bench}/**/*.ts'],
    extends: [eslint.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'describe', property: 'only', message: 'Leaves the other tests out.' },
        { object: 'it', property: 'only', message: 'Leaves the other tests out.' },
        { object: 'test', property: 'only', message: 'Leaves the other tests out.' },
      ],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { inheritedMethods: false } }],
      // A default branch does not make a switch over a union exhaustive: every member has its case.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Nest's modules and controllers are classes with nothing in them.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // An `async` function that only returns keeps its throws inside the promise; ports ask for that.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unified-signatures': 'off',
      // An index that is known to be in bounds says so with `!`; noUncheckedIndexedAccess makes every one visible.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-type-arguments': 'off',
      // Nest and class-validator hand out plain objects as instances.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // `import type` of an injected class would leave Nest without its metadata, so nothing here asks for it.
      '@typescript-eslint/consistent-type-imports': 'off',
    },
  },
  {
    files: PURE,
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals.map((name) => ({ name, message: pure }))],
      'no-restricted-syntax': ['error', ...clocks],
      'no-restricted-imports': ['error', { patterns: [{ group: ['node:*', 'crypto', 'fs', 'os'], message: pure }] }],
    },
  },
  { files: ['src/cli.ts', 'src/cli/**/*.ts', 'bench/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['test/**/*.ts', '**/*.spec.ts', 'bench/**/*.ts'],
    rules: {
      // A story is told in one function, however long.
      'max-lines-per-function': 'off',
      // What a response holds is asserted, not declared.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
  // The guard itself has to touch the console.
  { files: ['test/support/fail-on-console.ts'], rules: { 'no-console': 'off' } },
);
