/**
 * Node in which what comes round again and again does so a hundred times as often: routines and sweeps. They are told by their
 * timers, which keep no process alive and last ten seconds or longer.
 */
export const hurried: readonly string[] = [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    import { syncBuiltinESMExports } from 'node:module';
    import timers from 'node:timers/promises';
    const real = timers.setTimeout;
    timers.setTimeout = (delay, value, options) =>
      real(options?.ref === false && delay >= 10_000 ? delay / 100 : delay, value, options);
    syncBuiltinESMExports();`)}`,
];
