import { availableParallelism } from 'node:os';

/** Jest runs what `npm run test:build` compiled to .build: see docs/adr/0001-compile-first-tests.md. */
export default {
  rootDir: '.build',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testEnvironment: 'node',
  testMatch: ['**/*.spec.js'],
  transform: {},
  setupFilesAfterEnv: ['<rootDir>/test/support/fail-on-console.js', '<rootDir>/test/support/once-more.js'],
  // Jest leaves a core free, which on two cores means one worker, and that one would be Jest's own process.
  maxWorkers: Math.max(2, availableParallelism()),
  // Modules in vm contexts are not given back to the heap: let a worker start afresh before that hurts.
  workerIdleMemoryLimit: '1GB',
  testTimeout: 30_000,
  testSequencer: '<rootDir>/../test/support/sequencer.mjs',
};
