import { describeIf } from '../support/available.js';
import { noFaults } from '../support/faulty-disk.js';
import { fates } from './fates.js';
import { walk } from './walk.js';

describeIf(noFaults === undefined, noFaults ?? '', 'the fault walk of the vault: a process', () => {
  // Each throws where something acknowledged is not there: see look() of vault.life.ts.
  it.each(Object.entries(fates))(
    '%s',
    async (_, fate) => {
      // A life that made hardly any such calls would prove nothing.
      expect(await walk('vault', fate)).toBeGreaterThan(10);
    },
    600_000,
  );
});
