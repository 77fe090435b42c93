/**
 * In CI a test that fails is tried once more, with its failure printed: stories over real processes wait for mails, views and
 * kills, and a slow moment of a machine shall not stop a release. Each that needed it is named at the end of the run
 * (`failed at first`), and is a fault of that test, or of ours, to be looked into. Never elsewhere: here a failure is one.
 */
import { jest } from '@jest/globals';

if (process.env.CI === 'true') jest.retryTimes(1, { logErrorsBeforeRetry: true });
