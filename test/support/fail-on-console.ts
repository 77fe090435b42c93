/**
 * Stray console output fails the test that made it: a log line nobody asserts is either noise or a hidden failure.
 * A test that expects output replaces the method itself (`jest.spyOn(console, 'warn').mockImplementation(...)`).
 */
import { format } from 'node:util';
import { afterAll, afterEach, beforeEach } from '@jest/globals';

const methods = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const;
let strays: string[] = [];

const watch = (): void => {
  for (const method of methods) {
    console[method] = (...args: unknown[]): void => {
      strays.push(`console.${method}: ${format(...args)}`);
    };
  }
};

/** Throws when anything was printed since the last look. */
const check = (when: string): void => {
  const found = strays;
  strays = [];
  if (found.length > 0) throw new Error(`stray console output ${when}:\n${found.join('\n')}`);
};

watch();
beforeEach(() => {
  check('outside a test');
  watch();
});
afterEach(() => {
  check('in this test');
});
afterAll(() => {
  check('after the tests');
});
