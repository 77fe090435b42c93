import { availableParallelism } from 'node:os';

/** Jest runs what `npm run test:build` compiled to .build: see docs/adr/0001-compile-first-tests.md. */
export default {
  rootDir: '.build',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testEnvironment: 'node',
  testMatch: ['**/*.spec.js'],
  transform: {},
  setupFilesAfterEnv: ['<rootDir>/test/support/fail-on-console.js', '<rootDir>/test/support/once-more.js'],
  // One more than there are cores: those who drive servers wait for a third of their time, for disks and for processes that start.
  maxWorkers: availableParallelism() + 1,
  // Modules in vm contexts are not given back to the heap: let a worker start afresh before that hurts.
  workerIdleMemoryLimit: '1GB',
  testTimeout: 30_000,
  testSequencer: '<rootDir>/../test/support/sequencer.mjs',
};
