/**
 * `describeIf(server.available, 'no MongoDB at mongodb://...', 'views on MongoDB', () => ...)`: runs the suite, or skips it
 * and says why. The reason becomes part of the name, which is where `.ci/run` reads it from.
 */
export const describeIf = (available: boolean, reason: string, title: string, suite: () => void): void => {
  if (available) describe(title, suite);
  else describe.skip(`${title} [skipped: ${reason}]`, suite);
};

/** The same for one test. */
export const itIf = (
  available: boolean,
  reason: string,
  title: string,
  test: () => Promise<void>,
  timeout?: number,
): void => {
  if (available) it(title, test, timeout);
  else it.skip(`${title} [skipped: ${reason}]`, test);
};
