import { describeIf } from '../support/available.js';
import { noFaults } from '../support/faulty-disk.js';
import { fates } from './fates.js';
import { walk } from './walk.js';

describeIf(noFaults === undefined, noFaults ?? '', 'the fault walk of the views: a process', () => {
  // Each throws where something acknowledged is not there: see look() of views.life.ts.
  it.each(Object.entries(fates))(
    '%s',
    async (_, fate) => {
      // A life that made hardly any such calls would prove nothing.
      expect(await walk('views', fate)).toBeGreaterThan(10);
    },
    600_000,
  );
});
